import { isoTime, spanOf } from '../../lib/report/time.js';
import { MOMENTUM_SETUP } from '../../lib/strategy/setup.js';
import { MINUTE_MS } from '../../lib/units.js';
import { endOf, type ListedRun } from '../../lib/world/store/listed-runs.js';
import { fittingTable, type Column } from './columns.js';
import { NONE, count, minuteOf, percent, plain, some, tinted, wrap, type Colours } from './format.js';

const INDENT = 5;
const STRATEGIES = 1;
const MARKETS = 2;
/** A run of many markets names a few of them in its row. */
const MAX_NAMED = 3;

/** A run as `bot runs --json` prints it: times ISO 8601 UTC, money in `currency`. */
export const runDocument = ({ startedAt, endedAt, from, to, begin, newest, strategies, ...run }: ListedRun) => {
  const time = (at: number | null) => (at === null ? null : isoTime(at));
  return {
    ...run,
    startedAt: isoTime(startedAt),
    endedAt: time(endedAt),
    from: time(from),
    to: time(to),
    begin: isoTime(begin),
    newest: isoTime(newest),
    strategies: namesOf(strategies),
    return: returnOf({ ...run, strategies }),
  };
};

const namesOf = (strategies: ListedRun['strategies']): readonly string[] =>
  strategies.length === 0 ? [MOMENTUM_SETUP.name] : strategies.map(({ name }) => name);

/** Of the main wallet; null if no equity is stored, and for a backtest that did not end. */
const returnOf = ({
  mode,
  status,
  initialBalance,
  balance,
}: Pick<ListedRun, 'mode' | 'status' | 'initialBalance' | 'balance' | 'strategies'>): number | null =>
  balance === null || (mode === 'backtest' && status !== 'completed') ? null : balance / initialBalance - 1;

/** The period in words: a start and a length. */
const lengthOf = (run: ListedRun): string => {
  const length = endOf(run) - run.begin;
  return spanOf(MINUTE_MS * Math.max(0, Math.floor(length / MINUTE_MS)));
};

const marketsOf = ({ symbols }: ListedRun): string => {
  const shown = symbols.slice(0, MAX_NAMED).map(plain).join(', ');
  return symbols.length === 0 ? NONE : symbols.length > MAX_NAMED ? `${shown}, +${symbols.length - MAX_NAMED}` : shown;
};

const columnsOf = (colours: Colours): readonly Column<ListedRun>[] => [
  { title: 'run', align: 'right', rank: 0, cell: ({ id }) => String(id) },
  {
    title: 'mode',
    align: 'left',
    rank: 0,
    cell: ({ mode, marketSource, seed }) => (marketSource === 'synthetic' ? `${mode} (seed ${seed})` : mode),
  },
  { title: 'from, UTC', align: 'left', rank: 0, cell: ({ begin }) => minuteOf(isoTime(begin)) },
  { title: 'for', align: 'left', rank: 0, cell: lengthOf },
  { title: 'markets', align: 'left', rank: MARKETS, cell: marketsOf },
  {
    title: 'strategies',
    align: 'left',
    rank: STRATEGIES,
    cell: ({ strategies }) => plain(namesOf(strategies).join(', ')),
  },
  { title: 'trades', align: 'right', rank: 0, cell: ({ trades }) => count(trades) },
  { title: 'result', align: 'right', rank: 0, cell: run => tinted(returnOf(run), percent(returnOf(run)), colours) },
  { title: 'status', align: 'left', rank: 0, cell: ({ status }) => status },
];

/** Stored runs for the terminal, a row each: what does not fit is on the line below, as are notes. */
export const renderRuns = (runs: readonly ListedRun[], colours: Colours, width: number): string => {
  const { lines, rank } = fittingTable(columnsOf(colours), runs, width);
  const below = ({ strategies, symbols, notes }: ListedRun): readonly string[] =>
    [
      ...(rank < STRATEGIES ? [namesOf(strategies).join(', ')] : []),
      ...(rank < MARKETS && symbols.length > 0 ? [`on ${some(symbols)}`] : []),
      ...(notes === null ? [] : [notes]),
    ].map(plain);
  const rows = lines.slice(1).flatMap((line, n) => {
    const more = below(runs[n]!).join('; ');
    return [line, ...(more === '' ? [] : wrap(more, width - INDENT).map(part => `${' '.repeat(INDENT)}${part}`))];
  });
  return [colours.bold(lines[0]), ...rows].join('\n');
};
