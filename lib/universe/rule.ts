import type { Market } from '../market.js';
import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
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

/** What judging needs of a rule: one condition for trading a market (semantics §3). */
export interface Rule<Settings = unknown, Name extends string = string> {
  /** As configurations, stored verdicts, reports and datasets write it; it matches `RULE_NAME`. */
  readonly name: Name;
  /** Whether it is honest in a backtest: candles and the market's name answer it for any minute of the past. */
  readonly fromCandles: boolean;
  /** How it compares its value with its threshold. None where names are compared. */
  readonly comparison?: '≥' | '≤';
  /** Passes, fails, or cannot be told; then `filtering.unknown` decides. */
  judge(facts: MarketFacts, settings: Settings): boolean | 'unknown';
  /** What is compared, in the unit of its threshold in config.yaml; NaN where unknown. None where names are compared. */
  value?(facts: MarketFacts, settings: Settings): number;
  /** What it is compared with, as in config.yaml. */
  threshold?(settings: Settings): number;
}

/** What a rule's name looks like; the database accepts no other. */
export const RULE_NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** The sections of config.yaml that hold keys of rules. */
export type RuleSection = 'filtering' | 'data';

/** A rule: everything that is to be known about it, in one file. `rules/index.ts` lists them. */
export interface RuleDeclaration<
  Name extends string,
  Keys extends Section,
  Home extends RuleSection,
  Settings,
  Document,
>
  extends Rule<Settings, Name>, Fragment<Keys, Settings, Document> {
  /** Where in config.yaml its keys stand; default `filtering`. */
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

/** Judges a value against a bound; NaN cannot be told. */
export const judged = (value: number, holds: boolean): boolean | 'unknown' => (Number.isNaN(value) ? 'unknown' : holds);

/** In percent, without the rounding of the multiplication: 0.07 is 7. */
export const inPercent = (ratio: Ratio): Percent => Number((100 * ratio).toPrecision(12));
