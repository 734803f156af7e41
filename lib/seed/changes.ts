import type { MarketCap } from '../market-caps/market-caps.js';
import { referenceOf, type CoinReference } from './coins.js';

/** A market's coin as it is stored. */
export interface SeededCoin {
  readonly id: number;
  readonly base: string;
  readonly name: string;
  readonly sector: string | null;
  readonly cap: MarketCap | null;
}

/** What reference data change of a stored coin. */
export interface SeedChange {
  readonly id: number;
  readonly name?: string;
  readonly sector?: string | null;
  readonly cap?: Pick<MarketCap, 'marketCap' | 'at'>;
}

/**
 * What differs from what is stored: the user's name and sector, else those that came with the bot, else the name that the source
 * of market capitalisations tells. That source renames coins, so a name that it gave once stands, unless the user has just
 * taken his own back. `caps` are by base.
 */
export const seedChanges = (
  coins: readonly SeededCoin[],
  own: ReadonlyMap<string, CoinReference>,
  caps: ReadonlyMap<string, MarketCap>,
  takenBack: ReadonlySet<string>,
): readonly SeedChange[] =>
  coins.flatMap(({ id, base, name, sector, cap }) => {
    const known = referenceOf(base, own);
    const told = caps.get(base);
    const standing = cap === null || takenBack.has(base) ? (known.name ?? base) : name;
    const right = own.get(base)?.name ?? told?.name ?? standing;
    const change: SeedChange = {
      id,
      ...(right !== name && { name: right }),
      ...(known.sector !== sector && { sector: known.sector }),
      ...(told && { cap: { marketCap: told.marketCap, at: told.at } }),
    };
    return Object.keys(change).length > 1 ? [change] : [];
  });
