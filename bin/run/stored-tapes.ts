import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import type { Tape } from '../../lib/tape.js';
import { guarded } from '../../lib/world/store/errors.js';
import type { RunWorld } from './world.js';

const WHAT = 'reading stored candles';

/**
 * Stored tapes from `from` on as `read` gives them. Where the database goes away between two of them, they go on behind the last one
 * that came as soon as it is back.
 */
export async function* storedTapes(
  stored: RunWorld['stored'],
  read: (from: EpochMs) => AsyncGenerator<Tape, void, undefined>,
  from: EpochMs,
): AsyncGenerator<Tape, void, undefined> {
  let next = from;
  let tapes = read(next);
  const pull = () =>
    stored(WHAT, () =>
      guarded(WHAT, () => tapes.next()).catch((error: unknown) => {
        tapes = read(next); // one that has failed gives nothing more
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
