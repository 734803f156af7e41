import { isRecord } from '../exchange/numbers.js';
import { DAY_MS, type DurationMs, type EpochMs } from '../units.js';

/** What an exchange answered: the coins that can be bought there, or why it gave none. */
export type ExchangeListing =
  | { readonly exchange: string; readonly at: EpochMs; readonly bases: ReadonlySet<string> }
  | { readonly exchange: string; readonly failure: string };

/** The last good answer of each exchange that has given one, by its name. */
export type Listings = ReadonlyMap<string, { readonly at: EpochMs; readonly bases: ReadonlySet<string> }>;

const BASE = /^[A-Z0-9.]{1,20}$/;

/** An exchange's answer counts for so long: listings change slowly, and one that is out of reach for a day is no news. */
export const LISTING_MAX_AGE_MS: DurationMs = 3 * DAY_MS;

/** The bases of an exchange's active spot markets, out of what ccxt's `fetchMarkets` gives; bad rows are passed over. */
export const readBases = (markets: unknown): ReadonlySet<string> => {
  const bases = new Set<string>();
  for (const market of Array.isArray(markets) ? (markets as readonly unknown[]) : []) {
    if (!isRecord(market)) continue;
    const { spot, active, base } = market;
    if (spot === true && active !== false && typeof base === 'string' && BASE.test(base)) bases.add(base);
  }
  return bases;
};

/** What is known after answers: an exchange that gave none keeps the one before. */
export const mergeListings = (before: Listings, answers: readonly ExchangeListing[]): Listings => {
  const after = new Map(before);
  for (const answer of answers) if (!('failure' in answer)) after.set(answer.exchange, answer);
  return after;
};

/** The exchanges to be asked: those without an answer, or with one from `everyMs` ago or longer. */
export const dueExchanges = (
  listings: Listings,
  exchanges: readonly string[],
  now: EpochMs,
  everyMs: DurationMs,
): readonly string[] => exchanges.filter(exchange => !(now - (listings.get(exchange)?.at ?? -Infinity) < everyMs));

/** The count that is wanted, and of what. */
export interface ListingQuestion {
  readonly exchanges: readonly string[];
  /** A count that reaches this is given though the true one may be higher. */
  readonly least: number;
  readonly now: EpochMs;
}

/**
 * On how many of the exchanges a coin is listed. Where some are not known this is a lower bound: it is given if it reaches
 * `least`, and else NaN, since nobody can tell.
 */
export const listingsOf = (listings: Listings, base: string, { exchanges, least, now }: ListingQuestion): number => {
  const known = [...new Set(exchanges)].map(exchange => {
    const listing = listings.get(exchange);
    return listing && now - listing.at <= LISTING_MAX_AGE_MS ? listing.bases.has(base) : null;
  });
  const count = known.filter(listed => listed === true).length;
  return count < least && known.includes(null) ? Number.NaN : count;
};
