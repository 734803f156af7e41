import type { Price } from '../units.js';
import type { Coin } from './coin.js';
import { coinIds } from './coins.js';

/** A coin whose market cap is requested. */
export interface WantedCoin {
  readonly base: string;
  /** Price on our exchange in USD; NaN if unknown. */
  readonly price: Price;
  /** Its name on our exchange, if given. */
  readonly name?: string;
}

/** Why a base has no match. `candidates` are ids. */
export interface Unmatched {
  readonly base: string;
  /**
   * `unknown`: no coin has the symbol. `ambiguous`: several match. `price`: the price differs, so
   * it is another coin. `no_cap`: the coin is known, but not its market cap.
   */
  readonly reason: 'unknown' | 'ambiguous' | 'price' | 'no_cap';
  readonly candidates: readonly string[];
}

/** The coins that were found for the requested bases, and why others were not. */
export interface Matches {
  /** By base. */
  readonly coins: ReadonlyMap<string, Coin>;
  readonly unmatched: readonly Unmatched[];
}

const PACKAGE_IDS = coinIds();
/** Maximum price ratio of one coin in two places. */
const SAME_PRICE = 1.05;
/** Above this price ratio two coins differ. */
const OTHER_PRICE = 2;

const within = (ours: Price, theirs: Price | null, factor: number): boolean =>
  theirs !== null && Math.max(ours / theirs, theirs / ours) <= factor;

const idsOf = (coins: readonly Coin[]): readonly string[] => coins.map(({ id }) => id);

/**
 * Finds the coin of each base: by its id in `ids`, else the only one with its symbol, else the only
 * one of these with its name, else the only one within 5 % of its price. Ambiguous matches are
 * never guessed. A price off by more than a factor of 2 means another coin, whatever its name. If
 * the source has some of `ids` but not a base's own, only the price can confirm a match.
 */
export const matchCoins = (
  wanted: readonly WantedCoin[],
  all: readonly Coin[],
  ids: ReadonlyMap<string, string> = PACKAGE_IDS,
): Matches => {
  const byId = new Map(all.map(coin => [coin.id, coin]));
  const bySymbol = new Map<string, Coin[]>();
  for (const coin of all) {
    const alike = bySymbol.get(coin.symbol);
    if (alike) alike.push(coin);
    else bySymbol.set(coin.symbol, [coin]);
  }
  const knowsIds = [...ids.values()].some(id => byId.has(id));

  const find = ({ base, price, name }: WantedCoin): Coin | Unmatched => {
    const id = ids.get(base);
    const known = id === undefined ? undefined : byId.get(id);
    const alike = known ? [known] : (bySymbol.get(base) ?? []);
    const named = alike.filter(coin => coin.name.toLowerCase() === name?.toLowerCase());
    const priced = alike.filter(coin => within(price, coin.price, SAME_PRICE));
    const isDoubtful = id !== undefined && !known && knowsIds;
    const ways = isDoubtful ? [priced] : [alike, named, priced];
    const [coin] = ways.find(coins => coins.length === 1) ?? [];
    if (!coin)
      return {
        base,
        reason: alike.length === 0 ? 'unknown' : alike.length === 1 ? 'price' : 'ambiguous',
        candidates: idsOf(alike),
      };
    return price > 0 && coin.price !== null && !within(price, coin.price, OTHER_PRICE)
      ? { base, reason: 'price', candidates: [coin.id] }
      : coin;
  };

  const coins = new Map<string, Coin>();
  const unmatched: Unmatched[] = [];
  for (const each of wanted) {
    const found = find(each);
    if ('reason' in found) unmatched.push(found);
    else coins.set(each.base, found);
  }
  return { coins, unmatched };
};
