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
import { damagedDays } from '../../lib/world/store/candles/damage.js';
import { storedSpan, storedSymbols } from '../../lib/world/store/candles/extent.js';
import type { EpochMs } from '../../lib/units.js';
import { writeTextFile } from '../../lib/world/text-file.js';
import { parseAskedPeriod, parseSymbols } from '../arguments.js';
import { storedOpenPeriod } from '../stored-period.js';
import { count, lagOf, NONE } from '../report/format.js';
import type { DatabaseChoice } from '../simulated.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

/** The options of `bot data check`, as parsed. */
export interface DataCheckOptions extends DatabaseChoice {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly symbols?: readonly string[];
  readonly html?: string;
  readonly json?: boolean;
}

const WORST = 20;

const COLUMNS = ['expected', 'present', 'quiet', 'gap', 'suspect', 'revised', 'late', 'filled'] as const;
/** Columns that only a live run fills. */
const LIVE = ['unconfirmed', 'lag', 'p99'] as const;
const countOf = (minutes: number | null): string => (minutes === null ? NONE : count(minutes));
type Column = (typeof COLUMNS)[number] | 'damaged';
/** Optional columns, shown only if they have values, to keep the table narrow. */
interface Shown {
  readonly columns: readonly Column[];
  readonly isLive: boolean;
}
const shownOf = (all: Covered): Shown => ({
  columns: COLUMNS.flatMap(name => (name === 'gap' && all.damaged ? [name, 'damaged' as const] : [name])),
  isLive: all.decided > 0,
});
const cells = (covered: Covered, { columns, isLive }: Shown): string[] => [
  ...columns.map(name => countOf(covered[name])),
  ...(isLive ? [countOf(covered.unconfirmed), lagOf(covered.lagMedianMs), lagOf(covered.lagP99Ms)] : []),
];
const dateOf = (day: number): string => isoTime(day).slice(0, 10);

const textOf = ({ days, markets }: CoverageReport, bold: (text: string) => string): string => {
  const worst = worstDays(days);
  const more = worst.length > WORST ? [`… and ${count(worst.length - WORST)} more days (--json has them all)`] : [];
  const all = sumOf('all', markets);
  const shown = shownOf(all);
  const { isLive } = shown;
  const columns = [...shown.columns, ...(isLive ? LIVE : [])];
  const rows = worst.slice(0, WORST).map(day => [dateOf(day.day), day.symbol, ...cells(day, shown)]);
  const gone = days.filter(({ isGone }) => isGone).length;
  return [
    ...(rows.length > 0
      ? [
          `${bold('Days with problems')} (UTC, in minutes, the worst first)`,
          '',
          table(['day', 'market', ...columns], rows),
          ...more,
        ]
      : ['No day has problems: nothing is missing, suspect, revised or late.']),
    '',
    `${bold('Markets')} (minutes)`,
    '',
    table(
      ['market', 'coverage', ...columns],
      [...markets, ...(markets.length > 1 ? [all] : [])].map(each => [
        each.symbol,
        coverageText(each),
        ...cells(each, shown),
      ]),
    ),
    ...(all.damaged ? ['', 'Damaged: an imported file held a bad row for the minute, so its trades are unknown.'] : []),
    ...(isLive
      ? [
          '',
          'Unconfirmed: candles that the exchange has not served again, unchanged, an hour or more after their close. In a running bot these always include the last two hours.',
          'Lag: time from the close of a candle to its decision, median and 99th percentile.',
        ]
      : []),
    ...(gone > 0
      ? ['', `The minutes of ${count(gone)} of these days have left the database; they are shown as last recorded.`]
      : []),
    ...(days.some(({ gap, isGone }) => gap > 0 && !isGone)
      ? ['', "To fill gaps from the exchange's trades: bot data repair"]
      : []),
  ].join('\n');
};

const timeOf = (at: EpochMs): string => isoTime(at).slice(0, 16).replace('T', ' ');

const emptyText = (
  span: { readonly first: EpochMs; readonly last: EpochMs } | null,
  symbols: readonly string[],
  { from, to }: { readonly from?: EpochMs; readonly to?: EpochMs },
): string => {
  if (!span) return 'No candle is stored. Get some: bot import XBTUSD_1.csv, or bot download --from … --to …';
  const asked = [
    ...(from === undefined ? [] : [`from ${timeOf(from)}`]),
    ...(to === undefined ? [] : [`before ${timeOf(to)}`]),
  ];
  const what = symbols.length === 1 ? symbols[0]! : `${symbols.length} markets`;
  return `No candle is stored ${asked.join(' ')}: those of ${what} are from ${timeOf(span.first)} to ${timeOf(span.last)} (UTC).`;
};

/**
 * `bot data check`: completeness of the stored candles per market and day; `--html` also writes a
 * heat map.
 */
export const dataCheckCommand = async (options: DataCheckOptions, terminal: Terminal): Promise<void> => {
  const asked = parseAskedPeriod(options);
  const named = options.symbols && parseSymbols(options.symbols);
  await withWorldToRead(options, terminal, async ({ client, database }) => {
    const stored = [...new Set([...(await storedSymbols(client)), ...(await goneSymbols(client))])].sort();
    const unknown = named?.filter(symbol => !stored.includes(symbol)) ?? [];
    if (unknown.length > 0)
      throw new UserError(unknown.map(symbol => `${symbol} is not stored: "bot status" lists the markets that are`));
    const symbols = named ?? stored;
    const period = await storedOpenPeriod(client, asked, symbols);
    const order = { ...period, ...(named && { symbols }) };
    const progress = terminal.progress('Checking', 1);
    const reading = { signal: terminal.signal, onMonth: (done: number, month: string) => progress.at(done, month) };
    const counts = await dayCounts(database.connection, client, order, reading).finally(() => progress.stop());
    const report = coverageReport(symbols, counts, period, await damagedDays(client, period));
    if (options.html !== undefined) await writeTextFile('--html', options.html, heatMap(report, 'Stored candles'));
    if (options.json) {
      const days = report.days.map(({ day, ...rest }) => ({ day: dateOf(day), ...rest }));
      terminal.out(JSON.stringify({ markets: report.markets, days }, null, 2));
    } else if (report.markets.length === 0) terminal.out(emptyText(await storedSpan(client, symbols), symbols, period));
    else terminal.out(textOf(report, terminal.colours.bold));
  });
};
