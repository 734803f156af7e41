import type { OpenLog } from '../../lib/world/log/index.js';
import { MINUTE_MS } from '../../lib/units.js';
import { withClient } from '../../lib/world/database/connection.js';
import { openDatabase, type Connection, type Database } from '../../lib/world/database/index.js';
import { guarded } from '../../lib/world/store/errors.js';
import { newestStored, readCheckpoint, type Checkpoint } from '../../lib/world/store/live/run-summary.js';
import { bringUpToDate } from '../world.js';
import { acquireRunLock, type RunLock } from './run-lock.js';
import { openSimulation, type Simulation } from './simulation.js';

/** Options of `openSupervisedRun`. */
export interface RunOrder {
  readonly connectionString: string;
  readonly dataDir: string;
  /** Null for the real exchange. */
  readonly simulation: Omit<Parameters<typeof openSimulation>[0], 'start'> | null;
  readonly log: OpenLog;
  readonly signal: AbortSignal;
}

/** A supervised run before its processes start. */
export interface OpenedRun {
  readonly database: Database;
  readonly only: RunLock;
  /** The newest rows before this start. */
  readonly checkpoint: Checkpoint;
  readonly simulation: Simulation | null;
  close(): Promise<void>;
}

/**
 * First start of a simulated market's clock, the same for every user of a seed; a lively day with
 * the default seed.
 */
const SIMULATION_START = Date.UTC(2026, 2, 14, 14, 45);

/**
 * Reconnects to a database that went away, starting an embedded one, and returns where it answers
 * now.
 */
export const reopened = async (
  { connectionString, dataDir }: Pick<RunOrder, 'connectionString' | 'dataDir'>,
  signal: AbortSignal,
): Promise<Connection> => {
  const database = await openDatabase({ connectionString, dataDir, signal });
  await database.close(); // this process has an embedded one in use since its start
  return database.connection;
};

/**
 * Opens the database, locks out other runs and starts a simulated exchange if requested. Calls
 * `reached` when the database has answered. Throws as these do, after closing everything.
 */
export const openSupervisedRun = async (order: RunOrder, reached: () => void): Promise<OpenedRun> => {
  const { connectionString, dataDir, log, signal } = order;
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const onProgress = (line: string) => log.info(line);
    const database = await openDatabase({ connectionString, dataDir, onProgress, signal });
    closing.push(() => database.close());
    reached();
    const { connection, title } = database;
    if (connection.password !== '') log.keepSecret(connection.password);
    log.info(`database: ${title}`);
    await guarded('bringing the schema up to date', () =>
      withClient(connection, client => bringUpToDate(database, client)),
    );
    const reopen = () => reopened(order, signal);
    const only = await guarded('checking for another run', () => acquireRunLock(connection, { log, signal, reopen }));
    closing.push(() => only.release());
    const checkpoint = await guarded('reading the newest rows', () => withClient(connection, readCheckpoint));
    if (!order.simulation) return { database, only, checkpoint, simulation: null, close };
    const newest = await guarded('reading the end of the stored data', () => withClient(connection, newestStored));
    // The simulated clock resumes behind the stored data.
    const start = newest === null ? SIMULATION_START : newest + 2 * MINUTE_MS;
    const simulation = await openSimulation({ ...order.simulation, start });
    closing.push(() => simulation.close());
    log.info(simulation.title);
    return { database, only, checkpoint, simulation, close };
  } catch (error) {
    await close().catch(() => undefined); // the first error counts
    throw error;
  }
};
