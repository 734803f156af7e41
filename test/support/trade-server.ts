import { capturedResult } from './captured.js';

/**
 * A row of Kraken's trades: price, size, seconds, side, type, miscellaneous and, since 2020, the
 * id.
 */
export type TradeRow = readonly [string, string, number, string, string, string, number?];

/** How a server cuts its trades into pages. */
export interface Paging {
  readonly size: number;
  /** Whether `since` includes the trades of its own moment. */
  readonly inclusive: boolean;
  /** The nanoseconds to which `since` is rounded down; 1 unless given. */
  readonly precision?: bigint;
}

const moments = new WeakMap<TradeRow, bigint>();

/**
 * The moment of a row in nanoseconds, without going through a double: 1762795433.9717445 is
 * 1762795433971744500.
 */
const nanosecondsOf = (row: TradeRow): bigint => {
  const known = moments.get(row);
  if (known !== undefined) return known;
  const [whole, fraction = ''] = String(row[2]).split('.');
  const moment = BigInt(whole! + fraction.padEnd(9, '0').slice(0, 9));
  moments.set(row, moment);
  return moment;
};

/** The page of these trades that a request gets, in the form of Kraken's `result`. */
export const pageOf = (
  key: string,
  rows: readonly TradeRow[],
  { size, inclusive, precision = 1n }: Paging,
  sinceNs: string,
): Readonly<Record<string, unknown>> => {
  const since = BigInt(sinceNs) - (BigInt(sinceNs) % precision);
  const first = rows.findIndex(row => (inclusive ? nanosecondsOf(row) >= since : nanosecondsOf(row) > since));
  const page = first < 0 ? [] : rows.slice(first, first + size);
  const last = page.at(-1);
  return { [key]: page, last: last ? String(nanosecondsOf(last)) : sinceNs };
};

/**
 * 1,000 real trades: six and a half hours of XBT/USDT, 596 of them share their timestamp with
 * another, 17 at most.
 */
export const capturedTrades = (): readonly TradeRow[] =>
  capturedResult('kraken-trades-XBTUSDT-2025-11.json.gz')['XBTUSDT'] as TradeRow[];
