import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
import type { IndicatorSettings } from '../settings/settings.js';
import type { EpochMs, Price, Ratio, SizeBase } from '../units.js';

/**
 * What an exit rule may read of an open trade: the same in a backtest, live and in the labels of a
 * dataset.
 */
export interface ExitTrade {
  /** Open time of the entry candle; live, the time of the fill. */
  readonly entryAt: EpochMs;
  /** Fill price, in the market's quote currency. */
  readonly entryPrice: Price;
  readonly size: SizeBase;
  readonly remaining: SizeBase;
  /** In force for the next observation. */
  readonly stop: Price;
  /** Targets already taken: the index of the next one. */
  readonly nextLevel: number;
  /**
   * Close time of the first candle since the entry on which an exit of the strategy held; absent if
   * there was none so far.
   */
  readonly exitSignalAt?: EpochMs;
}

/** Indicator values of the candle that an entry was decided on, by name, without unknown ones. */
export type CandleValues = Readonly<Record<string, number>>;

/** A price above which a part of a trade is sold. */
export interface Target {
  readonly price: Price;
  /**
   * Of the original size, rounded down to the market's amount step; `rest` sells exactly what
   * remains.
   */
  readonly part: Ratio | 'rest';
}

/** How a rule raises the stop while the price rises. */
export interface Raise<Settings> {
  /** The lowest price since entry from which it applies. */
  readonly from: (trade: ExitTrade, settings: Settings) => Price;
  /**
   * The stop at the highest price since entry, which is `from` or more. A lower one than the
   * trade's changes nothing.
   */
  readonly stop: (trade: ExitTrade, settings: Settings, highest: Price) => Price;
}

/**
 * A reason to sell (semantics §5), as the orders that it places on an open trade. Backtests, live
 * runs, missed time and labels derive from these orders which prices and times matter; no rule
 * states that a second time. All functions are pure, and read nothing but their arguments.
 */
export interface ExitRule<Settings = unknown, Reason extends string = string> {
  /** As exits, reports and datasets name it; matches `EXIT_REASON`. */
  readonly reason: Reason;
  /** Whether the settings switch it on; default always. A rule that is off gives no orders. */
  readonly isOn?: (settings: Settings) => boolean;
  /** Whether no trade is entered on the market for `cooldown_minutes` after it has closed one. */
  readonly startsCooldown: boolean;
  /**
   * The values of the decision's candle that `firstStop` reads, by name, each with its indicator
   * column. They are stored with the opportunity; one that is unknown there is missing.
   */
  readonly reads?: (settings: Settings, indicators: IndicatorSettings) => Readonly<Record<string, string>>;
  /**
   * The stop from the entry on; null: none. All that remains is sold once the price is at or below
   * the highest stop of all rules. `values` are those of the decision's candle.
   */
  readonly firstStop?: (entryPrice: Price, settings: Settings, values: CandleValues) => Price | null;
  /** Raises the stop; the exit then has this rule's reason. */
  readonly raise?: Raise<Settings>;
  /** The next target; null where none is left. At most one rule has targets. */
  readonly target?: (trade: ExitTrade, settings: Settings) => Target | null;
  /**
   * When all that remains is sold at the open of the first observation from then on, whatever the
   * price. Infinity: never.
   */
  readonly deadline?: (trade: ExitTrade, settings: Settings) => EpochMs;
}

/** The format of a reason; the database accepts no other. */
export const EXIT_REASON = /^[a-z][a-z0-9_]{0,62}$/;

/**
 * An exit rule with its keys in `risk_management` of config.yaml, in one file. `exits/index.ts`
 * lists them.
 */
export interface ExitDeclaration<Reason extends string, Keys extends Section, Settings, Document>
  extends ExitRule<Settings, Reason>, Fragment<Keys, Settings, Document> {
  /** Its cell in the table of docs/semantics.md: what it sells, and when. */
  readonly doc: string;
}

/** Declares an exit rule. */
export const declareExit = <
  const Reason extends string,
  Keys extends Section = never,
  Settings = unknown,
  Document = unknown,
>(
  rule: ExitDeclaration<Reason, Keys, Settings, Document>,
): ExitDeclaration<Reason, Keys, Settings, Document> => rule;
