import { isRecord } from '../exchange/numbers.js';
import { DAY_MS, type DurationMs, type EpochMs } from '../units.js';

/** An exchange's answer: the coins listed there, or the failure. */
export type ExchangeListing =
  | { readonly exchange: string; readonly at: EpochMs; readonly bases: ReadonlySet<string> }
  | { readonly exchange: string; readonly failure: string };

/** The last good answer of each exchange, by name. */
export type Listings = ReadonlyMap<string, { readonly at: EpochMs; readonly bases: ReadonlySet<string> }>;

const BASE = /^[A-Z0-9.]{1,20}$/;

/** How long an answer counts: listings change slowly, and an outage of a day is common. */
export const LISTING_MAX_AGE_MS: DurationMs = 3 * DAY_MS;

/** Bases of active spot markets in the result of ccxt's `fetchMarkets`; bad rows are skipped. */
export const readBases = (markets: unknown): ReadonlySet<string> => {
  const bases = new Set<string>();
  for (const market of Array.isArray(markets) ? (markets as readonly unknown[]) : []) {
    if (!isRecord(market)) continue;
    const { spot, active, base } = market;
    if (spot === true && active !== false && typeof base === 'string' && BASE.test(base)) bases.add(base);
  }
  return bases;
};

/** Listings after new answers; an exchange without one keeps its previous answer. */
export const mergeListings = (before: Listings, answers: readonly ExchangeListing[]): Listings => {
  const after = new Map(before);
  for (const answer of answers) if (!('failure' in answer)) after.set(answer.exchange, answer);
  return after;
};

/** The exchanges to query: those without an answer, or with one at least `everyMs` old. */
export const dueExchanges = (
  listings: Listings,
  exchanges: readonly string[],
  now: EpochMs,
  everyMs: DurationMs,
): readonly string[] => exchanges.filter(exchange => !(now - (listings.get(exchange)?.at ?? -Infinity) < everyMs));

/** Parameters of a listing count. */
export interface ListingQuestion {
  readonly exchanges: readonly string[];
  /** A count that reaches this is sufficient, though the true one may be higher. */
  readonly least: number;
  readonly now: EpochMs;
}

/**
 * Number of exchanges that list a coin. If some exchanges are unknown the count is a lower bound:
 * returned if it reaches `least`, otherwise NaN.
 */
export const listingsOf = (listings: Listings, base: string, { exchanges, least, now }: ListingQuestion): number => {
  const known = [...new Set(exchanges)].map(exchange => {
    const listing = listings.get(exchange);
    return listing && now - listing.at <= LISTING_MAX_AGE_MS ? listing.bases.has(base) : null;
  });
  const count = known.filter(listed => listed === true).length;
  return count < least && known.includes(null) ? Number.NaN : count;
};
