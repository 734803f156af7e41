import type { OpenLog } from '../../lib/world/log/index.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { withClient } from '../../lib/world/database/connection.js';
import { openDatabase, type Connection, type Database } from '../../lib/world/database/index.js';
import { guarded } from '../../lib/world/store/errors.js';
import { bringUpToDate } from '../world.js';
import { markOf, type Mark } from './made.js';
import { becomeOnlyRun, type OnlyRun } from './only-run.js';
import { openSimulation, type Simulation } from './simulation.js';

/** What a supervised run is opened with. */
export interface RunOrder {
  readonly connectionString: string;
  readonly dataDir: string;
  /** Null where the exchange itself is watched. */
  readonly simulation: Omit<Parameters<typeof openSimulation>[0], 'start'> | null;
  readonly log: OpenLog;
  readonly signal: AbortSignal;
}

/** What a supervised run has before its processes are started. */
export interface OpenedRun {
  readonly database: Database;
  readonly only: OnlyRun;
  /** What was stored before this run. */
  readonly mark: Mark;
  readonly simulation: Simulation | null;
  close(): Promise<void>;
}

/** Where a simulated market begins, so that a seed shows everybody the same one: on a day that is lively with the usual seed. */
const BEGIN = Date.UTC(2026, 2, 14, 14, 45);

/** Where a simulated market's clock goes on: behind what is stored already. */
const startOf = (connection: Connection): Promise<EpochMs> =>
  withClient(connection, async client => {
    const { rows } = await client.query<{ last: number | null }>(
      `select extract(epoch from greatest((select max(timestamp) from market_data),
         (select max(settled_until) from portfolio_state)))::float8 * 1000 as last`,
    );
    const last = rows[0]?.last ?? null;
    return last === null ? BEGIN : last + 2 * MINUTE_MS;
  });

/** Brings back a database that went away, embedded ones included, and says where it answers now. */
export const reopened = async (
  { connectionString, dataDir }: Pick<RunOrder, 'connectionString' | 'dataDir'>,
  signal: AbortSignal,
): Promise<Connection> => {
  const database = await openDatabase({ connectionString, dataDir, signal });
  await database.close(); // this process has an embedded one in use since its start
  return database.connection;
};

/**
 * Opens the database, keeps other runs off it and starts a simulated exchange where that is wanted. `reached` is called when the database
 * has answered. Throws as these do; then everything is closed again.
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
    const only = await guarded('finding out whether another bot runs', () =>
      becomeOnlyRun(connection, { log, signal, reopen }),
    );
    closing.push(() => only.release());
    const mark = await guarded('reading what is stored', () => markOf(connection));
    if (!order.simulation) return { database, only, mark, simulation: null, close };
    const start = await guarded('reading how far a simulated market has come', () => startOf(connection));
    const simulation = await openSimulation({ ...order.simulation, start });
    closing.push(() => simulation.close());
    log.info(simulation.title);
    return { database, only, mark, simulation, close };
  } catch (error) {
    await close().catch(() => undefined); // what went wrong first is what counts
    throw error;
  }
};
