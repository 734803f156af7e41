import { PACKAGE_COINS, referenceOf, type CoinReference } from './coins.js';
import { SECTORS, type Sector } from './sectors.js';

/** What became of the market capitalisations. */
export interface CapsOutcome {
  /** Coins of stored markets. */
  readonly coins: number;
  /** Those whose market capitalisation came; null where nobody was asked or there was no answer. */
  readonly known: number | null;
  /** Why there is none; null where there is. */
  readonly reason: string | null;
}

/** What reference data came to. */
export interface SeedSummary {
  /** `own` are the user's; `inPlace` of these replace what came with the bot. */
  readonly coins: { readonly known: number; readonly own: number; readonly inPlace: number };
  /** `matched` are those whose coin is in a sector; `changed` those that something was stored of. */
  readonly markets: { readonly stored: number; readonly matched: number; readonly changed: number };
  readonly marketCaps: CapsOutcome;
  readonly sectors: readonly { readonly sector: Sector; readonly coins: number; readonly markets: number }[];
  /** Symbols of markets of whose coin no sector is known. */
  readonly unknown: readonly string[];
}

/** Counts what reference data know, and of which of the stored markets. */
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
