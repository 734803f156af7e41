import type { Bytes } from '../units.js';

/** Memory that waits to be stored. The stage that stores counts it; polling requests nothing more while it is full. */
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

  /** Nothing more is to be requested until some of it is stored. */
  get isFull(): boolean {
    return this.waiting > this.maxBytes;
  }
}
