import type { Market } from '../market.js';
import type { Exit, Trade } from '../portfolio/events.js';
import { EXIT_REASONS } from '../portfolio/exit-catalogue.js';
import type { Configuration } from '../settings/settings.js';
import { flatOverrides } from '../settings/overrides.js';
import { settingsFor } from '../settings/settings-for.js';
import { warningsOf } from '../settings/warnings.js';
import type { Strategy } from '../strategy/condition.js';
import { strategyOfRun, type StrategySetup } from '../strategy/setup.js';
import { DAY_MS, type EpochMs, type Percent, type Ratio } from '../units.js';
import { breakEvenMove } from './break-even.js';
import { candlesIn, evaluatedIn, together, type DecisionCounts } from './decision-tally.js';
import type { CellCounts } from './cell-tally.js';
import { compareRuns } from './compare.js';
import type {
  BacktestReport,
  MarketSummary,
  ReasonSummary,
  ReportedCheck,
  ReportedTrade,
  StrategyResult,
} from './document.js';
import type { EquityMetrics } from './equity-curve.js';
import { funnelOf } from './funnel.js';
import type { Metrics, Performance } from './performance.js';
import { isoTime, spanOf } from './time.js';
import { profitLossOf, stakeOf } from './trade-metrics.js';
import { universeOf, universeWarnings, type VerdictsUsed } from './universe.js';

/** A strategy and what it did. */
export interface StrategySource {
  readonly setup: StrategySetup;
  /** The last check of a strategy file; null if it was never checked. */
  readonly check: ReportedCheck | null;
  /** After `finish`. */
  readonly performance: Performance;
  /** By lane. */
  readonly decisions: readonly DecisionCounts[];
  /** Fills that walked a stored order book. */
  readonly walked: number;
  /** Warnings about the strategy alone, one sentence each. */
  readonly warnings: readonly string[];
}

/** Input of a report. */
export interface ReportSource {
  /** Null: a run that is not recorded. */
  readonly run: number | null;
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  /** By lane. */
  readonly markets: readonly Market[];
  readonly configuration: Configuration;
  /** That of the main wallet first. */
  readonly strategies: readonly StrategySource[];
  readonly benchmarks: { readonly bitcoin: EquityMetrics; readonly equalWeight: EquityMetrics };
  /** Minutes of the period by kind. */
  readonly cells: CellCounts;
  /** The stored verdicts that the run used; null if there are none. */
  readonly universe: VerdictsUsed | null;
  /** Warnings about the run, one sentence each. */
  readonly warnings: readonly string[];
}

/** Percent without the rounding error of the multiplication: 0.07 % stays 0.07. */
const percent = (ratio: Ratio): Percent => Number((100 * ratio).toPrecision(12));

const MIN_TRADES = 30;
const MIN_DAYS = 30;

/** The warning of few trades or days; empty without one. */
export const lowSample = ({ totalTrades, elapsedDays }: Pick<Metrics, 'totalTrades' | 'elapsedDays'>): string[] => {
  const few = [
    totalTrades < MIN_TRADES && `${totalTrades} ${totalTrades === 1 ? 'trade' : 'trades'} (under ${MIN_TRADES})`,
    elapsedDays < MIN_DAYS && `${spanOf(Math.round(elapsedDays * DAY_MS))} (under ${MIN_DAYS} days)`,
  ].filter(part => part !== false);
  return few.length ? [`low sample: ${few.join(' and ')}, too little to judge the strategy by`] : [];
};

const sixDecimals = (value: Percent): Percent => Number(value.toFixed(6));

/** Shares of exits with six decimals, as stored; the last exit gets the remainder. */
const sharesOf = (exits: readonly Exit[]): readonly Percent[] => {
  let left = 100;
  return exits.map(({ percentage }, n) => {
    const share = sixDecimals(n === exits.length - 1 ? left : percentage);
    left -= share;
    return share;
  });
};

const lowCoverage = (share: number | null, least: Ratio): string[] =>
  share !== null && share < least
    ? [
        `low coverage: ${(Math.floor(1e4 * share) / 100).toFixed(2)} % of the period's minutes are known (data.min_coverage requires ${percent(least)} %)`,
      ]
    : [];

const feesOf = ({ entryCosts, exits }: Trade): number =>
  exits.reduce((sum, { costs }) => sum + costs.fee, entryCosts.fee);

const reported = (trade: Trade, { symbol }: Market, shares = sharesOf(trade.exits)): ReportedTrade => ({
  symbol,
  entryTime: isoTime(trade.entryAt),
  entryPrice: trade.entryPrice,
  size: trade.size,
  entryFee: trade.entryCosts.fee,
  exits: trade.exits.map(({ at, price, size, reason, profitLoss, costs }, n) => ({
    time: isoTime(at),
    price,
    size,
    percentage: shares[n]!,
    reason,
    profitLoss,
    fee: costs.fee,
  })),
  profitLoss: profitLossOf(trade),
  profitLossPercentage: (100 * profitLossOf(trade)) / stakeOf(trade),
});

/** Totals by reason, in the order of `EXIT_REASONS`. */
export const byReason = (
  exits: readonly (Pick<Exit, 'reason' | 'profitLoss'> & { readonly costs: { readonly fee: number } })[],
): ReasonSummary[] =>
  EXIT_REASONS.map(reason => {
    const those = exits.filter(exit => exit.reason === reason);
    return {
      reason,
      exits: those.length,
      profitLoss: those.reduce((sum, { profitLoss }) => sum + profitLoss, 0),
      fees: those.reduce((sum, { costs }) => sum + costs.fee, 0),
    };
  }).filter(({ exits }) => exits > 0);

