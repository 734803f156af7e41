import type { ExitReason, RuleReason } from '../portfolio/exit-catalogue.js';
import type { EpochMs, Money, Percent, Price, Ratio, SizeBase } from '../units.js';

/** A sale of a stored trade. */
export interface StoredExit {
  readonly at: EpochMs;
  /** As filled, in quote currency. */
  readonly price: Price;
  readonly size: SizeBase;
  readonly reason: ExitReason;
  /** Place on the take-profit ladder, 0 the lowest; null for other reasons. */
  readonly level: number | null;
}

/** A rise of a stored trade's stop, in force from the next observation. */
export interface StoredRaise {
  readonly at: EpochMs;
  readonly stop: Price;
  readonly reason: RuleReason;
}

/** A trade of a run as it is stored. */
export interface StoredTrade {
  readonly number: number;
  readonly strategy: string;
  /** By symbol. */
  readonly market: string;
  /** The candle that it was decided on. */
  readonly opportunity: {
    readonly at: EpochMs;
    readonly close: Price;
    readonly score: Ratio;
    readonly values: Readonly<Record<string, number>>;
    /** The id of the strategy's version; null if it is not recorded. */
    readonly version: number | null;
  };
  readonly configuration: number;
  readonly entryAt: EpochMs;
  /** As filled, in quote currency. */
  readonly entryPrice: Price;
  readonly size: SizeBase;
  /** Portfolio currency per quote currency. */
  readonly quoteRate: number;
  /** Of the entry, in portfolio currency. */
  readonly entryFee: Money;
  /** Part of it was filled while replaying missed minutes. */
  readonly filledOffline: boolean;
  /** In the order of their fills. */
  readonly exits: readonly StoredExit[];
  /** Ascending. */
  readonly raises: readonly StoredRaise[];
  /** Of the last exit; null while it is open. */
  readonly closedAt: EpochMs | null;
}

/** A sale of a stored trade with its result, in portfolio currency unless it says otherwise. */
export interface JournalExit extends StoredExit {
  /** Of the original size. */
  readonly percentage: Percent;
  /** Net of `fee` and of the exit's share of the entry's fee. */
  readonly profitLoss: Money;
  readonly fee: Money;
  readonly halfSpread: Money;
  readonly slippage: Money;
  /** Portfolio currency per quote currency. */
  readonly quoteRate: number;
}

/** A stored trade with its costs and its result, in portfolio currency. */
export interface JournalTrade extends StoredTrade {
  readonly exits: readonly JournalExit[];
  /** Of the entry, as the next one. */
  readonly entryHalfSpread: Money;
  readonly entrySlippage: Money;
  /** In force for the next observation; of a closed trade the last one. */
  readonly stop: Price;
  /** The next target; null if there is none, or if all of them were reached. */
  readonly nextTarget: Price | null;
  /** Sum of the exits so far; null before the first. */
  readonly profitLoss: Money | null;
  /** Of size · entry price. */
  readonly profitLossPercentage: Percent | null;
  /** One candle reached both the stop and a target. */
  readonly ambiguous: boolean;
}
