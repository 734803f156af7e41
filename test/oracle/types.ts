import type { RejectionReason } from '../../lib/portfolio/events.js';
import type { ExitReason } from '../../lib/portfolio/exit-catalogue.js';
import type { Settings } from '../../lib/settings/settings.js';
import type { OracleBook } from './books.js';

/** A closed candle as it was stored; a suspect one carries its raw values. */
export interface OracleCandle {
  /** Open time in milliseconds, a whole minute. */
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Base currency. */
  readonly volume: number;
  readonly kind: 'traded' | 'quiet' | 'suspect';
}

/** A market with its candles, ascending; a missing minute is a gap. */
export interface OracleMarket {
  readonly symbol: string;
  readonly candles: readonly OracleCandle[];
  /** 1e-8 unless given. */
  readonly amountStep?: number;
  /** Base currency, 0 unless given. */
  readonly minimumAmount?: number;
  /** Quote currency, 0 unless given. */
  readonly minimumCost?: number;
  /** Open time of the first candle ever seen, if it is older than the first one given. */
  readonly firstCandleAt?: number;
}

/** A whole backtest: candles with from ≤ t < to are traded on, earlier ones warm up. */
export interface OracleInput {
  readonly markets: readonly OracleMarket[];
  readonly from: number;
  readonly to: number;
  readonly settings: Settings;
  /** Exits of the strategy; none unless given. */
  readonly exits?: OracleExits;
  /** The order books stored of a market's minute; none unless given. */
  readonly books?: (symbol: string, minute: number) => readonly OracleBook[];
}

/**
 * Two reasons to sell what is held: the RSI is above a value; the close is under the Bollinger middle
 * while the MACD histogram falls.
 */
export interface OracleExits {
  readonly rsiAbove: number;
}

/** The conditions of the strategy, in the order in which they are judged. */
export const CONDITIONS = ['rsi', 'macd', 'roc', 'bollinger', 'volume', 'trend'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** What became of one market's minute; a condition is the first one that failed. */
export type Decision = 'not_tradable' | 'not_evaluated' | Condition | 'opportunity';

export interface OracleExit {
  readonly time: number;
  /** Fill price in the market's quote currency. */
  readonly price: number;
  readonly size: number;
  /** Percent of the original size. */
  readonly percentage: number;
  readonly reason: ExitReason;
  /** Net, in the portfolio's currency. */
  readonly profitLoss: number;
  readonly fee: number;
}

export interface OracleTrade {
  readonly symbol: string;
  readonly entryTime: number;
  readonly entryPrice: number;
  readonly size: number;
  readonly entryFee: number;
  readonly exits: readonly OracleExit[];
  readonly profitLoss: number;
  /** Percent of what was paid for the position, without the fee. */
  readonly profitLossPercentage: number;
}

export interface OracleOpportunity {
  readonly symbol: string;
  /** Open time of the candle that was judged. */
  readonly at: number;
  readonly close: number;
  readonly score: number;
  readonly outcome: 'taken' | 'rejected' | 'expired';
  readonly reason?: RejectionReason;
}

/** How many market-minutes went how far; the sum of `decisions` is markets × minutes. */
export interface OracleFunnel {
  readonly decisions: Readonly<Record<Decision, number>>;
  readonly taken: number;
  readonly expired: number;
  readonly rejected: Readonly<Record<RejectionReason, number>>;
  /** Candles that touched a stop and an untaken target of the same trade. */
  readonly ambiguous: number;
}

/** Semantics §6; ratios unless stated otherwise, null where undefined. */
export interface OracleMetrics {
  readonly dayCloses: readonly number[];
  readonly dailyReturns: readonly number[];
  readonly totalReturn: number;
  /** A year is 365 days. This and the next ones for a year are null of less than two days. */
  readonly cagr: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  /**
   * Positive; `recoveredAt` is null when the old peak was not reached again. Null if equity never
   * fell.
   */
  readonly maxDrawdown: {
    readonly depth: number;
    readonly peakAt: number;
    readonly troughAt: number;
    readonly recoveredAt: number | null;
  } | null;
  readonly calmar: number | null;
  readonly profitFactor: number | null;
  /** Mean profit of a trade, money. */
  readonly expectancy: number | null;
  readonly winRate: number | null;
  readonly averageWin: number | null;
  readonly averageLoss: number | null;
  /** Share of the minutes at whose end something was held. */
  readonly exposure: number | null;
  /** Money of all fills, both sides, over the mean of the minute equity. */
  readonly turnover: number | null;
  /** Money. */
  readonly fees: number;
  readonly halfSpread: number;
  readonly slippage: number;
  /**
   * Profit before fees, spread and slippage; the shares below are of this, null unless it is
   * positive.
   */
  readonly gross: number;
  readonly feeShare: number | null;
  readonly spreadShare: number | null;
  readonly slippageShare: number | null;
  readonly sqn: number | null;
  readonly lowSample: boolean;
  /**
   * BTC in the portfolio's currency, bought at the first open and sold at the last close, net of a
   * fee on each side.
   */
  readonly buyAndHoldBtc: number | null;
  /** The mean of the same over all markets. */
  readonly equalWeight: number | null;
}

export interface OracleResult {
  /** In order of entry. */
  readonly trades: readonly OracleTrade[];
  /** In order of candle time, then symbol. */
  readonly opportunities: readonly OracleOpportunity[];
  readonly funnel: OracleFunnel;
  /** The initial balance, then one mark a minute; the last one is the final cash. */
  readonly equityByMinute: readonly number[];
  readonly finalCash: number;
  readonly metrics: OracleMetrics;
  /** By symbol, one a minute from `from`. */
  readonly decisions: Readonly<Record<string, readonly Decision[]>>;
}
