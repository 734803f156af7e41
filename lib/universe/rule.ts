import type { Market } from '../market.js';
import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
import type { DurationMs, EpochMs, Money, Percent, Ratio } from '../units.js';

/** Data about a market besides its candles; NaN stands for unknown. */
export interface LiveFacts {
  /** Whether the exchange allows trading (status `online`); null if unknown. */
  readonly active: boolean | null;
  /** Of the base currency, in USD. */
  readonly marketCap: Money;
  /** The time of that value. */
  readonly marketCapAt: EpochMs;
  /** USD traded in the last 24 hours, as reported by the exchange. */
  readonly volume24hUsd: Money;
  /** (ask − bid) / mid. */
  readonly spread: Ratio;
  /** Exchanges that list the base currency. */
  readonly listings: number;
}

/** Nothing is known besides candles. */
export const NOTHING_KNOWN: LiveFacts = {
  active: null,
  marketCap: NaN,
  marketCapAt: NaN,
  volume24hUsd: NaN,
  spread: NaN,
  listings: NaN,
};

/** Data about a market at a refresh; NaN stands for unknown. */
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
  /**
   * Share of the last 1,440 minutes, from the first known one on, that are known and not suspect.
   */
  readonly coverage: Ratio;
  /** Time since the market's first candle. */
  readonly historyMs: DurationMs;
  readonly live: LiveFacts;
}

/** A rule as it is evaluated: one condition for trading a market (semantics §3). */
export interface Rule<Settings = unknown, Name extends string = string> {
  /** As in configurations, stored verdicts, reports and datasets; it matches `RULE_NAME`. */
  readonly name: Name;
  /**
   * Whether a backtest can evaluate it honestly: from candles and the market's name, for any minute
   * of the past.
   */
  readonly fromCandles: boolean;
  /** How it compares its value with its threshold. Missing if names are compared. */
  readonly comparison?: '≥' | '≤';
  /** Passes, fails, or is unknown; then `filtering.unknown` decides. */
  judge(facts: MarketFacts, settings: Settings): boolean | 'unknown';
  /**
   * The value, in the unit of its threshold in config.yaml; NaN if unknown. Missing if names are
   * compared.
   */
  value?(facts: MarketFacts, settings: Settings): number;
  /** The threshold, as in config.yaml. */
  threshold?(settings: Settings): number;
}

/** Pattern of a rule's name; the database accepts no other. */
export const RULE_NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** The sections of config.yaml that contain keys of rules. */
export type RuleSection = 'filtering' | 'data';

/** A rule, complete in one file. `rules/index.ts` lists them. */
export interface RuleDeclaration<
  Name extends string,
  Keys extends Section,
  Home extends RuleSection,
  Settings,
  Document,
>
  extends Rule<Settings, Name>, Fragment<Keys, Settings, Document> {
  /** The section of config.yaml with its keys; default `filtering`. */
  readonly section?: Home;
  /** Completes "passes if …" and "unknown if …" in the table of docs/semantics.md. */
  readonly doc: { readonly passes: string; readonly unknown: string };
}

/** Declares a rule. */
export const declareRule = <
  const Name extends string,
  Keys extends Section = never,
  Home extends RuleSection = 'filtering',
  Settings = unknown,
  Document = unknown,
>(
  rule: RuleDeclaration<Name, Keys, Home, Settings, Document>,
): RuleDeclaration<Name, Keys, Home, Settings, Document> => rule;

/** Compares a value with a bound; NaN is unknown. */
export const judged = (value: number, holds: boolean): boolean | 'unknown' => (Number.isNaN(value) ? 'unknown' : holds);

/** In percent, without the rounding of the multiplication: 0.07 is 7. */
export const inPercent = (ratio: Ratio): Percent => Number((100 * ratio).toPrecision(12));
