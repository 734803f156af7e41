import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { FillBook } from '../../../../entities/fill-book.js';
import type { BookLevel } from '../../../exchange/ports.js';
import type { WalkedBook } from '../../../portfolio/stored-books.js';
import { insertRows } from '../bulk.js';
import type { Orm } from '../orm.js';
import type { Origin } from '../opportunities.js';
import { writeChangeSet, type ChangeSet } from '../save.js';
import { writeState, type NextState } from './portfolio-state.js';

/** Events of a live portfolio, with the resulting state. */
export interface PositionsSaved extends ChangeSet {
  readonly next: NextState;
  /** The order books that its fills walked; empty if they were filled at candles. */
  readonly walked?: readonly WalkedBook[];
}

const pairs = (side: readonly BookLevel[]) => side.map(({ price, size }) => [price, size] as const);

const saveWalked = async (em: SqlEntityManager, { runId, ids }: Origin, walked: readonly WalkedBook[]) => {
  const rows = walked.map(({ market, at, kind, bids, asks }) => ({
    runId,
    cryptocurrencyId: ids[market],
    timestamp: new Date(at),
    kind,
    orderBook: { bids: pairs(bids), asks: pairs(asks) },
  }));
  await insertRows(em, FillBook, rows, 'on conflict (run_id, cryptocurrency_id, "timestamp", kind) do nothing');
};

/**
 * Stores events and the resulting state in one transaction: an opportunity is bought, its trade
 * opened and the cash spent, or nothing. Storing them again changes nothing. Throws `Superseded` if
 * another process continued meanwhile.
 */
export const savePositions = (
  orm: Orm,
  origin: Origin,
  { next, walked = [], ...changes }: PositionsSaved,
): Promise<void> =>
  orm.em.fork().transactional(async em => {
    await writeState(em, origin, next); // first: its row lock lets one process through at a time
    await writeChangeSet(em, origin, changes);
    await saveWalked(em, origin, walked);
  });
