import { DAY_MS, MINUTE_MS, type EpochMs, type Price } from '../../units.js';
import { bookOf, type BookLevel } from '../market/books.js';
import { recent } from '../market/recent.js';
import type { Listing, StandingQuotes } from './listing.js';
import { joined, priceBefore, stretchOf, stretchOfTrades, tradeBefore, tradesSoFar, type Stretch } from './stretch.js';
import { longDecimals } from './trades.js';
import { Refusal, listed, listedPair, type View } from './view.js';

/**
 * The 24-hour figures as Kraken abbreviates them; of each pair the first is today's (UTC), the
 * second that of the last 24 hours.
 */
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

/** The best level of a side in whole lots, at least one if there is any. */
const sideOf = (listing: Listing, level: BookLevel | undefined): [string, string, string] => {
  const [price, size] = level ?? [0, 0];
  const lots = size > 0 ? Math.max(1, Math.floor(size)) : 0;
  return [price.toFixed(longDecimals(listing)), String(lots), lots.toFixed(3)];
};

/** The ticker of a market with almost no trades: without trades all prices but the quotes are 0. */
const standingEntry = (listing: Listing, { bid, ask, last, today, day }: StandingQuotes): TickerEntry => {
  const price = (value: number) => value.toFixed(longDecimals(listing));
  const amount = (value: number) => value.toFixed(listing.amountDecimals);
  const level = (quote: Price): BookLevel | undefined => (quote > 0 ? [quote, 20 / quote] : undefined);
  const prices: [string, string] = [price(today > 0 ? last : 0), price(day > 0 ? last : 0)];
  return {
    a: sideOf(listing, level(ask)),
    b: sideOf(listing, level(bid)),
    c: [price(last), amount(last > 0 ? 1 : 0)],
    v: [amount(today), amount(day)],
    p: prices,
    t: [today > 0 ? 5 : 0, day > 0 ? 1 : 0],
    l: prices,
    h: prices,
    o: prices[0],
  };
};

const generatedEntry = (listing: Listing, seed: number, at: EpochMs): TickerEntry => {
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
  return {
    a: sideOf(listing, asks[0]),
    b: sideOf(listing, bids[0]),
    c: [price(before), amount(last?.size ?? 0)],
    v: both(({ volume }) => amount(volume)),
    p: both(({ turnover, volume }) => price(volume > 0 ? turnover / volume : 0)),
    t: both(({ trades }) => trades),
    l: both(({ low }) => or(low)),
    h: both(({ high }) => or(high)),
    o: or(today.open),
  };
};

const entryOf = (listing: Listing, { seed, at }: View): TickerEntry =>
  listing.standing ? standingEntry(listing, listing.standing) : generatedEntry(listing, seed, at);

/**
 * `/0/public/Ticker`: the figures of the named pairs, default all. An unknown name among others is
 * an error beside the result of those.
 */
export const ticker = (view: View, query: URLSearchParams): Record<string, TickerEntry> => {
  const names = query.get('pair');
  if (names === null) return Object.fromEntries(listed(view).map(listing => [listing.id, entryOf(listing, view)]));
  const asked = names.split(',').map(name => [name, listedPair(view, name)] as const);
  const known = asked.flatMap(([name, listing]) =>
    listing ? [[name.includes('/') ? name : listing.id, entryOf(listing, view)] as const] : [],
  );
  const result = Object.fromEntries(known);
  if (known.length < asked.length)
    throw new Refusal('EQuery:Unknown asset pair', known.length > 0 ? result : undefined);
  return result;
};
