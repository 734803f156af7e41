import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../lib/errors.js';
import { liveStatus, type Fault, type Health, type LiveStatus } from '../../lib/report/live-status.js';
import { isoTime } from '../../lib/report/time.js';
import type { DiskSpace } from '../../lib/ops/disk.js';
import { forecast } from '../../lib/ops/forecast.js';
import { roomOf } from '../../lib/world/disk.js';
import { coverage, type Coverage } from '../../lib/world/store/candles/coverage.js';
import type { Database } from '../../lib/world/database/index.js';
import { StoreError } from '../../lib/world/store/errors.js';
import type { RunSummary, Store } from '../../lib/world/store/index.js';
import { readGrowth } from '../../lib/world/store/live/growth.js';
import { NO_LIVE_RUN, renderLive } from '../report/live.js';
import { storageText } from '../report/storage.js';
import { wrap } from '../report/format.js';
import { BUDGET_KEY } from '../../lib/exchange/request-budget.js';
import { table } from '../table.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

const RUNS = 10;

const number = (value: number): string => value.toLocaleString('en-US');
const time = (at: Date | number | null): string =>
  at === null ? '–' : isoTime(Number(at)).replace('T', ' ').slice(0, 16);

const marketsTable = (markets: readonly Coverage[]): string =>
  table(
    ['market', 'first', 'last', 'minutes', 'quiet', 'suspect', 'missing'],
    markets.map(({ symbol, first, last, minutes, quiet, suspect, missing }) => [
      symbol,
      time(first),
      time(last),
      ...[minutes, quiet, suspect, missing].map(number),
    ]),
  );

/**
 * A listed run. `stopped`: a live run whose processes were all stopped; the next start resumes it.
 */
type ListedRun = Omit<RunSummary, 'status'> & { readonly status: RunSummary['status'] | 'stopped' };

const change = ({ initialBalance, finalBalance }: ListedRun): string =>
  finalBalance === null
    ? '–'
    : `${finalBalance >= initialBalance ? '+' : ''}${((100 * finalBalance) / initialBalance - 100).toFixed(2)} %`;

const runsTable = (runs: readonly ListedRun[]): string =>
  table(
    ['run', 'mode', 'status', 'started', 'from', 'to', 'markets', 'trades', 'result', 'config'],
    runs.map(run => [
      String(run.id),
      run.marketSource === 'synthetic' ? `${run.mode} (seed ${run.seed})` : run.mode,
      run.status,
      time(run.startedAt),
      time(run.from),
      time(run.to),
      run.mode === 'backtest' ? number(run.symbols.length) : '–', // a live run's markets change
      number(run.trades),
      change(run),
      String(run.configurationId),
    ]),
  );

/** Status of the active live run; null if there is none. */
const readLive = async (store: Store, disk: DiskSpace | null): Promise<LiveStatus | null> => {
  const { readOverview } = await import('../../lib/world/store/live/overview.js');
  const record = await readOverview(store.orm, BUDGET_KEY);
  return record && liveStatus({ ...record, disk });
};

/** Exit codes of `--check`, for monitoring. 1 and 2 keep their usual meaning where possible. */
const CHECK_CODES: Readonly<Record<Health, number>> = { ok: 0, degraded: 1, down: 3, stopped: 4 };
/** What `--check` says of a live run; `detail` says more of one that is ok. */
interface Checked extends Pick<LiveStatus, 'health' | 'faults'> {
  readonly detail: string;
}

const faulty = (health: Exclude<Health, 'ok'>, problem: string, action: string | null): Checked => ({
  health,
  faults: [{ health, problem, action }],
  detail: '',
});

const checkedOf = ({ health, faults, run, processes, trades, shadows }: LiveStatus): Checked => {
  const open = [{ trades }, ...shadows].reduce((sum, wallet) => sum + wallet.trades.length, 0);
  const lags = processes.map(({ role, lagMs }) =>
    lagMs === null ? `${role} starting` : `${role} ${Math.round(lagMs / 1_000)} s behind the market`,
  );
  const detail = [`${run.mode} run ${run.id}`, ...lags, `${open} open ${open === 1 ? 'trade' : 'trades'}`].join(', ');
  return { health, faults, detail };
};

const faultLine = ({ health, problem, action }: Fault): string =>
  `${health}: ${problem}`.replace(/\s+/g, ' ').replace(/\.?$/, '.') + (action === null ? '' : ` ${action}.`);

/** Prints the health of a live run, a fault a line or as a document, and sets its exit code. */
const check = ({ health, faults, detail }: Checked, json: boolean, terminal: Terminal): void => {
  if (json) terminal.out(JSON.stringify({ ok: health === 'ok', health, faults }));
  else if (faults.length === 0) terminal.out(`ok: ${detail}`);
  else faults.forEach(fault => terminal.out(faultLine(fault)));
  process.exitCode = CHECK_CODES[health];
};

