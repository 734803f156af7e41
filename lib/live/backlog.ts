import type { Bytes } from '../units.js';

/** What waits to be stored: whoever stores adds to it, whoever asks for more looks first whether it is full. */
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

  /** Nothing more is to be asked for until some of it is stored. */
  get isFull(): boolean {
    return this.waiting > this.maxBytes;
  }
}
