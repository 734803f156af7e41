import type { EpochMs, SizeBase } from '../../units.js';
import { syntheticMarkets } from '../market/market.js';
import { pairNames, type PairNames } from './names.js';

export const PAIR_STATUSES = ['online', 'cancel_only', 'post_only', 'limit_only', 'reduce_only'] as const;
export type PairStatus = (typeof PAIR_STATUSES)[number];

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
}

/** The listings of these symbols. Throws `UserError` for what is no symbol. */
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
  }));

/** Every pair that there is, by any of its names. */
export interface Directory {
  readonly all: readonly Listing[];
  /** By id, altname, wsname or our symbol. */
  find(name: string): Listing | undefined;
}

export const directoryOf = (all: readonly Listing[]): Directory => {
  const byName = new Map<string, Listing>();
  for (const listing of all)
    for (const name of [listing.symbol, listing.wsname, listing.altname, listing.id]) byName.set(name, listing);
  return { all, find: name => byName.get(name) };
};
