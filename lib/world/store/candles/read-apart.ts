import type { Tape } from '../../../tape.js';
import type { EpochMs } from '../../../units.js';
import { connectForBulk, type Connection } from '../../database/index.js';
import { readTapes } from './read.js';

/** `readTapes` on a connection of its own, closed at the end of the reading. */
export async function* readTapesOnOwnConnection(
  connection: Connection,
  markets: readonly { readonly id: number }[],
  from: EpochMs,
  to: EpochMs,
  minutesPerTape: number,
): AsyncGenerator<Tape, void, undefined> {
  const client = await connectForBulk(connection);
  try {
    yield* readTapes(client, markets, from, to, minutesPerTape);
  } finally {
    await client.end().catch(() => undefined);
  }
}
