import { MINUTE_MS, type DurationMs } from '../../../units.js';
import { uniform, type Draw } from '../../market/random.js';
import type { DepthRow } from '../depth.js';
import type { Listing } from '../listing.js';
import type { TickerEntry } from '../ticker.js';
import type { Kind, Result, Strike } from './fault.js';

type Row = (string | number | null)[];

const one = <T>(draw: Draw, values: readonly T[]): T => values[Math.floor(uniform(draw) * values.length)]!;

/** The parts of a result that belong to these pairs, under any of their names. */
const partsOf = (result: Result, pairs: readonly Listing[]): readonly (readonly [Listing, unknown])[] =>
  pairs.flatMap(pair =>
    [pair.id, pair.wsname, pair.symbol].flatMap(key =>
      Object.hasOwn(result, key) ? [[pair, result[key]] as const] : [],
    ),
  );

const eachRows = (spoil: (rows: Row[], strike: Strike, pair: Listing) => void): Extract<Kind, { level: 'result' }> => ({
  level: 'result',
  endpoints: ['OHLC'],
  spoil: (result, pairs, strike) => {
    for (const [pair, part] of partsOf(result, pairs))
      if (Array.isArray(part) && part.length > 0) spoil(part as Row[], strike, pair);
  },
});

const eachBook = (
  spoil: (book: { asks: DepthRow[]; bids: DepthRow[] }, draw: Draw) => void,
): Extract<Kind, { level: 'result' }> => ({
  level: 'result',
  endpoints: ['Depth'],
  spoil: (result, pairs, { draw }) => {
    for (const [, part] of partsOf(result, pairs)) spoil(part as { asks: DepthRow[]; bids: DepthRow[] }, draw);
  },
});

/** The rows of the last eleven minutes by time: another fault may have changed their order. */
const latestRows = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => (Number(a[0]) || 0) - (Number(b[0]) || 0)).slice(-11);

const formingRow = (rows: readonly Row[]): Row => latestRows(rows).at(-1)!;

const latestClosedRow = (rows: readonly Row[]): Row | undefined => latestRows(rows).at(-2);

/** One of the latest ten closed rows, or the forming one without any. */
const closedRow = (rows: readonly Row[], draw: Draw): Row =>
  one(draw, rows.length > 1 ? latestRows(rows).slice(0, -1) : rows);

const BAD_NUMBERS = ['NaN', 'Infinity', '-Infinity', '-1.5', '0.00000', 'abc', '', null] as const;

/**
 * Lists whose first item is a number that matters: book levels, the ticker's quotes, a candle's
 * row.
 */
const pricesOf = (part: unknown): { readonly row: Row; readonly at: number }[] => {
  if (Array.isArray(part)) return latestRows(part as Row[]).flatMap(row => [1, 2, 3, 4, 6].map(at => ({ row, at })));
  const { asks, bids } = part as { asks?: Row[]; bids?: Row[] };
  if (asks && bids) return [...asks, ...bids].flatMap(row => [0, 1].map(at => ({ row, at })));
  const { a, b, c } = part as TickerEntry;
  return [a, b, c].flatMap(row => [0, row.length - 1].map(at => ({ row, at })));
};

/**
 * Serves rows with half of their volume and a close half a percent lower until they are settled, at
 * most `maxMs` after their end.
 */
const settleLate = (
  rows: readonly Row[],
  { fault, at, lasting }: Strike,
  { id, priceDecimals, amountDecimals }: Listing,
  maxMs: DurationMs,
): void => {
  const forming = formingRow(rows);
  for (const row of rows) {
    if (row === forming) continue;
    const draw = lasting(id, Number(row[0]) / 60);
    if (uniform(draw) >= (fault.share ?? 0.05) || row[7] === 0) continue;
    if (at >= Number(row[0]) * 1_000 + MINUTE_MS + uniform(draw) * maxMs) continue;
    row[4] = (Number(row[4]) * 0.995).toFixed(priceDecimals);
    row[3] = Math.min(Number(row[3]), Number(row[4])).toFixed(priceDecimals);
    row[6] = (Number(row[6]) / 2).toFixed(amountDecimals);
  }
};

