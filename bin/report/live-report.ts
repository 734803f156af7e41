import type { LiveReport, LiveResult } from '../../lib/report/live-report.js';
import { spanOf } from '../../lib/report/time.js';
import { MINUTE_MS } from '../../lib/units.js';
import { table } from '../table.js';
import {
  NONE,
  count,
  decimal,
  field,
  minuteOf,
  moneyFormat,
  percent,
  plain,
  tinted,
  wrap,
  type Colours,
} from './format.js';
import { tradeFigures } from './metrics.js';
import { exitsTable, worstTrades } from './trades.js';

const WIDEST = 100;

const equityText = ({ initialBalance, currency }: LiveReport, main: LiveResult): string => {
  const money = moneyFormat(initialBalance);
  const { equity, return: gain, stored, open } = main;
  const change = equity === null ? 'none stored yet' : `${money(initialBalance)} → ${money(equity)} ${currency}`;
  const measured =
    stored === null
      ? []
      : [
          `max drawdown ${percent(stored.maxDrawdown)}, Sharpe ${decimal(stored.sharpe)} (as of ${minuteOf(stored.at)})`,
        ];
  return [`${change}${gain === null ? '' : ` (${percent(gain)})`}`, ...measured, `${count(open)} open`].join('; ');
};

/** All wallets side by side; empty if there is one. */
const walletsTable = ({ strategies, initialBalance, currency }: LiveReport, colours: Colours): string => {
  if (strategies.length === 1) return '';
  const money = moneyFormat(initialBalance);
  const head = ['Strategies', 'wallet', 'return', 'trades', 'open', 'win rate', 'profit factor', currency];
  return table(
    head.map(text => colours.bold(text)),
    strategies.map(({ strategy, return: gain, metrics, open }, n) => [
      plain(strategy),
      n === 0 ? 'main' : 'shadow',
      gain === null ? NONE : tinted(gain, percent(gain), colours),
      count(metrics.totalTrades),
      count(open),
      percent(metrics.winRate),
      decimal(metrics.profitFactor),
      tinted(metrics.totalProfitLoss, money(metrics.totalProfitLoss), colours),
    ]),
    head.map((_, column) => (column < 2 ? 'left' : 'right')),
  );
};

/** The report of a live run for the terminal: its period and equity, then its closed trades. */
export const renderLiveReport = (report: LiveReport, colours: Colours, width: number): string => {
  const columns = Math.min(WIDEST, width || WIDEST);
  const { run, mode, status, from, to, currency, warnings, strategies } = report;
  const main = strategies[0]!;
  const { metrics, exitsByReason, trades } = main;
  const length = spanOf(MINUTE_MS * Math.floor((Date.parse(to) - Date.parse(from)) / MINUTE_MS));
  const part = { metrics, currency };
  return [
    [
      field(
        'Live run',
        `run ${run}, ${mode}, ${status}, ${minuteOf(from)} → ${minuteOf(to)} UTC, ${length}`,
        columns,
        colours,
      ),
      field('Strategy', main.strategy, columns, colours),
      field('Equity', equityText(report, main), columns, colours),
    ].join('\n'),
    warnings.flatMap(text => wrap(`! ${text}`, columns).map(line => colours.yellow(line))).join('\n'),
    walletsTable(report, colours),
    trades.length > 0 ? tradeFigures(part, colours) : 'No trade has closed yet.',
    exitsTable({ ...part, exitsByReason }, colours),
    worstTrades({ ...part, trades }, colours),
  ]
    .filter(block => block !== '')
    .join('\n\n');
};
