import type { RiskSettings } from '../settings/settings.js';
import type { EpochMs, Money, Percent, Price, Ratio, SizeBase } from '../units.js';
import type { ExitReason, RuleReason } from './exit-catalogue.js';
import { PROTECTION_REASONS } from './protection-catalogue.js';

/** A candle that meets every condition of the strategy. */
export interface Opportunity {
  readonly market: number;
  /** Open time of the candle. */
  readonly at: EpochMs;
  readonly close: Price;
  /** 0–1, semantics §4. */
  readonly score: Ratio;
  /** Every value that the conditions compared, by name. */
  readonly values: Readonly<Record<string, number>>;
}

/** The costs of one fill, in the portfolio's currency. */
export interface FillCosts {
  readonly fee: Money;
  readonly halfSpread: Money;
  readonly slippage: Money;
}

/** Why the portfolio does not buy on an opportunity, in the order of judgement. */
export const REJECTION_REASONS = [
  'already_open',
  'cooldown',
  ...PROTECTION_REASONS,
  'max_open_positions',
  'size_too_small',
  'no_depth',
] as const;
/** One of `REJECTION_REASONS`. */
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/**
 * Why a live scanner rejects an opportunity itself: the disk is nearly full, or the market's
 * indicators differ from the reference.
 */
export const WITHHELD_REASONS = ['disk_full', 'untrusted'] as const;
/** One of `WITHHELD_REASONS`. */
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

/** One fill of a sale: on candles a sale is one fill, on order books it may be several. */
export interface Exit {
  /** Close time of the candle that triggered it; live, the time of the fill. */
  readonly at: EpochMs;
  /** Fill price, costs of spread and slippage included, in the market's quote currency. */
  readonly price: Price;
  readonly size: SizeBase;
  /** Of the original size; the last exit has the remainder to 100. */
  readonly percentage: Percent;
  readonly reason: ExitReason;
  /** Index on the take-profit ladder, 0 the lowest; null for other reasons. */
  readonly level: number | null;
  /** Net of the exit's fee and of its share, by size, of the entry's fee. */
  readonly profitLoss: Money;
  readonly costs: FillCosts;
  /** Portfolio currency per quote currency at the fill; 1 if they are the same. */
  readonly quoteRate: number;
  /** Whether the trailing stop had raised the stop by then. */
  readonly trailingActive: boolean;
}

/**
 * A sale that found too few buyers: the remainder is sold at the next observation, whatever the
 * price.
 */
export interface UnfinishedSale {
  readonly reason: ExitReason;
  /** As in `Exit`; null sells all that remains. */
  readonly level: number | null;
  readonly size: SizeBase;
}

/** Missed time without known trades or candles so far. */
export interface Unseen {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** In force at that time. */
  readonly stop: Price;
  /** The lowest price seen since, and when; absent if none was seen. */
  readonly low?: { readonly at: EpochMs; readonly price: Price };
}

/** A holding from entry to last exit. Part of the portfolio, whose operations alone change it. */
export interface Trade {
  /** Counts from 1 within a run, in order of entry. */
  readonly number: number;
  readonly market: number;
  readonly opportunity: Opportunity;
  /** Open time of the entry candle; live, the time of the fill. */
  readonly entryAt: EpochMs;
  /** Fill price, costs of spread and slippage included, in the market's quote currency. */
  readonly entryPrice: Price;
  readonly size: SizeBase;
  readonly entryCosts: FillCosts;
  readonly entryQuoteRate: number;
  remaining: SizeBase;
  /** The settings at entry: a later change does not affect an open trade. */
  readonly risk: RiskSettings;
  /** In force for the next observation. Never falls. */
  stop: Price;
  /** The rule that has set `stop`: the reason of an exit by it. */
  stopReason: RuleReason;
  /** The highest high since entry. */
  highest: Price;
  /** Whether the trailing stop has raised `stop`. */
  trailingActive: boolean;
  /** Set once, by the first exit signal since the entry; see `ExitTrade`. */
  exitSignalAt?: EpochMs;
  /** Index of the next take-profit level: the number of levels taken. */
  nextLevel: number;
  /**
   * Whether the candle of the last stop was also above an untaken target, or the stop may have been
   * hit in missed time.
   */
  ambiguous: boolean;
  /** Only with fills from order books; while present, no target is taken. */
  unfinished?: UnfinishedSale;
  /** Absent if there is none; while present, no target is taken. */
  unseen?: readonly Unseen[];
  readonly exits: Exit[];
}

/** A change of the portfolio. */
export type PositionEvent =
  | { readonly kind: 'opened'; readonly trade: Trade; readonly at: EpochMs }
  | {
      readonly kind: 'exited';
      readonly trade: Trade;
      readonly at: EpochMs;
      readonly exit: Exit;
      readonly closed: boolean;
    }
  | {
      readonly kind: 'stop_raised';
      readonly trade: Trade;
      readonly at: EpochMs;
      readonly stop: Price;
      readonly reason: RuleReason;
      /** Whether another rule had set the stop before. */
      readonly activated: boolean;
    }
  | {
      readonly kind: 'rejected';
      readonly opportunity: Opportunity;
      readonly at: EpochMs;
      readonly reason: RejectionReason;
    }
  | { readonly kind: 'expired'; readonly opportunity: Opportunity; readonly at: EpochMs };