/** Faults of prices. */
export const RESULT_FAULTS = {
  /** `minutes` (3) of the latest ten closed rows are not there. */
  missing_minutes: eachRows((rows, { fault, draw }) => {
    for (let n = 0; n < (fault.minutes ?? 3) && rows.length > 1; n++)
      rows.splice(rows.indexOf(closedRow(rows, draw)), 1);
  }),
  duplicate_rows: eachRows((rows, { draw }) => {
    const row = closedRow(rows, draw);
    rows.splice(rows.indexOf(row), 0, [...row]);
  }),
  wrong_order: eachRows(rows => void rows.reverse()),
  no_forming_row: eachRows(rows => void rows.splice(rows.indexOf(formingRow(rows)), 1)),
  /**
   * The latest closed row closes half a percent lower and has twice the volume of what it will be
   * settled at.
   */
  revised_row: eachRows((rows, _, { priceDecimals, amountDecimals }) => {
    const row = latestClosedRow(rows);
    if (!row) return;
    const close = Number(row[4]) * 0.995;
    row[4] = close.toFixed(priceDecimals);
    row[3] = Math.min(Number(row[3]), Number(row[4])).toFixed(priceDecimals);
    row[6] = (Number(row[6]) * 2).toFixed(amountDecimals);
  }),
  /** Rows vanish from all answers some time after their end, for up to `minutes` (10). */
  vanishing_rows: eachRows((rows, { fault, at, lasting }, { id }) => {
    const isGone = (row: Row): boolean => {
      const draw = lasting(id, Number(row[0]) / 60);
      if (uniform(draw) >= (fault.share ?? 0.05)) return false;
      const from = Number(row[0]) * 1_000 + MINUTE_MS * (1 + Math.floor(uniform(draw) * 5));
      return at >= from && at < from + MINUTE_MS * (1 + Math.floor(uniform(draw) * (fault.minutes ?? 10)));
    };
    const forming = formingRow(rows);
    rows.splice(0, rows.length, ...rows.filter(row => row === forming || !isGone(row)));
  }),
  /** Trades are booked into a minute up to `milliseconds` (30,000) after its end. */
  late_trades: eachRows((rows, strike, pair) => {
    settleLate(rows, strike, pair, strike.fault.milliseconds ?? 30_000);
  }),
  /**
   * Rows are settled up to `minutes` (59) after their end only: before, the close is lower and the
   * volume is half.
   */
  late_revision: eachRows((rows, strike, pair) => {
    settleLate(rows, strike, pair, (strike.fault.minutes ?? 59) * MINUTE_MS);
  }),
  /**
   * The latest closed row trades `factor` (10) times as high, in Ticker and Depth everything does.
   */
  absurd_price: {
    level: 'result',
    endpoints: ['OHLC', 'Ticker', 'Depth'],
    spoil: (result, pairs, { fault }) => {
      for (const [pair, part] of partsOf(result, pairs)) {
        const rows = Array.isArray(part) ? (part as Row[]) : null;
        const latest = rows && (latestClosedRow(rows) ?? rows[0]);
        for (const { row, at } of pricesOf(part))
          if (latest ? row === latest && at <= 4 : at === 0)
            row[at] = (Number(row[at]) * (fault.factor ?? 10)).toFixed(pair.priceDecimals);
      }
    },
  },
  /** One number is missing or impossible: NaN, infinite, negative, zero, text. */
  bad_number: {
    level: 'result',
    endpoints: ['OHLC', 'Ticker', 'Depth'],
    spoil: (result, pairs, { draw }) => {
      for (const [, part] of partsOf(result, pairs)) {
        const prices = pricesOf(part);
        if (prices.length === 0) continue;
        const { row, at } = one(draw, prices);
        row[at] = one(draw, BAD_NUMBERS);
      }
    },
  },
  /** A row ends too early. */
  short_row: eachRows((rows, { draw }) => void closedRow(rows, draw).splice(4)),
  /** A high under its low. */
  inverted_range: eachRows((rows, { draw }, { priceDecimals }) => {
    const row = closedRow(rows, draw);
    row[2] = (Number(row[3]) * 0.99).toFixed(priceDecimals);
  }),
  /** A time in the future, in 1970, off the minute, in milliseconds, as text. */
  bad_time: eachRows((rows, { draw }) => {
    const row = closedRow(rows, draw);
    const time = Number(row[0]);
    const day = (24 * 60 * MINUTE_MS) / 1000;
    row[0] = one(draw, [time + day, 60, time + 17, time * 1000, new Date(time * 1000).toISOString()]);
  }),
  /** A level of either side holds so little that it reads 0.000. */
  zero_level: eachBook((book, draw) => {
    for (const side of [book.asks, book.bids]) if (side.length > 0) one(draw, side)[1] = '0.000';
  }),
  empty_book: eachBook(book => {
    book.asks.length = 0;
    book.bids.length = 0;
  }),
  one_sided_book: eachBook((book, draw) => void (book[one(draw, ['asks', 'bids'] as const)].length = 0)),
  /** Bids above the asks. */
  crossed_book: eachBook(book => void ([book.asks, book.bids] = [book.bids, book.asks])),
  /** The answer belongs to another pair. */
  other_pair: {
    level: 'result',
    endpoints: ['OHLC', 'Depth', 'Trades', 'Ticker'],
    spoil: (result, pairs) => {
      for (const { id, wsname, symbol } of pairs)
        for (const key of [id, wsname, symbol]) {
          if (!Object.hasOwn(result, key)) continue;
          result['OTHERUSD'] = result[key];
          Reflect.deleteProperty(result, key);
        }
    },
  },
} as const satisfies Record<string, Kind>;
