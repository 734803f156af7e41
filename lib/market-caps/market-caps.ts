import type { EpochMs, Money } from '../units.js';
import type { CoinsAnswer } from './coin.js';
import { matchCoins, type Unmatched, type WantedCoin } from './match.js';

/** Nobody asks for the capitalisation of coins smaller than this part of the least one wanted: pages are dear. */
export const CAP_MARGIN = 0.5;

/** What is known of a coin's market capitalisation. */
export interface MarketCap {
  /** USD. */
  readonly marketCap: Money;
  /** When the source was asked. */
  readonly at: EpochMs;
  /** The source's name of the coin; null where it comes from the database. */
  readonly id: string | null;
  readonly name: string;
}

/** The last good answer; a question that fails changes nothing, so that it grows old. */
export interface MarketCaps {
  /** When the source was asked for it; NaN before the first. */
  readonly at: EpochMs;
  /** By base. */
  readonly caps: ReadonlyMap<string, MarketCap>;
  readonly unmatched: readonly Unmatched[];
}

/** What is known at a start: what an earlier process stored, by base. */
export const storedCaps = (caps: ReadonlyMap<string, MarketCap> = new Map()): MarketCaps => ({
  at: Number.NaN,
  caps,
  unmatched: [],
});

/** What is known after an answer: of the bases wanted what it says, and of others nothing. `ids` as for `matchCoins`. */
export const capsOf = (
  { at, coins }: CoinsAnswer,
  wanted: readonly WantedCoin[],
  ids?: ReadonlyMap<string, string>,
): MarketCaps => {
  const matches = matchCoins(wanted, coins, ids);
  const caps = new Map<string, MarketCap>();
  const unmatched = [...matches.unmatched];
  for (const [base, { id, name, marketCap }] of matches.coins)
    if (marketCap === null) unmatched.push({ base, reason: 'no_cap', candidates: [id] });
    else caps.set(base, { marketCap, at, id, name });
  return { at, caps, unmatched };
};
