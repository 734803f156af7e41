import { join } from 'node:path';
import type { Client } from 'pg';
import { Aborted } from '../../errors.js';
import { cutoffOf, dueMonths, type Keeping, type Month, type MonthOutcome } from '../../ops/plan.js';
import type { EpochMs } from '../../units.js';
import { breakOff, connectForBulk, type Connection } from '../database/index.js';
import { keepDays } from '../store/candles/quality.js';
import { guarded } from '../store/errors.js';
import { LOCKS } from '../store/locks.js';
import { ArchiveFault } from './file.js';
import { archiveMonth } from './month.js';
import { dropPartition, isImported, lockAgainstWriting, partitionOf, sizeOf, storedMonths } from './partitions.js';
import { BESIDES } from './rows.js';

/** How long minutes are kept, and where the rest goes. */
export interface RetainOrder {
  /** Minimum days of minutes to keep; null: all. */
  readonly days: number | null;
  /** Where months are archived before they are dropped; null: nowhere. */
  readonly archiveDir: string | null;
  readonly now: EpochMs;
  /** Whether imported or downloaded minutes are dropped as well. */
  readonly imported: boolean;
  /** Only reports what would be done. */
  readonly dryRun?: boolean;
  /** Months to skip, by name. */
  readonly except?: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
  readonly onFile?: ((path: string) => void) | undefined;
}

/** The result of a round of retention. */
export interface Retained {
  /** Minutes before this may be dropped; null if none may. */
  readonly cutoff: EpochMs | null;
  /** The archive folder; null: none. */
  readonly folder: string | null;
  /** The months that were due, the oldest first. */
  readonly months: readonly MonthOutcome[];
}

// The wallet of a strategy that was taken off the list is no longer settled: what it holds counts alone.
const FACTS = `
  SELECT (SELECT extract(epoch FROM max((SELECT max(timestamp) FROM market_data WHERE cryptocurrency_id = id)))::float8 * 1000 + 60000
      FROM cryptocurrency) AS newest,
    extract(epoch FROM least(
      (SELECT min(entry_timestamp) FROM simulated_trade JOIN run ON run.id = run_id
       WHERE mode <> 'backtest' AND run.status = 'running' AND simulated_trade.status <> 'closed'),
      (SELECT max(settled_until) FROM portfolio_state JOIN run ON run.id = run_id WHERE run.status = 'running')
    ))::float8 * 1000 AS needed,
    EXISTS (SELECT FROM run WHERE mode = 'simulated') AS "isSimulated"`;

const retainMonth = async (
  client: Client,
  month: Month,
  folder: string | null,
  isSimulated: boolean,
  { imported, dryRun, signal, onFile }: RetainOrder,
): Promise<MonthOutcome> => {
  const partition = partitionOf(month);
  const base = { month: month.name, reason: null, ...(await sizeOf(client, partition)), files: [] };
  if (!imported && (await isImported(client, partition, isSimulated)))
    return { ...base, outcome: 'imported', reason: 'it holds minutes that were imported or downloaded' };
  if (dryRun) return { ...base, outcome: 'due' };
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await lockAgainstWriting(client, partition);
    const files = folder === null ? [] : await archiveMonth(client, { folder, partition, month, signal, onFile });
    await keepDays(client, partition);
    const within = [month.from / 1_000, month.to / 1_000];
    for (const { name } of BESIDES)
      await client.query(
        `DELETE FROM ${name} WHERE timestamp >= to_timestamp($1) AND timestamp < to_timestamp($2)`,
        within,
      );
    await dropPartition(client, partition, signal);
    await client.query('COMMIT');
    return { ...base, outcome: 'dropped', files };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (!(error instanceof ArchiveFault)) throw error;
    return { ...base, outcome: 'kept', reason: error.message };
  }
};

const lockRetention = async (client: Client): Promise<void> => {
  const { rows } = await client.query<{ free: boolean }>(`SELECT pg_try_advisory_lock(${LOCKS.retention}) AS free`);
  if (!rows[0]!.free) throw new ArchiveFault('another process is dropping old months of this database');
};

/**
 * Drops the months without a minute to keep, the oldest first, with the snapshots and verdicts of
 * their time; each is archived before, if there is a folder for that, read back and compared, and
 * the quality of its days is stored. A month is dropped completely or not at all, in one
 * transaction: after a crash the next round does it. The month is locked against writing meanwhile;
 * readers are delayed for less than a second. Throws `ArchiveFault` if another process does the
 * same, `StoreError` if the database does not answer, `Aborted` when `signal` fires.
 */
export const retain = async (connection: Connection, order: RetainOrder): Promise<Retained> => {
  const { signal, days, now, except } = order;
  if (signal?.aborted) throw new Aborted();
  return guarded('dropping old months', async () => {
    const client = await connectForBulk(connection);
    const end = () => breakOff(client);
    signal?.addEventListener('abort', end, { once: true });
    try {
      if (!order.dryRun) await lockRetention(client); // a dry run locks nothing
      const { rows } = await client.query<{ newest: number | null; needed: number | null; isSimulated: boolean }>(
        FACTS,
      );
      const { newest, needed, isSimulated } = rows[0]!;
      const keeping: Keeping = { days, now, newest: newest ?? NaN, neededFrom: needed ?? Infinity };
      const months = await storedMonths(client);
      const folder = order.archiveDir !== null && isSimulated ? join(order.archiveDir, 'simulated') : order.archiveDir;
      const outcomes: MonthOutcome[] = [];
      for (const month of dueMonths(months, keeping))
        if (!except?.has(month.name)) outcomes.push(await retainMonth(client, month, folder, isSimulated, order));
      const cutoff = cutoffOf(keeping);
      return { cutoff: Number.isFinite(cutoff) ? cutoff : null, folder, months: outcomes };
    } catch (error) {
      throw signal?.aborted ? new Aborted() : error;
    } finally {
      signal?.removeEventListener('abort', end);
      await client.end().catch(() => undefined);
    }
  });
};
