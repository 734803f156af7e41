import type { BacktestReport, ReportedCheck, StrategyResult } from '../../lib/report/document.js';
import { sparkline } from '../../lib/report/sparkline.js';
import { spanOf } from '../../lib/report/time.js';
import { MOMENTUM_SETUP } from '../../lib/strategy/setup.js';
import { count, decimal, minuteOf, moneyFormat, percent, plain, wrap, type Colours, field, LABEL } from './format.js';

const MAX_SYMBOLS = 12;

const symbolsOf = ({ symbols }: BacktestReport): string => {
  const shown = symbols.slice(0, MAX_SYMBOLS).map(plain).join(', ');
  return symbols.length > MAX_SYMBOLS ? `${shown} and ${symbols.length - MAX_SYMBOLS} more` : shown;
};

const universeLine = ({ universe }: BacktestReport): string => {
  const { rulesApplied, rulesNotApplied, verdictsOfRun, verdictShare } = universe;
  const rules = `by ${rulesApplied.join(', ')}`;
  if (verdictsOfRun === null) return rules;
  const then = `verdicts stored by run ${verdictsOfRun}, by`;
  if (verdictShare === 1) return `${then} ${rulesNotApplied.length === 0 ? 'every rule' : rulesApplied.join(', ')}`;
  return `${then} every rule, at ${percent(verdictShare)} of the refreshes; else ${rules}`;
};

/** Whether a strategy file keeps the laws, as far as that was checked. */
const lawsText = (check: ReportedCheck | null): string => {
  if (check === null) return 'unchecked';
  if (!check.passed) return 'breaks a law';
  const { checkedAt, storedSymbols } = check;
  const also = storedSymbols.length > 0 ? `, also on stored candles of ${storedSymbols.join(', ')}` : '';
  return `every law holds${also} (${checkedAt.slice(0, 10)})`;
};

/** A strategy: where it comes from, its parameters, and whether a file keeps the laws. */
const strategyLine = ({ strategy }: StrategyResult): string => {
  const { name, use, wallet, sourceHash, parameters, risk, check } = strategy;
  const values = Object.entries({ ...parameters, ...risk }).map(([key, value]) => `${key} ${value}`);
  const details = [
    ...(values.length > 0 ? [values.join(', ')] : []),
    ...(sourceHash === null ? [] : [lawsText(check)]),
  ].join('; ');
  const source = sourceHash === null ? plain(use) : `${plain(use)}, ${sourceHash.slice(0, 12)}`;
  return `${plain(name)} (${wallet === 'main' ? '' : `${wallet}, `}${source})${details && `: ${plain(details)}`}`;
};

/** Why a strategy without trades has none. */
const withoutTrades = ({ strategy, funnel }: StrategyResult): string =>
  `${plain(strategy.name)} made no trades: ${funnel.explanation.join(' ')}`;

/** The strategies to name: all, unless momentum is alone and as configured. */
const strategiesOf = (report: BacktestReport): readonly StrategyResult[] => {
  const { shadows, strategy } = report;
  const { name, sourceHash, parameters, risk } = strategy;
  const overrides = Object.keys(parameters).length + Object.keys(risk).length;
  const isPlain = sourceHash === null && name === MOMENTUM_SETUP.name && overrides === 0;
  return isPlain && shadows.length === 0 ? [] : [report, ...shadows];
};

/** Period, markets, costs, break-even move and warnings. */
export const header = (report: BacktestReport, colours: Colours, width: number): string => {
  const { costs, funnel, from, to, shadows } = report;
  const warnings = [
    ...report.warnings,
    ...shadows.flatMap(({ strategy, warnings: own }) => own.map(warning => `${plain(strategy.name)}: ${warning}`)),
    ...shadows.filter(({ trades }) => trades.length === 0).map(withoutTrades),
  ];
  const run = report.run === null ? 'not recorded' : `run ${report.run}`;
  const period = `${run}, ${minuteOf(from)} → ${minuteOf(to)} UTC, ${spanOf(Date.parse(to) - Date.parse(from))}`;
  const fills = `taker fee ${costs.takerFeePercentage} % and slippage ${costs.slippagePercentage} % a fill, spread ${costs.spreadPercentage} %`;
  const { all, atStoredBooks } = report.fills;
  const walked =
    atStoredBooks > 0 ? `; ${count(atStoredBooks)} of ${count(all)} fills at stored order books instead` : '';
  const lines = [
    field('Backtest', period, width, colours),
    field('Markets', symbolsOf(report), width, colours),
    ...strategiesOf(report).map((strategy, n) =>
      field(n === 0 ? 'Strategy' : '', strategyLine(strategy), width, colours),
    ),
    field('Costs', fills + walked, width, colours),
    field(
      'Break-even',
      `+${decimal(costs.breakEvenPercentage)} %: rise of the price at which a trade makes 0`,
      width,
      colours,
    ),
    field('Universe', universeLine(report), width, colours),
    field('Configuration', report.configurationHash.slice(0, 12), width, colours),
  ];
  const notes = warnings.map(warning =>
    wrap(warning, width - 2)
      .map((line, i) => colours.yellow(`${i === 0 ? '!' : ' '} ${line}`))
      .join('\n'),
  );
  const why = funnel.explanation.map((sentence, i) => field(i === 0 ? 'No trades' : '', sentence, width, colours));
  return [lines, notes, why]
    .filter(part => part.length > 0)
    .map(part => part.join('\n'))
    .join('\n\n');
};

/** The equity over the period as a line of blocks, with its ends and extremes. */
export const equityLine = (report: BacktestReport, colours: Colours, width: number): string => {
  const values = report.equity.map(({ equity }) => equity);
  const money = moneyFormat(report.metrics.initialBalance!);
  const points = report.equity.map(({ time, equity }) => ({ at: Date.parse(time), equity }));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const ends = `${money(values[0]!)} → ${money(values.at(-1)!)} ${report.currency}, seen between ${money(low)} and ${money(high)}`;
  return [
    `${colours.bold('Equity'.padEnd(LABEL))}${sparkline(points, Math.min(72, width - LABEL))}`,
    field('', ends, width, colours),
  ].join('\n');
};

/** How many minutes were missing, quiet, suspect or ambiguous. */
export const coverageLine = ({ coverage, metrics }: BacktestReport, colours: Colours, width: number): string =>
  field(
    'Candles',
    `${count(coverage.missingMinutes)} of ${count(coverage.minutes)} minutes missing (${percent(coverage.share)} covered), ` +
      `${count(coverage.quietMinutes)} quiet, ${count(coverage.suspectMinutes)} suspect; ` +
      `${count(metrics.ambiguousCandles)} ambiguous (stop and target in one candle, counted as a stop)`,
    width,
    colours,
  );
