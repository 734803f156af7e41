import type { Observation } from '../portfolio/portfolio.js';
import type { EpochMs, Price } from '../units.js';

/** A live quote as an observation: the degenerate candle whose four prices are the bid. */
export const observationOf = (bid: Price, at: EpochMs): Observation => ({
  at,
  opensAt: at,
  open: bid,
  high: bid,
  low: bid,
});
