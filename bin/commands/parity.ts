import { UserError } from '../../lib/errors.js';
import type { ParityReport } from '../../lib/report/parity.js';
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
  const { run, from, to, markets, strategy, decisions, opportunities, differences, differing, unexplained } = report;
  const head = `${bold(`Run ${run}`)}, ${strategy}: ${from} → ${to}, ${counted(markets.length, 'market', 'markets')}`;
  const what = `${counted(decisions, 'decision', 'decisions')} and ${counted(opportunities, 'opportunity', 'opportunities')} replayed under configuration ${report.configuration}`;
  if (differing === 0) return `${head}\n${green('ok')} ${what}: none differs.`;
  const rows = differences
    .slice(0, SHOWN)
    .map(({ market, time, what: kind, live, replay, reason }) => [
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
    table(['market', 'minute', 'what', 'live', 'replay', 'why'], rows, [
      'left',
      'left',
      'left',
      'left',
      'left',
      'left',
    ]),
    ...more,
  ].join('\n');
};

/** `bot parity`: exit code 1 if a difference is not explained. */
export const parityCommand = async (options: ParityOptions, terminal: Terminal): Promise<void> => {
  const { replayedRun } = await import('../parity/replay.js');
  const report = await withWorldToRead(options, terminal, world => replayedRun(world, options, terminal));
  terminal.out(options.json ? JSON.stringify(report, null, 2) : render(report, terminal.colours));
  if (report.unexplained > 0)
    throw new UserError([`${counted(report.unexplained, 'difference is', 'differences are')} not explained`], 1);
};
