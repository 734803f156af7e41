import type { Listing } from '../universe/universe.js';

/** The lanes of a sector's coins, several where a coin is traded in several currencies. */
export type Sector = readonly (readonly number[])[];

/** How markets belong together. */
export interface Context {
  /** The lane whose returns are correlated with; -1 where there is none. */
  readonly bitcoin: number;
  /** The lanes that are tracked: those that only give prices count neither towards breadth nor in a sector. */
  readonly tracked: readonly number[];
  /** How many lanes there are. */
  readonly lanes: number;
  /** The tracked markets of each sector, coin by coin; those of a sector that is not known are in none. */
  readonly sectors: readonly Sector[];
}

/** Bitcoin's price in the given currency, else in dollars, else in what a dollar coin is called. */
const bitcoinLane = (listings: readonly Listing[], currency: string): number => {
  const symbols = listings.map(({ market }) => market.symbol);
  const found = [`BTC/${currency}`, 'BTC/USD'].map(symbol => symbols.indexOf(symbol)).find(lane => lane >= 0);
  return found ?? symbols.findIndex(symbol => symbol.startsWith('BTC/USD'));
};

/** The context of markets that are traded with a portfolio in `currency`. */
export const contextOf = (listings: readonly Listing[], currency: string): Context => {
  const sectors = new Map<string, Map<string, number[]>>();
  for (const [lane, { sector, auxiliary, market }] of listings.entries()) {
    if (!sector || auxiliary) continue;
    const coins = sectors.get(sector) ?? new Map<string, number[]>();
    sectors.set(sector, coins.set(market.base, [...(coins.get(market.base) ?? []), lane]));
  }
  return {
    bitcoin: bitcoinLane(listings, currency),
    tracked: [...listings.keys()].filter(lane => !listings[lane]!.auxiliary),
    lanes: listings.length,
    sectors: [...sectors.values()].map(coins => [...coins.values()]),
  };
};
