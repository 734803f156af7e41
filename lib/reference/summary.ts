import { PACKAGE_COINS, referenceOf, type CoinReference } from './coins.js';
import { SECTORS, type Sector } from './sectors.js';

/** Result of fetching market caps. */
export interface CapsOutcome {
  /** Coins of stored markets. */
  readonly coins: number;
  /** Coins with a market cap; null without a request or answer. */
  readonly known: number | null;
  /** Why there is none; otherwise null. */
  readonly reason: string | null;
}

/** Result of applying reference data. */
export interface SeedSummary {
  /** `own` are the user's; `inPlace` of these replace bundled ones. */
  readonly coins: { readonly known: number; readonly own: number; readonly inPlace: number };
  /** `matched`: markets whose coin is in a sector; `changed`: markets with stored changes. */
  readonly markets: { readonly stored: number; readonly matched: number; readonly changed: number };
  readonly marketCaps: CapsOutcome;
  readonly sectors: readonly { readonly sector: Sector; readonly coins: number; readonly markets: number }[];
  /** Symbols of markets whose coin has no known sector. */
  readonly unknown: readonly string[];
}

/** Counts known coins and the stored markets that they match. */
export const seedSummary = (
  markets: readonly { readonly symbol: string; readonly base: string }[],
  own: ReadonlyMap<string, CoinReference>,
  changed: number,
  marketCaps: CapsOutcome,
): SeedSummary => {
  const coins = [...new Set([...PACKAGE_COINS.keys(), ...own.keys()])];
  const sectorOf = (base: string) => referenceOf(base, own).sector;
  const unknown = markets.filter(({ base }) => sectorOf(base) === null).map(({ symbol }) => symbol);
  return {
    coins: {
      known: coins.length,
      own: own.size,
      inPlace: [...own.keys()].filter(symbol => PACKAGE_COINS.has(symbol)).length,
    },
    markets: { stored: markets.length, matched: markets.length - unknown.length, changed },
    marketCaps,
    sectors: (Object.keys(SECTORS) as Sector[]).map(sector => ({
      sector,
      coins: coins.filter(symbol => sectorOf(symbol) === sector).length,
      markets: markets.filter(({ base }) => sectorOf(base) === sector).length,
    })),
    unknown,
  };
};
