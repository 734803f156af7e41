import type { Listing } from '../universe/universe.js';

/** The markets of a coin in a sector. */
export interface SectorCoin {
  /** Several if the coin is traded in several currencies. */
  readonly lanes: readonly number[];
  /** The tracked ones: these count. */
  readonly tracked: readonly number[];
}

/** Relations between the markets. */
export interface Context {
  /** The reference lane of the correlation; -1 if there is none. */
  readonly bitcoin: number;
  /**
   * The tracked lanes: those that only provide prices count neither towards breadth nor in a
   * sector.
   */
  readonly tracked: readonly number[];
  /** How many lanes there are. */
  readonly lanes: number;
  /** The coins of each sector; coins of unknown sector are in none. */
  readonly sectors: readonly (readonly SectorCoin[])[];
}

/** Bitcoin's price in the given currency, else in dollars, else in a dollar stablecoin. */
const bitcoinLane = (listings: readonly Listing[], currency: string): number => {
  const symbols = listings.map(({ market }) => market.symbol);
  const found = [`BTC/${currency}`, 'BTC/USD'].map(symbol => symbols.indexOf(symbol)).find(lane => lane >= 0);
  return found ?? symbols.findIndex(symbol => symbol.startsWith('BTC/USD'));
};

/** The context of markets for a portfolio in `currency`. */
export const contextOf = (listings: readonly Listing[], currency: string): Context => {
  const isTracked = (lane: number): boolean => !listings[lane]!.auxiliary;
  const sectors = new Map<string, Map<string, number[]>>();
  for (const [lane, { sector, market }] of listings.entries()) {
    if (!sector) continue;
    const coins = sectors.get(sector) ?? new Map<string, number[]>();
    sectors.set(sector, coins.set(market.base, [...(coins.get(market.base) ?? []), lane]));
  }
  return {
    bitcoin: bitcoinLane(listings, currency),
    tracked: [...listings.keys()].filter(isTracked),
    lanes: listings.length,
    sectors: [...sectors.values()].map(coins =>
      [...coins.values()].map(lanes => ({ lanes, tracked: lanes.filter(isTracked) })),
    ),
  };
};
