import { setTimeout as pause } from 'node:timers/promises';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../../lib/units.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { openDatabase, type Database } from '../../lib/world/database/index.js';
import { withClient } from '../../lib/world/database/connection.js';
import { environment } from '../../lib/world/environment.js';
import { openLog } from '../../lib/world/log/index.js';
import { childEnvironment, supervise } from '../../lib/world/supervisor/index.js';
import { simulationFolder, USUAL_SEED } from '../simulated.js';
import { UNLIMITED } from './mode.js';
import { explainStops } from '../../lib/world/store/live/stops.js';
import { bringUpToDate } from '../world.js';
import { madeSince, markOf } from './made.js';
import { becomeOnlyRun, type OnlyRun } from './only-run.js';
import { openSimulation, type Simulation } from './simulation.js';
import { elapsedText } from './stop-words.js';

/** What `bot run` is told. */
export interface RunOptions {
  readonly config?: string;
  readonly simulate?: boolean;
  readonly speed?: number;
  readonly seed?: number;
  readonly for?: DurationMs;
  readonly limits?: boolean;
  readonly symbols?: readonly string[];
  readonly only?: 'scanner' | 'positions';
}

/** A process without a sign of useful work for so long is started anew. */
const HEARTBEAT_TIMEOUT_MS = 180_000;
const GRACE_MS = 15_000;

/** Where a simulated market begins, so that a seed shows everybody the same one: on a day that is lively with the usual seed. */
const BEGIN = Date.UTC(2026, 2, 14, 14, 45);

/** Where a simulated market's clock goes on: behind what is stored already. */
const startOf = (database: Database): Promise<EpochMs> =>
  withClient(database.connection, async client => {
    const { rows } = await client.query<{ last: number | null }>(
      `select extract(epoch from greatest((select max(timestamp) from market_data),
         (select max(settled_until) from portfolio_state)))::float8 * 1000 as last`,
    );
    const last = rows[0]?.last ?? null;
    return last === null ? BEGIN : last + 2 * MINUTE_MS;
  });

/** Starts everything and keeps it running until it is told to stop. Gives the exit code. */
export const runSupervised = async (options: RunOptions, signal: AbortSignal, entry: string): Promise<number> => {
  const { simulate = false, seed = USUAL_SEED, speed = 60 } = options;
  const { settings, file } = loadConfiguration(options.config);
  const { connectionString } = settings.database;
  const dataDir = simulate ? simulationFolder(settings.database.dataDir, seed) : settings.database.dataDir;
  const log = openLog({ name: 'bot', level: settings.application.loggingLevel });
  const stop = new AbortController();
  const end = () => stop.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let database: Database | null = null;
  let simulation: Simulation | null = null;
  let only: OnlyRun | null = null;
  const superseded: string[] = [];
  try {
    database = await openDatabase({
      connectionString,
      dataDir,
      onProgress: line => log.info(line),
      signal: stop.signal,
    });
    if (database.connection.password !== '') log.keepSecret(database.connection.password);
    log.info(`database: ${database.title}`);
    const opened = database;
    await withClient(opened.connection, client => bringUpToDate(opened, client));
    only = await becomeOnlyRun(opened.connection, log, stop.signal);
    void only.superseded.then(reason => {
      superseded.push(reason);
      stop.abort(reason);
    });
    const mark = await markOf(opened.connection);
    if (simulate) {
      const { symbols, limits } = options;
      simulation = await openSimulation({
        ...{ seed, speed, start: await startOf(database) },
        ...(symbols && { symbols }),
        ...(limits !== undefined && { limits }),
      });
      log.info(simulation.title);
    }
    const env = {
      ...childEnvironment(environment()),
      ...(connectionString === 'embedded' && { BOT_DATA_DIR: dataDir }),
      ...simulation?.environment,
      ...(options.limits === false && { [UNLIMITED]: '1' }),
    };
    const command = (name: 'scanner' | 'positions') => ({
      ...{ name, command: process.execPath, env },
      args: [...process.execArgv, entry, 'run', '--only', name, '--config', file],
    });
    if (options.for !== undefined)
      void pause(options.for, undefined, { signal: stop.signal }).then(
        () => stop.abort(elapsedText(options.for!)),
        () => undefined,
      );
    const { exitCode, reason } = await supervise([command('scanner'), command('positions')], {
      ...{ log, signal: stop.signal, heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS },
      ...{ stopOrder: ['scanner', 'positions'], graceMs: GRACE_MS },
    });
    const made = await madeSince(mark, opened.connection).catch(() => ''); // a database that is away
    log.info(made === '' ? reason : `${reason}. This session: ${made}`);
    const code = superseded.length > 0 ? Math.max(1, exitCode) : exitCode;
    const stopped = { reason, requested: exitCode !== 2 && superseded.length === 0 };
    await withClient(opened.connection, client => explainStops(client, stopped)).catch(() => undefined);
    return code;
  } finally {
    signal.removeEventListener('abort', end);
    await only?.release();
    await simulation?.close();
    await database?.close();
    await log.close();
  }
};
