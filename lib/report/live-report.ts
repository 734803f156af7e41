import type { EpochMs, Money, Ratio } from '../units.js';
import { DAY_MS } from '../units.js';
import { byReason, lowSample } from './build.js';
import type { ReasonSummary, ReportedTrade } from './document.js';
import { reportedTrade } from './stored-report.js';
import type { JournalTrade } from './stored-trade.js';
import { isoTime } from './time.js';
import { tradeMetrics, type ClosedTrade, type TradeMetrics } from './trade-metrics.js';

/** What a run last stored of a wallet's equity; null where it is undefined or not stored yet. */
export interface StoredEquity {
  readonly strategy: string;
  /** The newest mark. */
  readonly equity: Money | null;
  /** Of the newest metrics, at `at`, as the next ones. */
  readonly at: EpochMs | null;
  readonly maxDrawdown: Ratio | null;
  readonly sharpe: number | null;
  readonly exposure: Ratio | null;
}

/** What a strategy of a live run did so far. */
export interface LiveResult {
  readonly strategy: string;
  readonly equity: Money | null;
  readonly return: Ratio | null;
  /** Of the closed trades. */
  readonly metrics: TradeMetrics & { readonly initialBalance: Money; readonly exposure: Ratio | null };
  /** Of the equity; `at` is the time of the metrics that were last stored. */
  readonly stored: { readonly at: string; readonly maxDrawdown: Ratio | null; readonly sharpe: number | null } | null;
  readonly open: number;
  readonly exitsByReason: readonly ReasonSummary[];
  /** The closed trades, in the order of their entries. */
  readonly trades: readonly ReportedTrade[];
}

/** The result of a live or simulated run so far: what `bot report --json` prints of it. */
export interface LiveReport {
  readonly run: number;
  readonly mode: string;
  readonly status: string;
  readonly from: string;
  readonly to: string;
  readonly currency: string;
  readonly initialBalance: Money;
  readonly warnings: readonly string[];
  /** That of the main wallet first. */
  readonly strategies: readonly LiveResult[];
}

/** A run as this report names it. */
export interface LiveRun {
  readonly id: number;
  readonly mode: string;
  readonly status: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly currency: string;
  readonly initialBalance: Money;
}

/** The stop loss of a trade's configuration, a part of one; NaN if that is not known. */
export type StopLossOf = (trade: JournalTrade) => Ratio;

const closedTrade = (trade: JournalTrade, stopLoss: Ratio): ClosedTrade => {
  const { entryAt, entryPrice, size, ambiguous, quoteRate: entryQuoteRate, exits } = trade;
  const entryCosts = { fee: trade.entryFee, halfSpread: trade.entryHalfSpread, slippage: trade.entrySlippage };
  return {
    entryAt,
    entryPrice,
    entryQuoteRate,
    entryCosts,
    size,
    ambiguous,
    risk: { stopLoss },
    exits: exits.map(exit => ({ ...exit, costs: exit })),
  };
};

/** In the order in which the broker closes them: by time, then by symbol in code units. */
const byClose = (a: JournalTrade, b: JournalTrade): number =>
  a.closedAt! - b.closedAt! || (a.market < b.market ? -1 : Number(a.market > b.market));

const resultOf = (
  { initialBalance }: LiveRun,
  { strategy, equity, at, maxDrawdown, sharpe, exposure }: StoredEquity,
  trades: readonly JournalTrade[],
  stopLossOf: StopLossOf,
): LiveResult => {
  const closed = trades.filter(({ closedAt }) => closedAt !== null).toSorted(byClose);
  const metrics = tradeMetrics(
    closed.map(trade => closedTrade(trade, stopLossOf(trade))),
    initialBalance,
  );
  return {
    strategy,
    equity,
    return: equity === null ? null : equity / initialBalance - 1,
    metrics: { ...metrics, initialBalance, exposure },
    stored: at === null ? null : { at: isoTime(at), maxDrawdown, sharpe },
    open: trades.length - closed.length,
    exitsByReason: byReason(trades.flatMap(({ exits }) => exits.map(exit => ({ ...exit, costs: exit })))),
    trades: closed.toSorted((a, b) => a.number - b.number).map(reportedTrade),
  };
};

/** The report of a live or simulated run from its stored rows; `wallets` has the main one first. */
export const liveReport = (
  run: LiveRun,
  wallets: readonly StoredEquity[],
  trades: readonly JournalTrade[],
  stopLossOf: StopLossOf,
): LiveReport => {
  const strategies = wallets.map(wallet =>
    resultOf(
      run,
      wallet,
      trades.filter(({ strategy }) => strategy === wallet.strategy),
      stopLossOf,
    ),
  );
  const { totalTrades } = strategies[0]!.metrics;
  return {
    run: run.id,
    mode: run.mode,
    status: run.status,
    from: isoTime(run.from),
    to: isoTime(run.to),
    currency: run.currency,
    initialBalance: run.initialBalance,
    warnings: lowSample({ totalTrades, elapsedDays: (run.to - run.from) / DAY_MS }),
    strategies,
  };
};
