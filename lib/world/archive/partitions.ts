import type { Client } from 'pg';
import type { Month } from '../../ops/plan.js';
import { codeOf } from '../database/connection.js';
import { withRetry } from '../retry.js';
import { ArchiveFault } from './file.js';

const LOCK_MS = 3_000;
/**
 * Less than PostgreSQL waits before it checks for a deadlock, which might end another transaction.
 * A failed drop delays readers no longer than this.
 */
const DROP_LOCK_MS = 800;
/** Waits of 0.5, 1, 2 and 4 s between the attempts. */
const WAITS = { backoff: { firstMs: 500, factor: 2, maxMs: 4_000 }, random: () => 1 };
const MAX_ATTEMPTS = 5;
const LOCK_NOT_AVAILABLE = '55P03';

const MONTHS = `
  SELECT relname AS partition FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
  WHERE inhparent = 'market_data'::regclass AND relname ~ '^market_data_\\d{4}_\\d\\d$' ORDER BY relname`;
const monthOf = (partition: string): Month => {
  const [year = '', month = ''] = partition.slice('market_data_'.length).split('_');
  const first = [Number(year), Number(month) - 1] as const;
  return { name: `${year}-${month}`, from: Date.UTC(first[0], first[1]), to: Date.UTC(first[0], first[1] + 1) };
};

/** The table of a month's minutes. */
export const partitionOf = ({ name }: Pick<Month, 'name'>): string => `market_data_${name.replace('-', '_')}`;

/** Every month with a partition. */
export const storedMonths = async (client: Client): Promise<readonly Month[]> =>
  (await client.query<{ partition: string }>(MONTHS)).rows.map(({ partition }) => monthOf(partition));

/**
 * Minutes of a market that came from trades more than a day late were downloaded; a repair brings
 * fewer than these.
 */
const DOWNLOADED_MINUTES = 1_440;
/** Whether a partition holds imported or bulk-downloaded minutes. */
export const isImported = async (client: Client, partition: string, isSimulated: boolean): Promise<boolean> => {
  const anyOf = `SELECT FROM "${partition}" WHERE source NOT IN ('ohlc', 'trades') LIMIT 1`;
  if ((await client.query(anyOf)).rowCount) return true; // usually decided by its first row: no need to read them all
  if (isSimulated) return false;
  const { rowCount } = await client.query(
    `SELECT FROM "${partition}" WHERE source = 'trades' AND received_at > timestamp + interval '1 day' LIMIT ${DOWNLOADED_MINUTES}`,
  );
  return rowCount === DOWNLOADED_MINUTES;
};

/** The number of rows of a partition, and its size with its indexes. */
export const sizeOf = async (
  client: Client,
  partition: string,
): Promise<{ readonly rows: number; readonly bytes: number }> =>
  (
    await client.query<{ rows: number; bytes: number }>(
      `SELECT (SELECT count(*)::float8 FROM "${partition}") AS rows, pg_total_relation_size($1::regclass)::float8 AS bytes`,
      [partition],
    )
  ).rows[0]!;

/**
 * Drops a partition within the transaction under way. Holds the table lock for under a second per
 * attempt. Throws `ArchiveFault` if the lock is not available.
 */
export const dropPartition = async (
  client: Client,
  partition: string,
  signal: AbortSignal | undefined,
): Promise<void> => {
  await client.query(`SET LOCAL lock_timeout = '${DROP_LOCK_MS}ms'`);
  const isLocked = (error: unknown): boolean => codeOf(error) === LOCK_NOT_AVAILABLE;
  const drop = async (): Promise<void> => {
    await client.query('SAVEPOINT undropped');
    await client.query(`DROP TABLE "${partition}"`);
  };
  await withRetry(drop, {
    ...WAITS,
    signal,
    mayRepeat: (error, tries) => isLocked(error) && tries + 1 < MAX_ATTEMPTS,
    onFailure: () => client.query('ROLLBACK TO SAVEPOINT undropped'),
  }).catch((error: unknown) => {
    throw isLocked(error) ? new ArchiveFault('market_data is in constant use') : error;
  });
};

/**
 * Locks a partition against writing until the transaction under way, which has read nothing yet,
 * ends. Throws `ArchiveFault` if it is being written to.
 */
export const lockAgainstWriting = async (client: Client, partition: string): Promise<void> => {
  await client.query(`SET LOCAL lock_timeout = '${LOCK_MS}ms'`);
  try {
    // Before the first read of any row, so that the rows read from here on cannot change.
    await client.query(`LOCK TABLE ONLY "${partition}" IN SHARE MODE`);
  } catch (error) {
    throw codeOf(error) === LOCK_NOT_AVAILABLE ? new ArchiveFault(`${partition} is being written to`) : error;
  }
};
