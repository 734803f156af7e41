import type { BacktestReport } from '../../lib/report/document.js';
import type { EquityMetrics } from '../../lib/report/equity-curve.js';
import type { Metrics } from '../../lib/report/performance.js';
import type { TradeMetrics } from '../../lib/report/trade-metrics.js';
import { table } from '../table.js';
import {
  NONE,
  count,
  decimal,
  duration,
  minuteOf,
  moneyFormat,
  percent,
  signed,
  tinted,
  wrap,
  type Colours,
} from './format.js';

/** The metrics of the equity beside those of the benchmarks. */
export const comparison = ({ metrics, benchmarks, currency }: BacktestReport, colours: Colours): string => {
  const { bold } = colours;
  const money = moneyFormat(metrics.initialBalance!);
  const columns = [metrics, benchmarks.bitcoin, benchmarks.equalWeight];
  const row = (label: string, cell: (of: EquityMetrics) => string) => [label, ...columns.map(cell)];
  return table(
    ['Metrics', 'strategy', benchmarks.bitcoin.name, benchmarks.equalWeight.name].map(text => bold(text)),
    [
      row('Return', of => tinted(of.return, percent(of.return), colours)),
      row(`Final balance, ${currency}`, of => money(of.finalBalance)),
      row('Return a year (CAGR)', of => tinted(of.cagr, percent(of.cagr), colours)),
      row('Max drawdown', of => percent(of.maxDrawdown)),
      row('Sharpe', of => decimal(of.sharpe)),
      row('Sortino', of => decimal(of.sortino)),
      row('Calmar', of => decimal(of.calmar)),
    ],
    ['left', 'right', 'right', 'right'],
  );
};

/** Times of the maximum drawdown; empty if there was none. */
export const drawdownLine = ({ metrics }: BacktestReport): string => {
  const { maxDrawdownPeakTime: peak, maxDrawdownTroughTime: trough, maxDrawdownRecoveryTime: back } = metrics;
  if (peak === null || trough === null) return '';
  const end = back === null ? 'not recovered by the end' : `recovered ${minuteOf(back)}`;
  return `Maximum drawdown: from ${minuteOf(peak)} to ${minuteOf(trough)}, ${end}`;
};

/** Results and costs of the trades. */
export const tradeFigures = (
  {
    metrics,
    currency,
  }: Pick<BacktestReport, 'currency'> & {
    readonly metrics: TradeMetrics & Pick<Metrics, 'initialBalance' | 'exposure'>;
  },
  colours: Colours,
): string => {
  const money = moneyFormat(metrics.initialBalance!);
  const earned = (value: number | null) => tinted(value, money(value), colours);
  const cost = (value: number, share: number | null) =>
    share === null ? money(value) : `${money(value)} (${percent(share)} of gross)`;
  const { totalTrades, winningTrades, losingTrades } = metrics;
  const even = totalTrades - winningTrades - losingTrades;
  const ended = `${count(metrics.endOfDataTrades)}, ${earned(metrics.endOfDataProfitLoss)}`;
  const exposure = metrics.exposure === null ? NONE : `${percent(metrics.exposure)} of the minutes`;
  const left = [
    ['Trades', count(totalTrades)],
    ['Won / lost / even', `${count(winningTrades)} / ${count(losingTrades)} / ${count(even)}`],
    ['Win rate', percent(metrics.winRate)],
    ['Average win', earned(metrics.averageProfit)],
    ['Average loss', earned(metrics.averageLoss)],
    ['Best trade', earned(metrics.bestTrade)],
    ['Worst trade', earned(metrics.worstTrade)],
    ['Profit factor', decimal(metrics.profitFactor)],
    ['Expectancy a trade', earned(metrics.expectancy)],
    ['Expectancy (R multiples)', signed(metrics.expectancyR, decimal(metrics.expectancyR))],
    ['System quality (SQN)', decimal(metrics.sqn)],
  ];
  const right = [
    ['Profit or loss', earned(metrics.totalProfitLoss)],
    ['Before costs (gross)', earned(metrics.grossProfitLoss)],
    ['Fees', cost(metrics.fees, metrics.feesShare)],
    ['Spread', cost(metrics.spread, metrics.spreadShare)],
    ['Slippage', cost(metrics.slippage, metrics.slippageShare)],
    ['Turnover', `${decimal(metrics.turnover)} × the balance`],
    ['Exposure', exposure],
    ['Winners held', duration(metrics.averageMinutesWinners)],
    ['Losers held', duration(metrics.averageMinutesLosers)],
    ['Streak won / lost', `${metrics.longestWinningStreak} / ${metrics.longestLosingStreak}`],
    ['Closed by end of data', ended],
  ];
  return table(
    [`Trades, ${currency}`, '', '', ''].map(text => (text ? colours.bold(text) : text)),
    left.map((pair, i) => [...pair, ...right[i]!]),
    ['left', 'right', 'left', 'right'],
  );
};

const OF_EQUITY = { cagr: 'CAGR', sharpe: 'Sharpe', sortino: 'Sortino', calmar: 'Calmar' };
const OF_TRADES = {
  winRate: 'win rate',
  averageProfit: 'average win',
  averageLoss: 'average loss',
  profitFactor: 'profit factor',
  expectancy: 'expectancy',
  sqn: 'SQN',
  feesShare: 'shares of gross',
  exposure: 'exposure',
};

/** Reasons of undefined metrics, each once with its metrics; empty if all are defined. */
export const undefinedLines = ({ metrics, benchmarks }: BacktestReport, { dim }: Colours, width: number): string => {
  const labels: Readonly<Record<string, string>> = { ...OF_EQUITY, ...(metrics.totalTrades > 0 ? OF_TRADES : {}) };
  const byReason = new Map<string, string[]>();
  for (const [name, reason] of Object.entries(metrics.reasons))
    if (labels[name]) byReason.set(reason, [...(byReason.get(reason) ?? []), labels[name]]);
  for (const { name, reasons } of [benchmarks.bitcoin, benchmarks.equalWeight])
    if (reasons['return']) byReason.set(reasons['return'], [...(byReason.get(reasons['return']) ?? []), name]);
  return [...byReason]
    .flatMap(([reason, names]) => wrap(`${NONE} ${names.join(', ')}: ${reason}`, width))
    .map(line => dim(line))
    .join('\n');
};
