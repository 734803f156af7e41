import { MINUTE_MS, type EpochMs } from '../../units.js';
import { tradesOf } from '../market/trades.js';
import type { Listing } from './listing.js';
import { Refusal, pairOfQuery, wholeNumber, type View } from './view.js';

/** `[price, volume, time (s), b or s, m or l, miscellaneous]`; without the trade id, which Kraken numbers without holes since 2020. */
export type TradeRow = [string, string, number, 'b' | 's', 'm' | 'l', string];

const PAGE = 1_000;
/** Trades carry the millisecond at which they happen; their place within the minute makes microseconds of it, so that each has its own time. */
const MICROS = 1_000;
/** Kraken's prices of trades have five digits after the point, or as many as there are. */
export const longDecimals = ({ priceDecimals }: Listing): number => Math.max(5, priceDecimals);

interface Numbered {
  /** Microseconds since 1970. */
  readonly micros: number;
  readonly row: TradeRow;
}

const minuteOf = (listing: Listing, seed: number, minute: EpochMs): Numbered[] =>
  tradesOf(listing.symbol, seed, minute).map(({ at, price, size, side }, n) => {
    const micros = at * MICROS + n;
    return {
      micros,
      row: [
        price.toFixed(longDecimals(listing)),
        size.toFixed(listing.amountDecimals),
        micros / 1e6,
        side === 'buy' ? 'b' : 's',
        n % 3 === 0 ? 'm' : 'l',
        '',
      ],
    };
  });

/** Nanoseconds since 1970, or seconds as Kraken also takes them, in microseconds. Throws `Refusal`. */
const microsOf = (text: string): number => {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Refusal('EGeneral:Invalid arguments');
  const value = Number(text);
  return value < 1e12 ? Math.round(value * 1e6) : Number(BigInt(text.split('.')[0]!) / 1_000n);
};

const forwards = (listing: Listing, { seed, at }: View, after: number, most: number): Numbered[] => {
  const found: Numbered[] = [];
  const from = Math.max(after / MICROS, listing.listedAt);
  for (let t = from - (from % MINUTE_MS); t <= at && found.length < most; t += MINUTE_MS)
    for (const trade of minuteOf(listing, seed, t))
      if (trade.micros > after && trade.micros <= at * MICROS + MICROS - 1) found.push(trade);
  return found.slice(0, most);
};

const backwards = (listing: Listing, { seed, at }: View, most: number): Numbered[] => {
  let found: Numbered[] = [];
  for (let t = at - (at % MINUTE_MS); t >= listing.listedAt - MINUTE_MS && found.length < most; t -= MINUTE_MS)
    found = [...minuteOf(listing, seed, t).filter(({ micros }) => micros <= at * MICROS + MICROS - 1), ...found];
  return found.slice(-most);
};

/**
 * `/0/public/Trades`: trades of one pair after `since`, the oldest 1,000 of them, or the latest 1,000 without it.
 * `last` (nanoseconds, as text) is `since` of the next page.
 */
export const trades = (view: View, query: URLSearchParams): Record<string, unknown> => {
  const { key, listing } = pairOfQuery(view, query);
  const most = wholeNumber(query, 'count', PAGE, 1, PAGE);
  const since = query.get('since');
  const page = since ? forwards(listing, view, microsOf(since), most) : backwards(listing, view, most);
  const last = page.at(-1)?.micros ?? (since ? microsOf(since) : view.at * MICROS);
  return { [key]: page.map(({ row }) => row), last: `${last}000` };
};
