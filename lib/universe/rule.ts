import type { Market } from '../market.js';
import type { FilteringSettings, RuleName } from '../settings/settings.js';
import type { DurationMs, EpochMs, Money, Percent, Ratio } from '../units.js';

/** What is known of a market besides its candles; NaN stands for unknown. */
export interface LiveFacts {
  /** Whether the exchange lets it be traded (status `online`); null where unknown. */
  readonly active: boolean | null;
  /** Of the base currency, in USD. */
  readonly marketCap: Money;
  /** When that was so. */
  readonly marketCapAt: EpochMs;
  /** USD traded in the last 24 hours, as the exchange tells it. */
  readonly volume24hUsd: Money;
  /** (ask − bid) / mid. */
  readonly spread: Ratio;
  /** Exchanges that list the base currency. */
  readonly listings: number;
}

/** Nothing is known but candles. */
export const NOTHING_KNOWN: LiveFacts = {
  active: null,
  marketCap: NaN,
  marketCapAt: NaN,
  volume24hUsd: NaN,
  spread: NaN,
  listings: NaN,
};

/** What is known of a market at a refresh; NaN stands for unknown. */
export interface MarketFacts {
  readonly market: Market;
  /** Of the refresh. */
  readonly at: EpochMs;
  /** Whether its quote currency has a price in the portfolio's currency. */
  readonly priced: boolean;
  /** USD traded in the last 1,440 minutes. */
  readonly dailyVolume: Money;
  /** Sample standard deviation of the last day's 1-minute log returns, scaled to a day. */
  readonly volatility: Ratio;
  /** Share of the last 1,440 minutes, from the first known one on, that are known and not suspect. */
  readonly coverage: Ratio;
  /** Time since the market's first candle. */
  readonly historyMs: DurationMs;
  readonly live: LiveFacts;
}

/** One condition for trading a market (semantics §3). */
export interface Rule {
  readonly name: RuleName;
  /** Whether it is honest in a backtest: candles and the market's name answer it for any minute of the past. */
  readonly fromCandles: boolean;
  /** Passes, fails, or cannot be told; then `filtering.unknown` decides. */
  judge(facts: MarketFacts, filtering: FilteringSettings): boolean | 'unknown';
  /** What is compared, in the unit of its threshold in config.yaml; NaN where unknown. None where names are compared. */
  value?(facts: MarketFacts, filtering: FilteringSettings): number;
  /** What it is compared with, as in config.yaml. */
  threshold?(filtering: FilteringSettings): number;
}

/** Judges a value against a bound; NaN cannot be told. */
export const judged = (value: number, holds: boolean): boolean | 'unknown' => (Number.isNaN(value) ? 'unknown' : holds);

/** In percent, without the rounding of the multiplication: 0.07 is 7. */
export const inPercent = (ratio: Ratio): Percent => Number((100 * ratio).toPrecision(12));
