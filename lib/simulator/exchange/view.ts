import type { DurationMs, EpochMs } from '../../units.js';
import type { Directory, Listing } from './listing.js';

export const SYSTEM_STATUSES = ['online', 'maintenance', 'cancel_only', 'post_only'] as const;

/** The exchange as one request sees it. */
export interface View {
  readonly seed: number;
  /** Market time of what is told about prices. */
  readonly at: EpochMs;
  /** How far the exchange's own clock is ahead of that. */
  readonly skew: DurationMs;
  readonly systemStatus: (typeof SYSTEM_STATUSES)[number];
  readonly directory: Directory;
  /** Whether a minute without trades has a row of zeros or none. */
  readonly quietRows: 'zero' | 'absent';
}

/** An answer of the kind `{"error":["EQuery:Unknown asset pair"]}`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** The pairs that are listed by now. */
export const listed = ({ directory, at }: View): readonly Listing[] =>
  directory.all.filter(({ listedAt }) => listedAt <= at);

/** The listed pair of that name, in any spelling. Throws `Refusal`. */
export const pairNamed = ({ directory, at }: View, name: string): Listing => {
  const listing = directory.find(name);
  if (!listing || listing.listedAt > at) throw new Refusal('EQuery:Unknown asset pair');
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
  // Who asks by the name of the web socket gets it back; everybody else gets the id.
  return { key: name.includes('/') ? name : listing.id, listing };
};

/** A whole number within bounds, or the default where there is none. Throws `Refusal`. */
export const wholeNumber = (query: URLSearchParams, name: string, standard: number, least: number, most: number) => {
  const text = query.get(name);
  if (text === null || text === '') return standard;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) throw new Refusal('EGeneral:Invalid arguments');
  return value;
};
