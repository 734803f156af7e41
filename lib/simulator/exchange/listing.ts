import type { EpochMs, Price, SizeBase } from '../../units.js';
import { syntheticMarkets } from '../market/market.js';
import { pairNames, type PairNames } from './names.js';

/** Trading status of a pair, as Kraken names it. */
export const PAIR_STATUSES = ['online', 'cancel_only', 'post_only', 'limit_only', 'reduce_only'] as const;
/** One of `PAIR_STATUSES`. */
export type PairStatus = (typeof PAIR_STATUSES)[number];

/** The quotes of a market with almost no trades; 0 if missing. */
export interface StandingQuotes {
  readonly bid: Price;
  readonly ask: Price;
  /** Of the last trade; 0 if there was none. */
  readonly last: Price;
  /** Volume of today and of the last 24 hours. */
  readonly today: SizeBase;
  readonly day: SizeBase;
}

/** A pair on the simulated exchange. */
export interface Listing extends PairNames {
  /** The generated market behind it, `BASE/QUOTE` in usual codes. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Digits after the point of prices and of amounts. */
  readonly priceDecimals: number;
  readonly amountDecimals: number;
  readonly minimumAmount: SizeBase;
  readonly minimumCost: number;
  /** It is unknown before. */
  readonly listedAt: EpochMs;
  readonly status: PairStatus;
  /** Null for a generated market; what stands in all answers of any other. */
  readonly standing: StandingQuotes | null;
}

/** The listings of these symbols. Throws `UserError` for anything that is not a symbol. */
export const listingsOf = (symbols: readonly string[]): readonly Listing[] =>
  syntheticMarkets(symbols).map(({ market, listedAt, priceDecimals, amountDecimals }) => ({
    ...pairNames(market.base, market.quote),
    symbol: market.symbol,
    base: market.base,
    quote: market.quote,
    priceDecimals,
    amountDecimals,
    minimumAmount: market.minimumAmount,
    minimumCost: market.minimumCost,
    listedAt,
    status: 'online',
    standing: null,
  }));

/** Every pair that there is, by any of its names. */
export interface Directory {
  readonly all: readonly Listing[];
  /** By id, altname, wsname or our symbol; of several with one name the first. */
  find(name: string): Listing | undefined;
}

/** The directory of some pairs; of several with one name the first is found. */
export const directoryOf = (all: readonly Listing[]): Directory => {
  const byName = new Map<string, Listing>();
  for (const listing of all)
    for (const name of [listing.symbol, listing.wsname, listing.altname, listing.id])
      if (!byName.has(name)) byName.set(name, listing);
  return { all, find: name => byName.get(name) };
};
