import type { DurationMs, EpochMs } from '../../units.js';
import type { Directory, Listing } from './listing.js';

/** Trading status of the whole exchange, as Kraken names it. */
export const SYSTEM_STATUSES = ['online', 'maintenance', 'cancel_only', 'post_only', 'limit_only'] as const;

/** An announcement on the exchange's status page. */
export interface Advisory {
  readonly name: string;
  readonly scheduled_for: string;
  readonly scheduled_until: string;
}

/** The exchange as one request sees it. */
export interface View {
  readonly seed: number;
  /** The market time of prices. */
  readonly at: EpochMs;
  /** How far the exchange's own clock is ahead of that. */
  readonly skew: DurationMs;
  readonly systemStatus: (typeof SYSTEM_STATUSES)[number];
  /**
   * Maintenance of the next 72 hours, and incidents that are not resolved; the status does not
   * depend on either.
   */
  readonly upcomingMaintenance: readonly Advisory[];
  readonly emergencies: readonly Advisory[];
  readonly directory: Directory;
  /** Whether `since` of trades includes its own moment; public sources disagree on Kraken. */
  readonly inclusiveSince: boolean;
  /** Whether a minute without trades has a row of zeros or none. */
  readonly quietRows: 'zero' | 'absent';
}

/** An answer such as `{"error":["EQuery:Unknown asset pair"]}`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The result beside the error, if any. */
  readonly result: unknown;

  constructor(error: string, result?: unknown) {
    super(error);
    this.result = result;
  }
}

/** The pairs that are listed by now. */
export const listed = ({ directory, at }: View): readonly Listing[] =>
  directory.all.filter(({ listedAt }) => listedAt <= at);

/**
 * The pair of that name if it is listed: an id, an altname, or a pair with a slash by its usual
 * codes (BTC/USD, not XBT/USD).
 */
export const listedPair = ({ directory, at }: View, name: string): Listing | null => {
  const listing = directory.find(name);
  if (!listing || listing.listedAt > at || (name.includes('/') && name !== listing.symbol)) return null;
  return listing;
};

/** As `listedPair`; throws `Refusal` if there is none. */
export const pairNamed = (view: View, name: string): Listing => {
  const listing = listedPair(view, name);
  if (!listing) throw new Refusal('EQuery:Unknown asset pair');
  return listing;
};

/** The one pair that a request is about. Throws `Refusal`. */
export const pairOfQuery = (
  view: View,
  query: URLSearchParams,
): { readonly key: string; readonly listing: Listing } => {
  const name = query.get('pair');
  if (!name) throw new Refusal('EGeneral:Invalid arguments');
  const listing = pairNamed(view, name);
  // A name with a slash is returned as requested; any other as the id.
  return { key: name.includes('/') ? name : listing.id, listing };
};

/** A whole number within bounds, or the default if it is missing. Throws `Refusal`. */
export const wholeNumber = (query: URLSearchParams, name: string, standard: number, least: number, most: number) => {
  const text = query.get(name);
  if (text === null || text === '') return standard;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) throw new Refusal('EGeneral:Invalid arguments');
  return value;
};
