import { MINUTE_MS, type EpochMs } from '../../units.js';
import { hashOf } from '../market/random.js';
import { tradeNumber } from '../market/trade-numbers.js';
import { tradesOf } from '../market/trades.js';
import type { Listing } from './listing.js';
import { Refusal, pairOfQuery, wholeNumber, type View } from './view.js';

/**
 * `[price, volume, time (s), b or s, m or l, miscellaneous, trade id]`. Trades of one order share
 * their time; ids have no holes.
 */
export type TradeRow = [string, string, number, 'b' | 's', 'm' | 'l', string, number];

const PAGE = 1_000;
const NS_PER_MS = 1_000_000;
/**
 * Nanoseconds of a trade after its millisecond: too few for seconds as a double to round up to
 * another millisecond.
 */
const nanosOf = (at: EpochMs): number => 1_000 + ((hashOf(String(at)) >>> 0) % 990_000);
/** Kraken's prices of trades have five digits after the point, or as many as there are. */
export const longDecimals = ({ priceDecimals }: Listing): number => Math.max(5, priceDecimals);

/** A moment: a millisecond and the nanoseconds behind it. */
interface Moment {
  readonly at: EpochMs;
  readonly nanos: number;
}

interface Numbered extends Moment {
  readonly row: TradeRow;
}

const isAfter = (a: Moment, b: Moment): boolean => a.at > b.at || (a.at === b.at && a.nanos > b.nanos);

const minuteOf = (listing: Listing, { seed, at: now }: View, minute: EpochMs): Numbered[] => {
  const first = tradeNumber(listing.symbol, seed, minute);
  return tradesOf(listing.symbol, seed, minute).flatMap(({ at, price, size, side }, n): Numbered[] => {
    if (at > now) return [];
    const nanos = nanosOf(at);
    const row: TradeRow = [
      price.toFixed(longDecimals(listing)),
      size.toFixed(listing.amountDecimals),
      (at + nanos / NS_PER_MS) / 1_000,
      side === 'buy' ? 'b' : 's',
      hashOf(String(at), 1) % 3 === 0 ? 'm' : 'l',
      '',
      first + n,
    ];
    return [{ at, nanos, row }];
  });
};

/** Nanoseconds since 1970, or seconds as Kraken also takes them. Throws `Refusal`. */
const momentOf = (text: string): Moment => {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Refusal('EGeneral:Invalid arguments');
  const value = Number(text);
  const nanos = value < 1e12 ? BigInt(Math.round(value * 1e9)) : BigInt(text.split('.')[0]!);
  return { at: Number(nanos / BigInt(NS_PER_MS)), nanos: Number(nanos % BigInt(NS_PER_MS)) };
};

const forwards = (listing: Listing, view: View, after: Moment, most: number): Numbered[] => {
  const found: Numbered[] = [];
  const isWanted = (trade: Moment) => isAfter(trade, after) || (view.inclusiveSince && !isAfter(after, trade));
  const from = Math.max(after.at, listing.listedAt);
  for (let t = from - (from % MINUTE_MS); t <= view.at && found.length < most; t += MINUTE_MS)
    found.push(...minuteOf(listing, view, t).filter(isWanted));
  return found.slice(0, most);
};

const backwards = (listing: Listing, view: View, most: number): Numbered[] => {
  let found: Numbered[] = [];
  for (
    let t = view.at - (view.at % MINUTE_MS);
    t >= listing.listedAt - MINUTE_MS && found.length < most;
    t -= MINUTE_MS
  )
    found = [...minuteOf(listing, view, t), ...found];
  return found.slice(-most);
};

const nanosecondsOf = ({ at, nanos }: Moment): string => String(BigInt(at) * BigInt(NS_PER_MS) + BigInt(nanos));

/**
 * `/0/public/Trades`: trades of one pair after `since`, the oldest 1,000 of them, or the latest
 * 1,000 without it. `last` (nanoseconds, as text) is `since` of the next page.
 */
export const trades = (view: View, query: URLSearchParams): Record<string, unknown> => {
  const { key, listing } = pairOfQuery(view, query);
  const most = wholeNumber(query, 'count', PAGE, 1, PAGE);
  const since = query.get('since');
  if (listing.standing) return { [key]: [], last: since ?? '0' };
  const page = since ? forwards(listing, view, momentOf(since), most) : backwards(listing, view, most);
  const last = page.at(-1) ?? (since ? momentOf(since) : { at: view.at, nanos: 0 });
  return { [key]: page.map(({ row }) => row), last: nanosecondsOf(last) };
};
