import { UserError } from '../../lib/errors.js';
import type { ParityReport } from '../../lib/report/parity.js';
import { tapesReader } from '../../lib/world/store/candles/read-ahead.js';
import { count, counted } from '../report/format.js';
import type { DatabaseChoice } from '../simulated.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

/** The options of `bot parity`, as parsed. */
export interface ParityOptions extends DatabaseChoice {
  readonly run?: number;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

const SHOWN = 20;

const render = (report: ParityReport, { green, red, bold }: Terminal['colours']): string => {
  const { run, from, to, markets, strategies, decisions, opportunities, trades, differences, differing, unexplained } =
    report;
  const isOne = strategies.length === 1;
  const head = `${bold(`Run ${run}`)}, ${strategies.map(({ name }) => name).join(', ')}: ${from} → ${to}, ${counted(markets.length, 'market', 'markets')}`;
  const replayed = [
    counted(decisions, 'decision', 'decisions'),
    counted(opportunities, 'opportunity', 'opportunities'),
    counted(trades, 'trade', 'trades'),
  ];
  const what = `${replayed.slice(0, 2).join(', ')} and ${replayed[2]} replayed under configuration ${report.configuration}`;
  const omitted = report.notCompared.map(({ name, reason }) => `not compared: strategy ${name}: ${reason}`);
  if (differing === 0) return [head, `${green('ok')} ${what}: none differs.`, ...omitted].join('\n');
  const rows = differences
    .toSorted((a, b) => Number(a.reason !== null) - Number(b.reason !== null))
    .slice(0, SHOWN)
    .map(({ strategy, market, time, what: kind, live, replay, reason }) => [
      ...(isOne ? [] : [strategy]),
      market,
      time,
      kind,
      live,
      replay,
      reason ?? 'not explained',
    ]);
  const more = differing > rows.length ? [`… and ${count(differing - rows.length)} more (--json lists them)`] : [];
  const verdict = unexplained > 0 ? red(`${count(unexplained)} not explained`) : green('all of them explained');
  return [
    head,
    `${what}: ${count(differing)} differ, ${verdict}.`,
    '',
    table(
      [...(isOne ? [] : ['strategy']), 'market', 'time', 'what', 'live', 'replay', 'why'],
      rows,
      Array.from({ length: isOne ? 6 : 7 }, () => 'left' as const),
    ),
    ...more,
    ...omitted,
  ].join('\n');
};

/** `bot parity`: exit code 1 if a difference is not explained. */
export const parityCommand = async (options: ParityOptions, terminal: Terminal): Promise<void> => {
  const reader = tapesReader();
  const { replayedRun } = await import('../parity/replay.js');
  const report = await withWorldToRead(options, terminal, world =>
    replayedRun(world, options, terminal, reader.read),
  ).finally(() => reader.close());
  terminal.out(options.json ? JSON.stringify(report, null, 2) : render(report, terminal.colours));
  if (report.unexplained > 0)
    throw new UserError([`${counted(report.unexplained, 'difference is', 'differences are')} not explained`], 1);
};
