import type { RiskSettings } from '../settings/settings.js';
import type { EpochMs, Money, Percent, Price, Ratio, SizeBase } from '../units.js';
import type { ExitReason, RuleReason } from './exit-catalogue.js';

/** A candle on which every condition of the strategy held. */
export interface Opportunity {
  readonly market: number;
  /** Open time of the candle that was judged. */
  readonly at: EpochMs;
  readonly close: Price;
  /** 0–1, semantics §4. */
  readonly score: Ratio;
  /** Every value that was judged, by indicator key. */
  readonly values: Readonly<Record<string, number>>;
}

/** Why money left the portfolio in one fill, in the portfolio's currency. */
export interface FillCosts {
  readonly fee: Money;
  readonly halfSpread: Money;
  readonly slippage: Money;
}

export const REJECTION_REASONS = [
  'already_open',
  'cooldown',
  'max_open_positions',
  'size_too_small',
  'no_depth',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** Why a live scanner turns an opportunity away itself: the disk is nearly full, or the market's indicators differ from the reference. */
export const WITHHELD_REASONS = ['disk_full', 'untrusted'] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

/** One fill of a sale out of a trade: on candles each sale is one fill, on order books it may take several. */
export interface Exit {
  /** Close time of the candle that caused it; the moment of the fill where it is live. */
  readonly at: EpochMs;
  /** Fill price, costs of spread and slippage included, in the market's quote currency. */
  readonly price: Price;
  readonly size: SizeBase;
  /** Of the original size; the last exit takes what is missing to 100. */
  readonly percentage: Percent;
  readonly reason: ExitReason;
  /** Place on the take-profit ladder, 0 the lowest; null for other reasons. */
  readonly level: number | null;
  /** Net of the exit's fee and of its share, by size, of the entry's fee. */
  readonly profitLoss: Money;
  readonly costs: FillCosts;
  /** Portfolio currency per quote currency at the fill; 1 where they are the same. */
  readonly quoteRate: number;
  /** Whether the trailing stop had raised the stop by then. */
  readonly trailingActive: boolean;
}

/** A sale that found too few buyers: what is left of it goes on at the next observation, whatever the price. */
export interface UnfinishedSale {
  readonly reason: ExitReason;
  /** As the exit's; null sells all that remains. */
  readonly level: number | null;
  readonly size: SizeBase;
}

/** Missed time of which neither trades nor candles are known yet. */
export interface Unseen {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** What was in force then. */
  readonly stop: Price;
  /** The lowest price that was seen since, and when; absent where none was. */
  readonly low?: { readonly at: EpochMs; readonly price: Price };
}

/** A holding from entry to last exit. Lives in the portfolio; changes only there. */
export interface Trade {
  /** Counts from 1 within a run, in order of entry. */
  readonly number: number;
  readonly market: number;
  readonly opportunity: Opportunity;
  /** Open time of the candle at whose open it was bought; the moment of the fill where it is live. */
  readonly entryAt: EpochMs;
  /** Fill price, costs of spread and slippage included, in the market's quote currency. */
  readonly entryPrice: Price;
  readonly size: SizeBase;
  readonly entryCosts: FillCosts;
  readonly entryQuoteRate: number;
  remaining: SizeBase;
  /** The exits as configured at entry: a change of settings does not touch an open trade. */
  readonly risk: RiskSettings;
  /** In force for the next observation. Never falls. */
  stop: Price;
  /** The rule that has set `stop`: the reason of an exit by it. */
  stopReason: RuleReason;
  /** The highest high since entry. */
  highest: Price;
  /** Whether the trailing stop has raised `stop`. */
  trailingActive: boolean;
  /** Take-profit levels already taken: the next one's place on the ladder. */
  nextLevel: number;
  /** Whether the candle of the last stop also went over an untaken target, or the stop may have been hit in missed time. */
  ambiguous: boolean;
  /** Only where fills come from an order book; while there is one, no target is looked at. */
  unfinished?: UnfinishedSale;
  /** Only while there is any: then no target is taken. */
  unseen?: readonly Unseen[];
  readonly exits: Exit[];
}

/** What happened to the portfolio, in the order in which it happened. */
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
