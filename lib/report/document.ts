import type { PairedDifference } from './compare.js';
import type { ExitReason } from '../portfolio/exit-catalogue.js';
import type { Wallet } from '../settings/strategy-entry.js';
import type { EquityMetrics } from './equity-curve.js';
import type { Funnel } from './funnel.js';
import type { Metrics } from './performance.js';
import type { UniverseSummary } from './universe.js';

/** One sale. Times ISO 8601 UTC; prices in the quote currency, money in the portfolio's. */
export interface ReportedExit {
  readonly time: string;
  readonly price: number;
  readonly size: number;
  /** Percent of the original size, with six decimals. */
  readonly percentage: number;
  readonly reason: ExitReason;
  /** Net of `fee` and of the exit's share of the entry's fee. */
  readonly profitLoss: number;
  readonly fee: number;
}

/** One closed trade. */
export interface ReportedTrade {
  readonly symbol: string;
  readonly entryTime: string;
  readonly entryPrice: number;
  readonly size: number;
  readonly entryFee: number;
  readonly exits: readonly ReportedExit[];
  readonly profitLoss: number;
  /** Percent of size · entry price. */
  readonly profitLossPercentage: number;
}

/** Totals of the exits with one reason. */
export interface ReasonSummary {
  readonly reason: ExitReason;
  readonly exits: number;
  readonly profitLoss: number;
  readonly fees: number;
}

/** Results on one market. */
export interface MarketSummary {
  readonly symbol: string;
  readonly trades: number;
  /** Null where no trade won or lost. */
  readonly winRate: number | null;
  readonly profitLoss: number;
  readonly fees: number;
  /** Candles on which the strategy was evaluated. */
  readonly evaluated: number;
  /** Share of the known candles on which the market was tradable; null where no candle is known. */
  readonly tradableShare: number | null;
  readonly missingMinutes: number;
}

/** A benchmark and its result. */
export interface Benchmark extends EquityMetrics {
  readonly name: string;
}

/** The last check of a strategy file with its parameters. */
export interface ReportedCheck {
  readonly passed: boolean;
  readonly checkedAt: string;
  /** Markets whose stored candles it was checked on, besides the generated ones. */
  readonly storedSymbols: readonly string[];
}

/** The strategy of a run. */
export interface ReportedStrategy {
  readonly name: string;
  /** `momentum`, or the path of its file. */
  readonly use: string;
  readonly wallet: Wallet;
  /** Of a file; of momentum, those that differ from `momentum_strategy`. */
  readonly parameters: Readonly<Record<string, number | boolean | string>>;
  /** The keys of `risk_management` that differ for it, by their dotted names. */
  readonly risk: Readonly<Record<string, number | boolean | string>>;
  /** SHA-256 of the file with all that it imports; null for momentum. */
  readonly sourceHash: string | null;
  /** Null for momentum, and for a file that was never checked with these parameters. */
  readonly check: ReportedCheck | null;
}

/** What a strategy did in its wallet. */
export interface StrategyResult {
  readonly strategy: ReportedStrategy;
  readonly trades: readonly ReportedTrade[];
  /**
   * Ratios are parts of one, money in `currency`; `metrics.reasons` has the reason of each null.
   */
  readonly metrics: Metrics;
  /** Number of fills, and of those at stored order books instead of configured costs. */
  readonly fills: { readonly all: number; readonly atStoredBooks: number };
  readonly exitsByReason: readonly ReasonSummary[];
  readonly perMarket: readonly MarketSummary[];
  readonly funnel: Funnel;
  /** At day closes, at the close of each minute with an entry or exit, and at even steps. */
  readonly equity: readonly { readonly time: string; readonly equity: number }[];
}

/** The result of a strategy with a wallet beside the main one. */
export interface ShadowResult extends StrategyResult {
  /** Of the strategy alone. */
  readonly warnings: readonly string[];
  /** Against the main strategy, over the period's whole days; null if it has none. */
  readonly difference: PairedDifference | null;
}

/** A backtest's result as plain data: what `--json` prints and what the terminal shows. */
export interface BacktestReport extends StrategyResult {
  /** Null: a run that is not recorded. */
  readonly run: number | null;
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  readonly symbols: readonly string[];
  /** In the units of config.yaml, without secrets. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Rules that could not be applied, and other limits of the result. */
  readonly warnings: readonly string[];
  readonly configurationHash: string;
  readonly currency: string;
  /** Percent; a fill pays half the spread. `breakEvenPercentage`: rise at which a trade makes 0. */
  readonly costs: {
    readonly takerFeePercentage: number;
    readonly spreadPercentage: number;
    readonly slippagePercentage: number;
    readonly breakEvenPercentage: number;
  };
  readonly benchmarks: { readonly bitcoin: Benchmark; readonly equalWeight: Benchmark };
  /** Which rules selected tradable markets, and whose verdicts were used. */
  readonly universe: UniverseSummary;
  readonly coverage: {
    /** Minutes of the period times markets. */
    readonly minutes: number;
    readonly missingMinutes: number;
    readonly quietMinutes: number;
    readonly suspectMinutes: number;
    /** Share of the minutes that are not missing; null where there are none. */
    readonly share: number | null;
  };
  /** The strategies that ran beside the main one, in the order of the configuration. */
  readonly shadows: readonly ShadowResult[];
}
