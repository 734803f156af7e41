import type { Listing } from '../universe/universe.js';

/** How markets belong together. */
export interface Context {
  /** The lane whose returns are correlated with; -1 where there is none. */
  readonly bitcoin: number;
  /** The lanes that are tracked: those that only give prices count neither towards breadth nor in a sector. */
  readonly tracked: readonly number[];
  /** By lane: the tracked markets of other coins in the same sector; none where the sector is not known. */
  readonly peers: readonly (readonly number[])[];
}

/** Bitcoin's price in the given currency, else in dollars, else in what a dollar coin is called. */
const bitcoinLane = (listings: readonly Listing[], currency: string): number => {
  const symbols = listings.map(({ market }) => market.symbol);
  const found = [`BTC/${currency}`, 'BTC/USD'].map(symbol => symbols.indexOf(symbol)).find(lane => lane >= 0);
  return found ?? symbols.findIndex(symbol => symbol.startsWith('BTC/USD'));
};

/** The context of markets that are traded with a portfolio in `currency`. */
export const contextOf = (listings: readonly Listing[], currency: string): Context => {
  const sectors = new Map<string, number[]>();
  for (const [lane, { sector, auxiliary }] of listings.entries()) {
    if (!sector || auxiliary) continue;
    const members = sectors.get(sector) ?? [];
    members.push(lane);
    sectors.set(sector, members);
  }
  return {
    bitcoin: bitcoinLane(listings, currency),
    tracked: [...listings.keys()].filter(lane => !listings[lane]!.auxiliary),
    peers: listings.map(({ sector, market }) =>
      (sector ? (sectors.get(sector) ?? []) : []).filter(lane => listings[lane]!.market.base !== market.base),
    ),
  };
};
