import { setTimeout as pause } from 'node:timers/promises';
import { Aborted } from '../../lib/errors.js';
import type { DurationMs } from '../../lib/units.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { withClient } from '../../lib/world/database/connection.js';
import { environment } from '../../lib/world/environment.js';
import { openLog } from '../../lib/world/log/index.js';
import { childEnvironment, supervise } from '../../lib/world/supervisor/index.js';
import { simulationFolder, UNLIMITED, USUAL_SEED } from '../simulated.js';
import { summarySince } from '../../lib/world/store/live/run-summary.js';
import { saveStops } from '../../lib/world/store/live/stops.js';
import { openSupervisedRun, reopened, type OpenedRun } from './opened-run.js';
import { addressOf, HOW_TO_STOP, NOT_STORED, startWaiting, storeAtEnd } from './reach.js';
import { elapsedText, STOPPED, summaryText } from './session-text.js';

/** The options of `bot run`. */
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

/** A process without a heartbeat for this long is restarted. */
const HEARTBEAT_TIMEOUT_MS = 180_000;
const GRACE_MS = 15_000;
/**
 * How long storing the reason of a stop waits for a database that went away. Our own is restarted
 * and may have to recover.
 */
const OWN_PATIENCE_MS = 20_000;
const TIMEOUT_MS = 5_000;

/** Ends a run `--for` after the first call of the returned function. */
const timed = (options: RunOptions, stop: AbortController): (() => void) => {
  let isRunning = false;
  return () => {
    if (options.for === undefined || isRunning) return;
    isRunning = true;
    void pause(options.for, undefined, { signal: stop.signal }).then(
      () => stop.abort(elapsedText(options.for!)),
      () => undefined,
    );
  };
};

/**
 * Starts the processes of a run and restarts those that fail, until `signal` fires or `--for` has
 * elapsed. Returns the exit code.
 */
export const runSupervised = async (options: RunOptions, signal: AbortSignal, entry: string): Promise<number> => {
  const { simulate = false, seed = USUAL_SEED, speed = 60, symbols, limits } = options;
  const { settings, file } = loadConfiguration(options.config);
  const { connectionString } = settings.database;
  const dataDir = simulate ? simulationFolder(settings.database.dataDir, seed) : settings.database.dataDir;
  const where = addressOf(connectionString);
  const log = openLog({ name: 'bot', level: settings.application.loggingLevel });
  const stop = new AbortController();
  const end = () => stop.abort(STOPPED);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const simulation = simulate
    ? { seed, speed, ...(symbols && { symbols }), ...(limits !== undefined && { limits }) }
    : null;
  const order = { connectionString, dataDir, simulation, log, signal: stop.signal };
  const startTime = timed(options, stop);
  const superseded: string[] = [];
  let run: OpenedRun | null = null;
  try {
    run = await startWaiting(reached => openSupervisedRun(order, reached), {
      log,
      signal: stop.signal,
      where,
      hint: HOW_TO_STOP,
      beat: startTime,
    });
    startTime();
    void run.only.superseded.then(reason => {
      superseded.push(reason);
      stop.abort(reason);
    });
    const env = {
      ...childEnvironment(environment()),
      ...(connectionString === 'embedded' && { BOT_DATA_DIR: dataDir }),
      ...run.simulation?.environment,
      ...(limits === false && { [UNLIMITED]: '1' }),
    };
    const command = (name: 'scanner' | 'positions') => ({
      name,
      command: process.execPath,
      env,
      args: [...process.execArgv, entry, 'run', '--only', name, '--config', file],
    });
    const { exitCode, reason, pids } = await supervise([command('scanner'), command('positions')], {
      log,
      signal: stop.signal,
      heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
      stopOrder: ['scanner', 'positions'],
      graceMs: GRACE_MS,
    });
    const { database, checkpoint } = run;
    const stopped = { reason, requested: exitCode !== 2 };
    const ended = await storeAtEnd(
      'storing the reason of the stop',
      () =>
        withClient(database.connection, async client => {
          if (superseded.length === 0) await saveStops(client, stopped, pids);
          return { summary: await summarySince(checkpoint, client) };
        }),
      within => reopened(order, within),
      where === null ? OWN_PATIENCE_MS : TIMEOUT_MS,
    );
    if (ended === null) log.warn(NOT_STORED);
    log.flushRepeats();
    log.info(ended?.summary ? `${reason.replace(/\.$/, '')}. This session: ${summaryText(ended.summary)}` : reason);
    return superseded.length > 0 ? Math.max(1, exitCode) : exitCode;
  } catch (error) {
    if (!(error instanceof Aborted) || run) throw error;
    log.info(`${String(stop.signal.reason)}, before the start was complete`);
    return 0;
  } finally {
    signal.removeEventListener('abort', end);
    await run?.close();
    await log.close();
  }
};
