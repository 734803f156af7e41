import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { EpochMs } from '../../../units.js';
import { ask } from '../bulk.js';

// The bounds are those of the merged stretch: comparisons overlap by eleven hours.
const JOIN = `
  with touched as (
    delete from confirmed_stretch
    where cryptocurrency_id = ? and from_at <= ?::timestamptz and until_at >= ?::timestamptz returning from_at, until_at)
  insert into confirmed_stretch (cryptocurrency_id, from_at, until_at)
  select ?, least(?::timestamptz, min(from_at)), greatest(?::timestamptz, max(until_at)) from touched`;

/**
 * Stores that the minutes from ≤ t < to of a market are confirmed, merged with adjoining stretches.
 */
export const saveConfirmed = async (
  em: SqlEntityManager,
  marketId: number,
  from: EpochMs,
  to: EpochMs,
): Promise<void> => {
  const [first, end] = [from, to].map(at => new Date(at).toISOString());
  await ask(em, JOIN, [marketId, end, first, marketId, first, end]);
};
