import { MessageChannel, receiveMessageOnPort, type MessagePort, type Worker } from 'node:worker_threads';
import type { Block } from '../../training/block.js';
import { UserError } from '../../errors.js';
import { startThread } from '../thread.js';
import type { Written } from './file-to-write.js';
import type { WriteAnswer, WriteOrder, WriteTerms } from './writer-thread.js';

/** Blocks, some 2 MB each, that may wait to be written. */
const MAX_UNDER_WAY = 12;
/** No file takes this long to write. */
const TIMEOUT_MS = 120_000;

/** A complete piece or file, with the mark of its order. */
export type WrittenByThread<Mark> = Written & { readonly mark: Mark };

const buffersOf = ({ values }: Block): ArrayBuffer[] => [
  ...new Set([...values.values()].map(({ buffer }) => buffer as ArrayBuffer)),
];
/** Transferred with an order, and unusable afterwards. */
const sentWith = (order: WriteOrder): ArrayBuffer[] => (order.kind === 'piece' ? buffersOf(order.block) : []);

/**
 * Writes the files of a dataset in a thread of its own, in order, while the next ones are computed.
 * The caller waits only when too many are under way: its own work between two files is not
 * interrupted by other events.
 */
export class FileWriterThread<Mark> {
  private readonly thread: Worker;
  private readonly port: MessagePort;
  private readonly answered = new SharedArrayBuffer(4);
  private readonly underWay: Mark[] = [];
  private taken = 0;

  constructor(terms: Omit<WriteTerms, 'answered' | 'port'>) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.thread = startThread('lib/world/dataset/writer-thread', {
      workerData: { ...terms, answered: this.answered, port: port2 } satisfies WriteTerms,
      transferList: [port2],
    });
    this.thread.unref();
  }

  /**
   * Orders a write; the columns of a block are gone for the caller. Returns what is complete by
   * now, in the order of the orders.
   */
  put(order: WriteOrder, mark: Mark): WrittenByThread<Mark>[] {
    this.port.postMessage(order, sentWith(order));
    this.underWay.push(mark);
    return this.take(MAX_UNDER_WAY);
  }

  /** Everything complete by now. */
  whole(): WrittenByThread<Mark>[] {
    return this.take(Infinity);
  }

  /** Waits for the rest. */
  finish(): WrittenByThread<Mark>[] {
    return this.take(0);
  }

  async close(): Promise<void> {
    this.port.close();
    await this.thread.terminate();
  }

  /**
   * Takes the available answers, and waits for more while more than `most` are missing. Throws
   * `UserError` for a refused write.
   */
  private take(most: number): WrittenByThread<Mark>[] {
    const written: WrittenByThread<Mark>[] = [];
    for (;;) {
      const received = receiveMessageOnPort(this.port) as { readonly message: WriteAnswer } | undefined;
      if (!received) {
        if (this.underWay.length <= most) return written;
        if (Atomics.wait(new Int32Array(this.answered), 0, this.taken, TIMEOUT_MS) === 'timed-out')
          throw new Error('the thread that writes the dataset does not answer');
        continue;
      }
      const { message } = received;
      if (message.kind === 'refused') throw new UserError(message.lines, message.exitCode);
      if (message.kind === 'error') throw new Error(message.message);
      this.taken++;
      written.push({ bytes: message.bytes, sha256: message.sha256, mark: this.underWay.shift()! });
    }
  }
}
