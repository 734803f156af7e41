import { UserError } from '../../lib/errors.js';
import { compareRuns, type Comparison, type PairedDifference } from '../../lib/report/compare.js';
import { readComparedRun } from '../../lib/world/store/compared-runs.js';
import { counted, decimal, signed, wrap } from '../report/format.js';
import type { DatabaseChoice } from '../simulated.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

/** 0.0123 with four decimals: differences of daily returns are small. */
const four = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 4,
  maximumFractionDigits: 4,
  signDisplay: 'negative',
});

const amount = (value: number): string => signed(Number(value.toFixed(2)), decimal(value));

const differenceLines = (difference: PairedDifference): readonly string[] => {
  const { run, against, daysAhead, daysBehind, sharedTrades, ownTrades, otherTrades } = difference;
  const percent = (value: number) => `${signed(Number(value.toFixed(4)), four.format(value))} %`;
  return [
    `Run ${run} against run ${against}: ${percent(difference.meanPercentage)} a day, 90 % interval ${percent(difference.lowPercentage)} to ${percent(difference.highPercentage)}, ahead on ${counted(daysAhead, 'day', 'days')}, behind on ${daysBehind}.`,
    difference.lowPercentage <= 0 && difference.highPercentage >= 0
      ? 'The interval contains 0: these days do not tell which one is better.'
      : `The interval does not contain 0: run ${difference.meanPercentage > 0 ? run : against} was better on these days.`,
    `${counted(sharedTrades, 'trade', 'trades')} in common (same market and minute): ${amount(difference.sharedProfitLoss)} in run ${run}, ${amount(difference.sharedProfitLossAgainst)} in run ${against}; ${ownTrades} only in run ${run} (${amount(difference.ownProfitLoss)}), ${otherTrades} only in run ${against} (${amount(difference.otherProfitLoss)}).`,
  ];
};

const render = ({ from, to, days, runs, differences, warnings }: Comparison, { colours, width }: Terminal): string => {
  const notes = warnings.map(warning => colours.yellow(`! ${warning}`));
  if (from === null || to === null) return notes.join('\n');
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
  const head = ['run', 'mode', 'strategy', 'return', 'max drawdown', 'best day', 'worst day', 'trades', 'result'];
  const aligns = head.map((_, i) => (i === 1 || i === 2 ? ('left' as const) : ('right' as const)));
  return [
    `${counted(days, 'day', 'days')} in common, ${from.slice(0, 10)} to ${to.slice(0, 10)} (UTC)`,
    ...notes,
    '',
    table(head, rows, aligns),
    ...differences.flatMap(difference => ['', ...differenceLines(difference).flatMap(line => wrap(line, width))]),
  ].join('\n');
};

/** `bot compare`: two or more runs, by the differences of their daily returns. */
export const compareCommand = async (
  runs: readonly number[],
  options: DatabaseChoice & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> => {
  if (runs.length < 2) throw new UserError([`compare ${runs.join(' ')}: expected two or more runs`]);
  const comparison = await withWorldToRead(options, terminal, async ({ client }) => {
    const found = [];
    for (const run of runs) {
      const read = await readComparedRun(client, run);
      if (!read) throw new UserError([`There is no run ${run} ("bot status" lists the last ones).`]);
      found.push(read);
    }
    return compareRuns(found);
  });
  terminal.out(options.json ? JSON.stringify(comparison, null, 2) : render(comparison, terminal));
};