const summary = (
  { symbol }: Market,
  trades: readonly Trade[],
  counts: DecisionCounts,
  strategy: Strategy,
): MarketSummary => {
  const { gap = 0, not_tradable: notTradable = 0 } = counts.decisions;
  const results = trades.map(profitLossOf);
  const wins = results.filter(result => result > 0).length;
  const losses = results.filter(result => result < 0).length;
  const known = candlesIn(counts) - gap;
  return {
    symbol,
    trades: trades.length,
    winRate: wins + losses > 0 ? wins / (wins + losses) : null,
    profitLoss: results.reduce((sum, result) => sum + result, 0),
    fees: trades.reduce((sum, trade) => sum + feesOf(trade), 0),
    evaluated: evaluatedIn(counts, strategy),
    tradableShare: known > 0 ? (known - notTradable) / known : null,
    missingMinutes: gap,
  };
};

/** What is said of a strategy file that was not checked, or that breaks a law. */
const checkWarnings = ({ use, sourceHash }: StrategySetup, check: ReportedCheck | null): string[] => {
  if (sourceHash === null || check?.passed) return [];
  return [
    check
      ? `strategy breaks a law: do not trust this result (bot strategy check ${use} says which)`
      : `unchecked strategy: bot strategy check ${use} tells whether it looks into the future`,
  ];
};

/** The result of a strategy. */
const resultOf = (
  { setup, check, performance, decisions, walked }: StrategySource,
  { markets, configuration }: ReportSource,
): StrategyResult => {
  const settings = settingsFor(configuration.settings, setup.name);
  const trades = performance.trades();
  const entry = configuration.settings.strategies.find(({ name }) => name === setup.name);
  return {
    strategy: { ...strategyOfRun(setup), risk: flatOverrides(entry?.risk ?? {}), check },
    trades: trades.map(trade => reported(trade, markets[trade.market]!)),
    metrics: performance.metrics(),
    fills: { all: trades.reduce((sum, { exits }) => sum + 1 + exits.length, 0), atStoredBooks: walked },
    exitsByReason: byReason(trades.flatMap(({ exits }) => exits)),
    perMarket: markets.map((market, lane) =>
      summary(
        market,
        trades.filter(trade => trade.market === lane),
        decisions[lane]!,
        setup.strategy,
      ),
    ),
    funnel: funnelOf(together(decisions), performance.outcomes(), setup.strategy, settings),
    equity: performance.curve().map(({ at, equity }) => ({ time: isoTime(at), equity })),
  };
};

/** A strategy as it is compared with others of its run. */
const comparedOf = ({ setup, performance }: StrategySource, { run, from, markets, configuration }: ReportSource) => {
  // A mark at 00:00 closes the day before.
  const curve = performance.curve();
  const closes = new Map(curve.map(({ at, equity }) => [DAY_MS * Math.floor((at - 1) / DAY_MS), equity]));
  const until = curve.at(-1)?.at ?? from;
  return {
    label: setup.name,
    id: run,
    mode: 'backtest',
    strategy: setup.name,
    initialBalance: configuration.settings.portfolio.initialBalance,
    from,
    days: Array.from(closes, ([day, equity]) => ({ day, equity })).filter(({ day }) => day + DAY_MS <= until),
    trades: performance.trades().map(trade => ({
      market: markets[trade.market]!.symbol,
      enteredAt: trade.entryAt,
      profitLoss: profitLossOf(trade),
    })),
  };
};

/** Builds the report of a finished run. */
export const buildReport = (source: ReportSource): BacktestReport => {
  const { configuration, markets, strategies } = source;
  const [main, ...shadows] = strategies as readonly [StrategySource, ...StrategySource[]];
  const { settings } = configuration;
  const result = resultOf(main, source);
  const { differences } = compareRuns(strategies.map(strategy => comparedOf(strategy, source)));
  const { cells } = source;
  const share = cells.minutes > 0 ? (cells.minutes - cells.missing) / cells.minutes : null;
  return {
    ...result,
    run: source.run,
    from: isoTime(source.from),
    to: isoTime(source.to),
    symbols: markets.map(({ symbol }) => symbol),
    configuration: configuration.document,
    warnings: [
      ...checkWarnings(main.setup, main.check),
      ...universeWarnings(source.universe),
      ...warningsOf(configuration).map(({ text }) => text),
      ...source.warnings,
      ...main.warnings,
      ...lowCoverage(share, settings.filtering.minCoverage),
      ...lowSample(result.metrics),
    ],
    configurationHash: configuration.hash,
    currency: settings.portfolio.currency,
    costs: {
      takerFeePercentage: percent(settings.costs.takerFee),
      spreadPercentage: percent(settings.costs.spread),
      slippagePercentage: percent(settings.costs.slippage),
      breakEvenPercentage: percent(breakEvenMove(settings.costs)),
    },
    benchmarks: {
      bitcoin: { name: `BTC/${settings.portfolio.currency} buy and hold`, ...source.benchmarks.bitcoin },
      equalWeight: { name: 'equal weight of the markets', ...source.benchmarks.equalWeight },
    },
    universe: universeOf(source.universe),
    coverage: {
      minutes: cells.minutes,
      missingMinutes: cells.missing,
      quietMinutes: cells.quiet,
      suspectMinutes: cells.suspect,
      share,
    },
    shadows: shadows.map((shadow, n) => ({
      ...resultOf(shadow, source),
      warnings: [...checkWarnings(shadow.setup, shadow.check), ...shadow.warnings],
      difference: differences[n] ?? null,
    })),
  };
};
