import { UserError } from '../../lib/errors.js';
import {
  coverageReport,
  coverageText,
  sumOf,
  worstDays,
  type CoverageReport,
  type Covered,
} from '../../lib/report/coverage.js';
import { heatMap } from '../../lib/report/heat-map.js';
import { isoTime } from '../../lib/report/time.js';
import { dayCounts, goneSymbols } from '../../lib/world/store/candles/days.js';
import { storedSymbols } from '../../lib/world/store/candles/extent.js';
import { writeTextFile } from '../../lib/world/text-file.js';
import { parseOpenPeriod, parseSymbols } from '../arguments.js';
import { count, lagOf, NONE } from '../report/format.js';
import type { DatabaseChoice } from '../simulated.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorld } from '../world.js';

/** The options of `bot data check` as they are typed. */
export interface DataCheckOptions extends DatabaseChoice {
  readonly from?: string;
  readonly to?: string;
  readonly symbols?: readonly string[];
  readonly html?: string;
  readonly json?: boolean;
}

const WORST = 20;

const COLUMNS = ['expected', 'present', 'quiet', 'gap', 'suspect', 'revised', 'late', 'filled'] as const;
/** Only where a live run decided on anything: an import alone has no lag, and the table stays narrow. */
const LAGS = ['lag', 'p99'] as const;
const cells = (covered: Covered, hasLag: boolean): string[] => [
  ...COLUMNS.map(name => (covered[name] === null ? NONE : count(covered[name]))),
  ...(hasLag ? [lagOf(covered.lagMedianMs), lagOf(covered.lagP99Ms)] : []),
];
const dateOf = (day: number): string => isoTime(day).slice(0, 10);

const textOf = ({ days, markets }: CoverageReport, bold: (text: string) => string): string => {
  const worst = worstDays(days);
  const more = worst.length > WORST ? [`… and ${count(worst.length - WORST)} more days (--json has them all)`] : [];
  const all = sumOf('all', markets);
  const hasLag = all.decided > 0;
  const columns = [...COLUMNS, ...(hasLag ? LAGS : [])];
  const rows = worst.slice(0, WORST).map(day => [dateOf(day.day), day.symbol, ...cells(day, hasLag)]);
  const gone = days.filter(({ isGone }) => isGone).length;
  return [
    ...(rows.length > 0
      ? [
          `${bold('Days that are not whole')} (UTC, in minutes, the worst first)`,
          '',
          table(['day', 'market', ...columns], rows),
          ...more,
        ]
      : ['Every day is whole: nothing is missing, suspect, revised or late.']),
    '',
    `${bold('Markets')} (minutes)`,
    '',
    table(
      ['market', 'coverage', ...columns],
      [...markets, ...(markets.length > 1 ? [all] : [])].map(each => [
        each.symbol,
        coverageText(each),
        ...cells(each, hasLag),
      ]),
    ),
    ...(hasLag ? ['', 'Lag: from the close of a candle to the decision on it, median and 99th percentile.'] : []),
    ...(gone > 0
      ? ['', `The minutes of ${count(gone)} of these days have left the database; they are told as they were.`]
      : []),
    ...(days.some(({ gap, isGone }) => gap > 0 && !isGone)
      ? ['', 'Gaps can be filled from the trades of the exchange: bot data repair']
      : []),
  ].join('\n');
};

/** `bot data check`: how whole what is stored is, by market and day; `--html` also writes a heat map. */
export const dataCheckCommand = async (options: DataCheckOptions, terminal: Terminal): Promise<void> => {
  const period = parseOpenPeriod(options);
  const named = options.symbols && parseSymbols(options.symbols);
  await withWorld(options, terminal, async ({ client, database }) => {
    const stored = [...new Set([...(await storedSymbols(client)), ...(await goneSymbols(client))])].sort();
    const unknown = named?.filter(symbol => !stored.includes(symbol)) ?? [];
    if (unknown.length > 0)
      throw new UserError(unknown.map(symbol => `${symbol} is not stored: "bot status" lists the markets that are`));
    const symbols = named ?? stored;
    const order = { ...period, ...(named && { symbols }) };
    const progress = terminal.progress('Checking', 1);
    const reading = { signal: terminal.signal, onMonth: (done: number, month: string) => progress.at(done, month) };
    const counts = await dayCounts(database.connection, client, order, reading).finally(() => progress.stop());
    const report = coverageReport(symbols, counts, period);
    if (options.html !== undefined) await writeTextFile('--html', options.html, heatMap(report, 'Stored candles'));
    if (options.json) {
      const days = report.days.map(({ day, ...rest }) => ({ day: dateOf(day), ...rest }));
      terminal.out(JSON.stringify({ markets: report.markets, days }, null, 2));
    } else if (report.markets.length === 0)
      terminal.out('No candle is stored. Get some: bot import XBTUSD_1.csv, or bot download --from … --to …');
    else terminal.out(textOf(report, terminal.colours.bold));
  });
};
