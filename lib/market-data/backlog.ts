import type { Bytes } from '../units.js';

/** Bytes that wait to be stored. The storing stage counts them; polling pauses while it is full. */
export class Backlog {
  private readonly maxBytes: Bytes;
  private waiting: Bytes = 0;

  constructor(maxBytes: Bytes) {
    this.maxBytes = maxBytes;
  }

  add(bytes: Bytes): void {
    this.waiting += bytes;
  }

  remove(bytes: Bytes): void {
    this.waiting -= bytes;
  }

  get bytes(): Bytes {
    return this.waiting;
  }

  /** Whether polling has to pause until some of it is stored. */
  get isFull(): boolean {
    return this.waiting > this.maxBytes;
  }
}
