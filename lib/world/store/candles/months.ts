import type { Client } from 'pg';
import { Aborted } from '../../../errors.js';
import { storedMonths } from '../../archive/partitions.js';
import { connectForBulk, type Connection } from '../../database/index.js';
import type { Ratio } from '../../../units.js';
import type { CoveragePeriod } from './quality.js';

/** A caller that waits for a long read. */
export interface MonthReading {
  /** Stops it between two months. */
  readonly signal?: AbortSignal;
  /** The share of finished months, and the name of the last one. */
  readonly onMonth?: (done: Ratio, name: string) => void;
}

/** Concurrent connections: faster on a server with as many idle cores, not slower on others. */
const CONNECTIONS = 4;

/**
 * Aggregates by market and day: the planner, which knows minutes and no days, expects hundreds of
 * times as many groups as there are, and would sort all rows. There are some thousand groups of
 * some kilobytes.
 */
const SESSION = `SET enable_sort = off; SET enable_incremental_sort = off; SET max_parallel_workers_per_gather = 0;
  SET work_mem = '64MB'; SET jit = off`;

/** The period's part in each month that may have rows, the oldest first. */
const partsOf = async (client: Client, { from = -Infinity, to = Infinity, ...rest }: CoveragePeriod) =>
  (await storedMonths(client))
    .filter(month => month.from < to && month.to > from)
    .map(({ name, ...month }) => ({
      name,
      period: { ...rest, from: Math.max(from, month.from), to: Math.min(to, month.to) },
    }));

/**
 * The rows of a statement over each month of a period, whose symbols are `$1` if any are named, on
 * several connections at once; in no order. Each month is read as of its turn. Throws `Aborted`
 * when `signal` fires.
 */
export const byMonth = async <Row extends object>(
  connection: Connection,
  client: Client,
  period: CoveragePeriod,
  statement: (part: CoveragePeriod) => string,
  { signal, onMonth }: MonthReading = {},
): Promise<Row[]> => {
  const left = await partsOf(client, period);
  const months = left.length;
  const found: Row[][] = [];
  const read = async () => {
    const own = await connectForBulk(connection);
    try {
      await own.query(SESSION);
      for (let part = left.shift(); part; part = left.shift()) {
        if (signal?.aborted) throw new Aborted();
        const { rows } = await own.query<Row>(statement(part.period), period.symbols ? [period.symbols] : []);
        found.push(rows);
        onMonth?.(found.length / months, part.name);
      }
    } finally {
      left.length = 0; // after a failure no other month is started
      await own.end().catch(() => undefined);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(CONNECTIONS, months) }, read));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return found.flat();
};
