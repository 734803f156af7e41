import { UserError } from '../../lib/errors.js';
import { compareRuns, type Compared, type Comparison } from '../../lib/report/compare.js';
import { newestRun, readCompared, readEarned, type Earned } from '../../lib/world/store/compared-runs.js';
import { counted, decimal, minuteOf, wrap } from '../report/format.js';
import { amount, differenceLines } from '../report/strategies.js';
import type { DatabaseChoice } from '../simulated.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

/** What `bot compare --json` prints. */
interface ComparisonDocument extends Comparison {
  /** Of a single run: what each version of its configuration earned. */
  readonly versions: readonly Earned[];
}

const overDays = ({ runs }: Comparison): string => {
  const head = ['run', 'mode', 'strategy', 'return', 'max drawdown', 'best day', 'worst day', 'trades', 'result'];
  const rows = runs.map(run => [
    String(run.run),
    run.mode,
    run.strategy,
    `${amount(run.returnPercentage)} %`,
    `${decimal(run.maxDrawdownPercentage)} %`,
    `${amount(run.bestDayPercentage)} %`,
    `${amount(run.worstDayPercentage)} %`,
    String(run.trades),
    amount(run.profitLoss),
  ]);
  return table(
    head,
    rows,
    head.map((_, i) => (i === 1 || i === 2 ? 'left' : 'right')),
  );
};

const versionsTable = (versions: readonly Earned[]): string => {
  const head = ['strategy', 'version', 'configuration', 'first entry', 'last entry', 'trades', 'open', 'result'];
  const rows = versions.map(({ strategy, version, hash, from, to, trades, open, profitLoss }) => [
    strategy,
    String(version),
    hash.slice(0, 12),
    minuteOf(from),
    minuteOf(to),
    String(trades),
    String(open),
    amount(profitLoss),
  ]);
  return table(
    head,
    rows,
    head.map((_, i) => (i === 0 || (i > 1 && i < 5) ? 'left' : 'right')),
  );
};

const render = (comparison: ComparisonDocument, { colours, width }: Terminal): string => {
  const { from, to, days, runs, differences, warnings, versions } = comparison;
  const notes = runs.length === 1 ? [] : warnings.map(warning => colours.yellow(`! ${warning}`));
  const inCommon =
    from === null || to === null || runs.length === 1
      ? notes
      : [
          `${counted(days, 'day', 'days')} in common, ${from.slice(0, 10)} to ${to.slice(0, 10)} (UTC)`,
          ...notes,
          '',
          overDays(comparison),
          ...differences.flatMap(difference => ['', ...differenceLines(difference).flatMap(line => wrap(line, width))]),
        ];
  const earned =
    versions.length > 0
      ? [
          'By version of the configuration: the trades that each one bought. They traded at different times, so their',
          'results do not tell which one is better ("bot config diff" shows what changed).',
          '',
          versionsTable(versions),
        ]
      : [];
  return [inCommon, earned]
    .filter(part => part.length > 0)
    .map(part => part.join('\n'))
    .join('\n\n');
};

/** The strategies of one run, or the main strategies of several. Throws `UserError`. */
const toCompare = (found: readonly (readonly Compared[])[]): readonly Compared[] =>
  found.length === 1 ? found[0]! : found.map(([main]) => ({ ...main!, label: `run ${main!.id}` }));

/**
 * `bot compare`: the strategies of a run, default the newest, or the main strategies of two or more
 * runs, by the differences of their daily returns; of a single run also what each version of its
 * configuration earned.
 */
export const compareCommand = async (
  runs: readonly number[] = [],
  options: DatabaseChoice & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> => {
  const comparison = await withWorldToRead(options, terminal, async ({ client }): Promise<ComparisonDocument> => {
    const newest = runs.length === 0 ? await newestRun(client) : null;
    if (runs.length === 0 && newest === null)
      throw new UserError(['There is no run to compare ("bot run" or "bot backtest" makes one).']);
    const wanted = newest === null ? runs : [newest];
    const found: (readonly Compared[])[] = [];
    for (const run of wanted) {
      const read = await readCompared(client, run);
      if (!read) throw new UserError([`There is no run ${run} ("bot status" lists the last ones).`]);
      found.push(read);
    }
    const earned = wanted.length === 1 ? await readEarned(client, wanted[0]!) : [];
    const versions = new Set(earned.map(({ version }) => version)).size > 1 ? earned : [];
    if (found.length === 1 && found[0]!.length < 2 && versions.length === 0)
      throw new UserError([
        `Run ${wanted[0]} has one strategy, ${found[0]![0]!.strategy}, and one version of its configuration traded: nothing to compare.`,
        'Expected a run with several strategies, or two or more runs ("bot status" lists the last ones).',
      ]);
    return { ...compareRuns(toCompare(found)), versions };
  });
  terminal.out(options.json ? JSON.stringify(comparison, null, 2) : render(comparison, terminal));
};
