import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Opportunity } from '../../../portfolio/events.js';
import type { EpochMs } from '../../../units.js';
import { ask } from '../bulk.js';

interface Row extends Omit<Opportunity, 'market'> {
  readonly marketId: number;
}

const PENDING = `
  select cryptocurrency_id as "marketId", extract(epoch from "timestamp")::float8 * 1000 as at, close, score, "values"
  from opportunity where run_id = ? and status = 'pending' order by "timestamp", id`;

/**
 * The pending opportunities of a run, the oldest first, without those of markets without a lane.
 */
export const readPending = async (
  em: SqlEntityManager,
  runId: number,
  ids: readonly number[],
): Promise<readonly Opportunity[]> => {
  const lanes = new Map(ids.map((id, lane) => [id, lane]));
  return (await ask<Row>(em, PENDING, [runId])).flatMap(({ marketId, ...row }) => {
    const market = lanes.get(marketId);
    return market === undefined ? [] : [{ market, ...row }];
  });
};

/** Expires opportunities on markets that no longer have a lane, and returns their number. */
export const expireStrays = async (
  em: SqlEntityManager,
  runId: number,
  ids: readonly number[],
  at: EpochMs,
): Promise<number> => {
  const expired = await ask(
    em,
    `update opportunity set status = 'expired', decided_at = ?::timestamptz
     where run_id = ? and status = 'pending' and cryptocurrency_id <> all (?::int[]) returning id`,
    [new Date(at).toISOString(), runId, [...ids]],
  );
  return expired.length;
};
