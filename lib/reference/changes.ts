import type { MarketCap } from './market-caps.js';
import { referenceOf, type CoinReference } from './coins.js';

/** The stored coin of a market. */
export interface SeededCoin {
  readonly id: number;
  readonly base: string;
  readonly name: string;
  readonly sector: string | null;
  readonly cap: MarketCap | null;
}

/** Changes of a stored coin by reference data. */
export interface SeedChange {
  readonly id: number;
  readonly name?: string;
  readonly sector?: string | null;
  readonly cap?: Pick<MarketCap, 'marketCap' | 'at'>;
}

/**
 * Changes of the stored coins. Name and sector come from the user, else from the bundled data; a
 * name else from the source of market caps. That source renames coins, so its first name is kept,
 * unless the user has just removed their own. `caps` are by base.
 */
export const seedChanges = (
  coins: readonly SeededCoin[],
  own: ReadonlyMap<string, CoinReference>,
  caps: ReadonlyMap<string, MarketCap>,
  takenBack: ReadonlySet<string>,
): readonly SeedChange[] =>
  coins.flatMap(({ id, base, name, sector, cap }) => {
    const known = referenceOf(base, own);
    const given = caps.get(base);
    const standing = cap === null || takenBack.has(base) ? (known.name ?? base) : name;
    const right = own.get(base)?.name ?? given?.name ?? standing;
    const change: SeedChange = {
      id,
      ...(right !== name && { name: right }),
      ...(known.sector !== sector && { sector: known.sector }),
      ...(given && { cap: { marketCap: given.marketCap, at: given.at } }),
    };
    return Object.keys(change).length > 1 ? [change] : [];
  });
