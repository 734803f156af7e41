import type { Market } from '../market.js';
import type { FilteringSettings, RuleName } from '../settings/settings.js';
import type { DurationMs, Money, Ratio } from '../units.js';

/** What is known of a market at a refresh; NaN stands for unknown. */
export interface MarketFacts {
  readonly market: Market;
  /** Whether its quote currency has a price in the portfolio's currency. */
  readonly priced: boolean;
  /** USD traded in the last 1,440 minutes. */
  readonly dailyVolume: Money;
  /** Sample standard deviation of the last day's 1-minute log returns, scaled to a day. */
  readonly volatility: Ratio;
  /** Time since the market's first candle. */
  readonly historyMs: DurationMs;
}

/** One condition for trading a market (semantics §3). */
export interface Rule {
  readonly name: RuleName;
  /** Passes, fails, or cannot be told; then `filtering.unknown` decides. */
  judge(facts: MarketFacts, filtering: FilteringSettings): boolean | 'unknown';
}

/** Judges a value against a bound; NaN cannot be told. */
export const judged = (value: number, holds: boolean): boolean | 'unknown' => (Number.isNaN(value) ? 'unknown' : holds);