/**
 * The health if the database cannot be read: `down`. Errors that the user must correct are
 * rethrown.
 */
const unasked = (error: unknown): Checked => {
  if (error instanceof UserError && error.exitCode === 1) return faulty('down', error.lines.join(' '), null);
  if (error instanceof StoreError) return faulty('down', error.message, 'Check the database and its log');
  throw error;
};

const WATCH_EVERY_MS = 2_000;
const CLEAR = '\u001b[H\u001b[2J';

/**
 * Shows the live run repeatedly until it is stopped or its output is closed; both are normal ends.
 */
const watch = async (store: Store, database: Database, json: boolean, terminal: Terminal): Promise<void> => {
  const { colours, width } = terminal;
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort()); // `| head` has read enough
  const signal = AbortSignal.any([terminal.signal, unread.signal]);
  while (!signal.aborted) {
    const live = await readLive(store, await roomOf(database));
    if (json) terminal.out(JSON.stringify(live));
    else {
      const text = live ? renderLive(live, colours, width) : NO_LIVE_RUN;
      terminal.out(process.stdout.isTTY ? `${CLEAR}${text}` : `${text}\n`);
    }
    await pause(WATCH_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
};

interface StatusOptions extends DatabaseChoice {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly check?: boolean;
}

const neverRun = ({ simulated }: StatusOptions): Checked =>
  faulty(
    'stopped',
    'no live run has been started on this database',
    simulated === undefined ? 'Start one: bin/bot run' : 'Start one: bin/bot run --simulate',
  );

const checkCommand = async (options: StatusOptions, terminal: Terminal): Promise<void> => {
  const checked = await withWorldToRead(options, terminal, async ({ database, store }) => {
    const live = await readLive(await store(), await roomOf(database));
    return live ? checkedOf(live) : neverRun(options);
  }).catch(unasked);
  check(checked, options.json ?? false, terminal);
};

const showStatus = (options: StatusOptions, terminal: Terminal): Promise<void> =>
  withWorldToRead(options, terminal, async ({ configuration, database, store: open, client }) => {
    const store = await open();
    if (options.watch) return watch(store, database, options.json ?? false, terminal);
    const all = await coverage(client);
    const markets = all.filter(({ minutes }) => minutes > 0);
    const disk = await roomOf(database);
    const live = await readLive(store, disk);
    const isStopped = ({ id }: RunSummary) => live?.stopped != null && live.run.id === id;
    const runs = (await store.runs(RUNS)).map(run => (isStopped(run) ? { ...run, status: 'stopped' as const } : run));
    const { marketDataStorageDays: days } = configuration.settings.application;
    const storage = forecast({ ...(await readGrowth(client)), days, disk });
    if (options.json) {
      const stored = markets.map(({ first, last, ...rest }) => ({
        ...rest,
        first: isoTime(first!),
        last: isoTime(last!),
      }));
      const { file, hash } = configuration;
      const document = {
        database: database.title,
        configuration: { file, hash },
        storage,
        live,
        markets: stored,
        runs,
      };
      terminal.out(JSON.stringify(document, null, 2));
      return;
    }
    const { bold } = terminal.colours;
    terminal.out(`database       ${database.title}`);
    terminal.out(`configuration  ${configuration.file} (${configuration.hash.slice(0, 12)})`);
    terminal.out(`size           ${storageText(storage)}`);
    for (const warning of storage.warnings)
      wrap(warning, terminal.width - 4).forEach((line, i) =>
        terminal.out(`  ${i === 0 ? '-' : ' '} ${terminal.colours.yellow(line)}`),
      );
    if (live) terminal.out(`\n${renderLive(live, terminal.colours, terminal.width)}`);
    terminal.out(`\n${bold('Stored candles')} (times UTC, minutes)\n`);
    terminal.out(
      markets.length > 0
        ? marketsTable(markets)
        : "None. Import some: bot import XBTUSD_1.csv (Kraken's OHLCVT files).",
    );
    terminal.out(`\n${bold('Last runs')}\n`);
    terminal.out(
      runs.length > 0 ? runsTable(runs) : 'None. Try one: bot backtest --synthetic --from 2026-01-01 --to 2026-02-01',
    );
  });

/**
 * `bot status`: the stored data, the health of the active live run, and the results of the last
 * runs; with `--check` only the health, also as exit code.
 */
export const statusCommand = (options: StatusOptions, terminal: Terminal): Promise<void> =>
  options.check ? checkCommand(options, terminal) : showStatus(options, terminal);
