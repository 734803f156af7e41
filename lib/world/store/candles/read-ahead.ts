import { on } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { Aborted } from '../../../errors.js';
import type { Tape } from '../../../tape.js';
import { startThread } from '../../thread.js';
import type { ReadAnswer, ReadOrder } from './reader-thread.js';

/** Tapes read in advance, some 300 kB each: read while the store is being loaded. */
const AHEAD = 128;
const newThread = (): Worker => startThread('lib/world/store/candles/reader-thread');

/**
 * `readTapes` in a thread of its own, on a connection of its own, so that reading continues while
 * tapes are used. It starts at once, not with the first request. To end it, fire `signal`, which
 * ends the thread and its connection; later requests reject with `Aborted`.
 */
export type ReadTapesAhead = (
  order: Omit<ReadOrder, 'ahead'>,
  signal: AbortSignal,
) => AsyncGenerator<Tape, void, undefined>;

/** A reader with a thread that waits for its first request. */
export interface TapesReader {
  readonly read: ReadTapesAhead;
  /** Ends the thread if there was no request. */
  close(): Promise<void>;
}

/**
 * Starts a thread for the first reader, since it takes longer to load than the database to open. An
 * unused thread does not keep the process alive.
 */
export const tapesReader = (): TapesReader => {
  let spare: Worker | null = newThread();
  spare.unref();
  const read: ReadTapesAhead = (order, signal) => {
    const worker = spare ?? newThread();
    spare = null;
    worker.ref();
    const answers = on(worker, 'message', { close: ['exit'] }) as AsyncIterable<[ReadAnswer]>;
    worker.postMessage({ ...order, ahead: AHEAD } satisfies ReadOrder);
    // Not by ending the generator: one that waits for the next answer would wait for ever.
    const end = () => void worker.terminate();
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return tapesOf(worker, answers, signal);
  };
  const close = async (): Promise<void> => {
    await spare?.terminate();
  };
  return { read, close };
};

async function* tapesOf(
  worker: Worker,
  answers: AsyncIterable<[ReadAnswer]>,
  signal: AbortSignal,
): AsyncGenerator<Tape, void, undefined> {
  try {
    for await (const [answer] of answers) {
      if (answer.kind === 'end') return;
      if (answer.kind === 'error') throw Object.assign(new Error(answer.message), { code: answer.code });
      yield answer.tape;
      worker.postMessage(null);
    }
    throw signal.aborted ? new Aborted() : new Error('the thread that reads candles ended before its last tape');
  } finally {
    await worker.terminate();
  }
}
