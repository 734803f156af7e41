import { MINUTE_MS, type EpochMs } from '../../../units.js';
import type { Tape } from '../../../tape.js';
import { guarded } from '../errors.js';
import type { Persistent } from '../persistent.js';

const WHAT = 'reading stored candles';

/**
 * Stored tapes from `from` on as returned by `read`. If the database goes away between two of them,
 * they continue after the last one as soon as it is back.
 */
export async function* storedTapes(
  persistent: Persistent,
  read: (from: EpochMs) => AsyncGenerator<Tape, void, undefined>,
  from: EpochMs,
): AsyncGenerator<Tape, void, undefined> {
  let next = from;
  let tapes = read(next);
  const pull = () =>
    persistent(WHAT, () =>
      guarded(WHAT, () => tapes.next()).catch((error: unknown) => {
        tapes = read(next); // a failed one returns nothing more
        throw error;
      }),
    );
  try {
    for (let result = await pull(); !result.done; result = await pull()) {
      const { start, minutes } = result.value;
      next = start + minutes * MINUTE_MS;
      yield result.value;
    }
  } finally {
    await tapes.return(undefined);
  }
}
