import type { Client } from 'pg';
import { UserError } from '../../lib/errors.js';
import { liveReport, type LiveReport } from '../../lib/report/live-report.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { endOf, type ListedRun } from '../../lib/world/store/listed-runs.js';
import { newestReported, readStoredEquity, readStoredReport } from '../../lib/world/store/stored-report.js';
import { readStoredTrades } from '../../lib/world/store/stored-trades.js';
import { settingsIfReadable, settingsOfTrades } from '../journal/settings-of-trades.js';
import { runAsked } from '../journal/run-asked.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

interface ReportOptions extends DatabaseChoice {
  readonly json?: boolean;
}

type Found =
  | { readonly kind: 'backtest'; readonly report: BacktestReport }
  | { readonly kind: 'live'; readonly report: LiveReport };

const liveResult = async (client: Client, run: ListedRun): Promise<LiveReport> => {
  const trades = await readStoredTrades(client, run.id, { withoutRaises: true });
  const settingsOf = await settingsOfTrades(client, trades, settingsIfReadable);
  const span = { from: run.begin, to: Math.max(run.begin, endOf(run)) };
  return liveReport(
    { ...run, ...span },
    await readStoredEquity(client, run.id),
    trades,
    trade => settingsOf(trade)?.risk.stopLoss ?? NaN,
  );
};

const find = async (client: Client, id: number | undefined): Promise<Found> => {
  const run = await runAsked(client, 'run', id ?? (await newestReported(client)) ?? undefined);
  if (run.mode !== 'backtest') return { kind: 'live', report: await liveResult(client, run) };
  const report = await readStoredReport(client, run.id);
  if (report) return { kind: 'backtest', report };
  throw new UserError(
    [
      `Run ${run.id} has no report: only a completed backtest has one, and it is ${run.status}.`,
      `"bot trades --run ${run.id}" lists its trades.`,
    ],
    1,
  );
};

/** `bot report`: a stored report again, or the result of a live run so far. */
export const reportCommand = async (
  id: number | undefined,
  options: ReportOptions,
  terminal: Terminal,
): Promise<void> => {
  const { kind, report } = await withWorldToRead(options, terminal, ({ client }) => find(client, id));
  const { colours, width } = terminal;
  if (options.json) terminal.out(JSON.stringify(report, null, 2));
  else if (kind === 'backtest')
    terminal.out((await import('../report/render.js')).renderReport(report, colours, width));
  else terminal.out((await import('../report/live-report.js')).renderLiveReport(report, colours, width));
};
