import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import type { Tape } from '../../../tape.js';
import { connectForBulk, type Connection } from '../../database/connection.js';
import type { EpochMs } from '../../../units.js';
import { readTapes } from './read.js';

/** The first message to a reading thread. */
export interface ReadOrder {
  readonly connection: Connection;
  /** Market ids by lane. */
  readonly ids: readonly number[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly minutesPerTape: number;
  /** Hardly any other market has candles in the period. */
  readonly alone: boolean;
  /** Tapes that may wait for the other side. */
  readonly ahead: number;
}

/** Its messages: a tape, the end, or an error. */
export type ReadAnswer =
  | { readonly kind: 'tape'; readonly tape: Tape }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly message: string; readonly code: string | undefined };

/**
 * Reads the tapes and transfers them with their memory; each further message from the other side
 * allows one more.
 */
const read = async ({ connection, ids, from, to, minutesPerTape, alone, ahead }: ReadOrder): Promise<void> => {
  const port = parentPort!;
  const client = await connectForBulk(connection);
  let allowed = ahead;
  let go = (): void => undefined;
  port.on('message', () => {
    allowed++;
    go();
  });
  const markets = ids.map(id => ({ id }));
  for await (const tape of readTapes(client, markets, from, to, minutesPerTape, alone)) {
    if (allowed === 0) await new Promise<void>(resolve => (go = resolve));
    allowed--;
    port.postMessage({ kind: 'tape', tape } satisfies ReadAnswer, [
      tape.cell.buffer as ArrayBuffer,
      tape.open.buffer as ArrayBuffer,
    ]);
  }
  await client.end();
  port.postMessage({ kind: 'end' } satisfies ReadAnswer);
};

const [order] = (await once(parentPort!, 'message')) as [ReadOrder];
await read(order)
  .catch((error: unknown) => {
    const { message, code } = error as Error & { code?: string };
    parentPort!.postMessage({ kind: 'error', message, code } satisfies ReadAnswer);
  })
  .finally(() => parentPort!.close());
