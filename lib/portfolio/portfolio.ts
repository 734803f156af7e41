import type { Market } from '../market.js';
import type { EpochMs, Money, Price } from '../units.js';
import type { Opportunity, Trade } from './events.js';
import { noHistory, type PortfolioHistory } from './history.js';

/** Cash, holdings and pending opportunities. Only the operations of this folder change it. */
export interface Portfolio {
  readonly markets: readonly Market[];
  cash: Money;
  /** Open trades in symbol order, at most one a market. */
  readonly open: Trade[];
  /** Opportunities that wait for their market's next candle or book. */
  pending: Opportunity[];
  /**
   * Last known close of each market, in its quote currency; NaN if none was seen while it was held.
   */
  readonly lastPrice: Float64Array;
  /** Time of each market's last exit that starts a cooldown; -Infinity if there was none. */
  readonly stoppedAt: Float64Array;
  /** Trades entered so far. */
  entered: number;
  /** What its protections remember. */
  readonly history: PortfolioHistory;
}

/** A portfolio that holds nothing but cash. */
export const emptyPortfolio = (markets: readonly Market[], cash: Money): Portfolio => ({
  markets,
  cash,
  open: [],
  pending: [],
  lastPrice: new Float64Array(markets.length).fill(NaN),
  stoppedAt: new Float64Array(markets.length).fill(-Infinity),
  entered: 0,
  history: noHistory(),
});

/** Converts a market's quote currency into the portfolio's. */
export type RateOf = (market: number) => number;

/** The value of the holdings at the last known prices. */
export const openValue = ({ open, lastPrice }: Portfolio, rateOf: RateOf): Money => {
  let value = 0;
  for (const { market, remaining } of open) value += remaining * lastPrice[market]! * rateOf(market);
  return value;
};

/**
 * An observation of a market: a closed candle, or a quote as a degenerate candle whose four prices
 * are the bid.
 */
export interface Observation {
  /** Close time. */
  readonly at: EpochMs;
  /** Open time of the candle; of a quote, the same as `at`. */
  readonly opensAt: EpochMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
}
