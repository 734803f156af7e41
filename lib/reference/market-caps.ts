import type { EpochMs, Money } from '../units.js';
import type { CoinsAnswer } from './coin.js';
import { matchCoins, type Unmatched, type WantedCoin } from './match.js';

/** Pages below this share of the smallest requested cap are not fetched: pages are expensive. */
export const CAP_MARGIN = 0.5;

/** A coin's market cap. */
export interface MarketCap {
  /** USD. */
  readonly marketCap: Money;
  /** Time of the request. */
  readonly at: EpochMs;
  /** The source's id of the coin; null if read from the database. */
  readonly id: string | null;
  readonly name: string;
}

/** The last good answer; a failed request leaves it unchanged, so that it ages. */
export interface MarketCaps {
  /** Time of its request; NaN before the first. */
  readonly at: EpochMs;
  /** By base. */
  readonly caps: ReadonlyMap<string, MarketCap>;
  readonly unmatched: readonly Unmatched[];
}

/** The newest market cap per base, of coins that are stored once per market. */
export const newestCaps = (
  coins: readonly { readonly base: string; readonly cap: MarketCap | null }[],
): ReadonlyMap<string, MarketCap> => {
  const caps = new Map<string, MarketCap>();
  for (const { base, cap } of coins) if (cap && !(cap.at < (caps.get(base)?.at ?? -Infinity))) caps.set(base, cap);
  return caps;
};

/** Market caps at a start: those stored by an earlier process, by base. */
export const storedCaps = (caps: ReadonlyMap<string, MarketCap> = new Map()): MarketCaps => ({
  at: Number.NaN,
  caps,
  unmatched: [],
});

/** Market caps after an answer: only for the requested bases. `ids` as for `matchCoins`. */
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
