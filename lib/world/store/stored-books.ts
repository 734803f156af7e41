import type { ClientBase } from 'pg';
import type { BookLevel } from '../../exchange/ports.js';
import { SNAPSHOT_LEVELS, type StoredBook, type StoredBooks } from '../../portfolio/stored-books.js';
import { MINUTE_MS, wholeMinute, type EpochMs } from '../../units.js';

/** Order books that are fetched stretch by stretch. */
export interface BookShelf extends StoredBooks {
  /** Fetches the books of a stretch; those of the previous stretch are released. */
  fetch(from: EpochMs, to: EpochMs): Promise<void>;
}

const ANY = `
  SELECT EXISTS (SELECT FROM fill_book WHERE timestamp >= $2 AND timestamp < $3 AND cryptocurrency_id = ANY ($1))
      OR EXISTS (SELECT FROM market_snapshot WHERE book_at >= $2 AND book_at < $3 AND cryptocurrency_id = ANY ($1)) AS any`;
// As text: a backtest uses few of thousands of books. A book can be in two snapshots.
const BOOKS = `
  SELECT cryptocurrency_id AS id, floor(extract(epoch FROM timestamp) * 1000)::float8 AS at, kind, order_book::text AS book
  FROM fill_book WHERE timestamp >= $2 AND timestamp < $3 AND cryptocurrency_id = ANY ($1)
  UNION ALL SELECT DISTINCT ON (cryptocurrency_id, book_at)
    cryptocurrency_id, floor(extract(epoch FROM book_at) * 1000)::float8, 'snapshot', order_book::text
  FROM market_snapshot WHERE book_at >= $2 AND book_at < $3 AND cryptocurrency_id = ANY ($1)
  ORDER BY 2, 1, 3`;

interface Row {
  readonly id: number;
  readonly at: EpochMs;
  readonly kind: StoredBook['of'];
  readonly book: string;
}

type Pairs = readonly (readonly [price: number, size: number])[];

const opened = ({ at, kind, book }: Row): StoredBook => {
  const { bids, asks } = JSON.parse(book) as { readonly bids: Pairs; readonly asks: Pairs };
  const side = (pairs: Pairs): BookLevel[] => pairs.map(([price, size]) => ({ price, size, at }));
  const most = kind === 'snapshot' ? SNAPSHOT_LEVELS : Infinity;
  return { at, of: kind, most, book: { usable: true, bids: side(bids), asks: side(asks), newest: at } };
};

/**
 * The order books that live runs stored of these markets, by lane, from ≤ t < to; null if there are
 * none.
 */
export const openBookShelf = async (
  client: ClientBase,
  ids: readonly number[],
  from: EpochMs,
  to: EpochMs,
): Promise<BookShelf | null> => {
  const bounds = (start: EpochMs, end: EpochMs) => [ids, new Date(start), new Date(end)];
  const { rows } = await client.query<{ any: boolean }>(ANY, bounds(from, to));
  if (!rows[0]?.any) return null;
  const lanes = new Map(ids.map((id, lane) => [id, lane]));
  const keyOf = (market: number, minute: EpochMs) => `${market} ${minute}`;
  const shelf = new Map<string, Row[]>();
  return {
    fetch: async (start, end) => {
      shelf.clear();
      const [first, last] = [Math.max(start, from), Math.min(end, to)];
      if (first >= last) return;
      const found = await client.query<Row>(BOOKS, bounds(first, last));
      for (const row of found.rows) {
        const key = keyOf(lanes.get(row.id)!, wholeMinute(row.at));
        const there = shelf.get(key);
        if (there) there.push(row);
        else shelf.set(key, [row]);
      }
    },
    of: (market, minute) => (shelf.get(keyOf(market, minute)) ?? []).map(opened),
  };
};

/** Passes tapes on, each once the books of its minutes have been fetched. */
export async function* withBooks<T extends { readonly start: EpochMs; readonly minutes: number }>(
  tapes: AsyncIterable<T>,
  shelf: BookShelf,
): AsyncGenerator<T, void, undefined> {
  for await (const tape of tapes) {
    await shelf.fetch(tape.start, tape.start + tape.minutes * MINUTE_MS);
    yield tape;
  }
}
