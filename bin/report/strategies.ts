import type { PairedDifference } from '../../lib/report/compare.js';
import type { BacktestReport, StrategyResult } from '../../lib/report/document.js';
import { table } from '../table.js';
import { count, counted, decimal, moneyFormat, percent, signed, tinted, wrap, type Colours } from './format.js';

/** 0.0123 with four decimals: differences of daily returns are small. */
const four = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 4,
  maximumFractionDigits: 4,
  signDisplay: 'negative',
});
const daily = (value: number): string => `${signed(Number(value.toFixed(4)), four.format(value))} %`;

/** An amount of money or percent with its sign. */
export const amount = (value: number): string => signed(Number(value.toFixed(2)), decimal(value));

/** A paired difference in sentences. */
export const differenceLines = (difference: PairedDifference): readonly string[] => {
  const { label, againstLabel, daysAhead, daysBehind, sharedTrades, ownTrades, otherTrades } = difference;
  const { meanPercentage: mean, lowPercentage: low, highPercentage: high } = difference;
  const name = label.charAt(0).toUpperCase() + label.slice(1);
  return [
    `${label.startsWith('run ') ? name : label} against ${againstLabel}: ${daily(mean)} a day, 90 % interval ${daily(low)} to ${daily(high)}, ahead on ${counted(daysAhead, 'day', 'days')}, behind on ${daysBehind}.`,
    low <= 0 && high >= 0
      ? 'The interval contains 0: these days do not tell which one is better.'
      : `The interval does not contain 0: ${mean > 0 ? label : againstLabel} was better on these days.`,
    `${counted(sharedTrades, 'trade', 'trades')} in common (same market and minute): ${amount(difference.sharedProfitLoss)} in ${label}, ${amount(difference.sharedProfitLossAgainst)} in ${againstLabel}; ${ownTrades} only in ${label} (${amount(difference.ownProfitLoss)}), ${otherTrades} only in ${againstLabel} (${amount(difference.otherProfitLoss)}).`,
  ];
};

/** The strategies of a run side by side, each paired with the main one; empty if it is alone. */
export const strategiesTable = (report: BacktestReport, colours: Colours, width: number): string => {
  const { shadows, metrics: main, currency } = report;
  if (shadows.length === 0) return '';
  const money = moneyFormat(main.initialBalance!);
  const row = ({ strategy, metrics }: StrategyResult) => [
    strategy.name,
    strategy.wallet,
    tinted(metrics.return, percent(metrics.return), colours),
    percent(metrics.maxDrawdown),
    count(metrics.totalTrades),
    percent(metrics.winRate),
    decimal(metrics.profitFactor),
    tinted(metrics.totalProfitLoss, money(metrics.totalProfitLoss), colours),
  ];
  const head = ['Strategies', 'wallet', 'return', 'max drawdown', 'trades', 'win rate', 'profit factor', currency];
  return [
    table(
      head.map(text => colours.bold(text)),
      [report, ...shadows].map(row),
      head.map((_, column) => (column < 2 ? 'left' : 'right')),
    ),
    ...shadows.flatMap(({ difference, strategy }) =>
      difference
        ? ['', ...differenceLines(difference).flatMap(line => wrap(line, width))]
        : ['', `${strategy.name}: no whole day (UTC) to compare with ${report.strategy.name}`],
    ),
  ].join('\n');
};
