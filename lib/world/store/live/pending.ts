import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { OpportunitiesByStrategy } from '../../../portfolio/desks.js';
import type { Opportunity } from '../../../portfolio/events.js';
import type { EpochMs } from '../../../units.js';
import { ask } from '../bulk.js';

interface Row extends Omit<Opportunity, 'market'> {
  readonly marketId: number;
  readonly strategy: string;
}

const PENDING = `
  select cryptocurrency_id as "marketId", strategy, extract(epoch from "timestamp")::float8 * 1000 as at, close, score, "values"
  from opportunity where run_id = ? and status = 'pending' order by "timestamp", id`;

/**
 * The pending opportunities of a run by strategy, the oldest first, without those of markets without
 * a lane.
 */
export const readPending = async (
  em: SqlEntityManager,
  runId: number,
  ids: readonly number[],
): Promise<OpportunitiesByStrategy> => {
  const lanes = new Map(ids.map((id, lane) => [id, lane]));
  const found = new Map<string, Opportunity[]>();
  for (const { marketId, strategy, ...row } of await ask<Row>(em, PENDING, [runId])) {
    const market = lanes.get(marketId);
    if (market === undefined) continue;
    const own = found.get(strategy) ?? [];
    own.push({ market, ...row });
    found.set(strategy, own);
  }
  return found;
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

/** Expires the opportunities of these strategies on candles before a moment. */
export const expireStrange = async (
  em: SqlEntityManager,
  runId: number,
  strategies: readonly string[],
  before: EpochMs,
  at: EpochMs,
): Promise<void> => {
  await ask(
    em,
    `update opportunity set status = 'expired', decided_at = ?::timestamptz
     where run_id = ? and status = 'pending' and strategy = any (?::text[]) and "timestamp" < ?::timestamptz`,
    [new Date(at).toISOString(), runId, [...strategies], new Date(before).toISOString()],
  );
};
