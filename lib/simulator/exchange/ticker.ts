import { DAY_MS, MINUTE_MS, type EpochMs } from '../../units.js';
import { bookOf } from '../market/books.js';
import { recent } from '../market/recent.js';
import type { Listing } from './listing.js';
import { joined, priceBefore, stretchOf, stretchOfTrades, tradeBefore, tradesSoFar, type Stretch } from './stretch.js';
import { longDecimals } from './trades.js';
import { Refusal, listed, pairNamed, type View } from './view.js';

/** The 24-hour figures as Kraken abbreviates them; of each pair the first is today's (UTC), the second that of the last 24 hours. */
export interface TickerEntry {
  /** Best ask and best bid: price, whole lots, lots. */
  a: [string, string, string];
  b: [string, string, string];
  /** Last trade: price, lots. */
  c: [string, string];
  /** Volume, volume-weighted price, number of trades, low, high. */
  v: [string, string];
  p: [string, string];
  t: [number, number];
  l: [string, string];
  h: [string, string];
  /** Today's opening price. */
  o: string;
}

const windows = recent<readonly [today: Stretch, day: Stretch]>(1_024);
/** The closed minutes of today and of the last 24 hours. */
const windowsOf = ({ symbol, listedAt }: Listing, seed: number, minute: EpochMs): readonly [Stretch, Stretch] =>
  windows(`${seed}/${symbol}/${minute}/${listedAt}`, () => {
    const since = (from: EpochMs) => stretchOf(symbol, seed, Math.max(from, listedAt), minute, false);
    return [since(minute - (minute % DAY_MS)), since(minute - DAY_MS + MINUTE_MS)];
  });

const entryOf = (listing: Listing, seed: number, at: EpochMs): TickerEntry => {
  const { symbol, amountDecimals } = listing;
  const decimals = longDecimals(listing);
  const price = (value: number) => value.toFixed(decimals);
  const amount = (value: number) => value.toFixed(amountDecimals);
  const minute = at - (at % MINUTE_MS);
  const soFar = tradesSoFar(symbol, seed, at);
  const forming = stretchOfTrades(soFar);
  const last = soFar.at(-1) ?? tradeBefore(symbol, seed, minute);
  const before = last?.price ?? priceBefore(symbol, seed, minute);
  const [today, day] = windowsOf(listing, seed, minute).map(closed => joined(closed, forming)) as [Stretch, Stretch];
  const both = <T>(take: (stretch: Stretch) => T): [T, T] => [take(today), take(day)];
  const or = (value: number) => price(Number.isNaN(value) ? before : value);
  const { bids, asks } = bookOf(symbol, seed, at, 1);
  const side = ([level]: typeof bids): [string, string, string] => [
    price(level?.[0] ?? 0),
    Math.floor(level?.[1] ?? 0).toFixed(0),
    amount(level?.[1] ?? 0),
  ];
  return {
    a: side(asks),
    b: side(bids),
    c: [price(before), amount(last?.size ?? 0)],
    v: both(({ volume }) => amount(volume)),
    p: both(({ turnover, volume }) => price(volume > 0 ? turnover / volume : 0)),
    t: both(({ trades }) => trades),
    l: both(({ low }) => or(low)),
    h: both(({ high }) => or(high)),
    o: or(today.open),
  };
};

/** `/0/public/Ticker`: the figures of the pairs that are named, of all without names; one unknown name refuses them all. */
export const ticker = (view: View, query: URLSearchParams): Record<string, TickerEntry> => {
  const names = query.get('pair');
  if (names === '') throw new Refusal('EQuery:Unknown asset pair');
  const wanted: readonly (readonly [string, Listing])[] = names
    ? names.split(',').map(name => {
        const listing = pairNamed(view, name);
        return [name.includes('/') ? name : listing.id, listing];
      })
    : listed(view).map(listing => [listing.id, listing]);
  return Object.fromEntries(wanted.map(([key, listing]) => [key, entryOf(listing, view.seed, view.at)]));
};
