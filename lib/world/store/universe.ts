import type { ClientBase } from 'pg';
import type { MarketVerdict } from '../../report/universe-list.js';
import type { EpochMs } from '../../units.js';

const SELECT = `
  WITH of AS (
    SELECT id, mode FROM run WHERE mode <> 'backtest'
      AND EXISTS (SELECT FROM universe_verdict WHERE run_id = run.id AND timestamp <= $1) ORDER BY id DESC LIMIT 1),
  newest AS (
    SELECT of.id AS run_id, mode, cryptocurrency.id, symbol, (
      SELECT max(timestamp) FROM universe_verdict
      WHERE run_id = of.id AND cryptocurrency_id = cryptocurrency.id AND timestamp <= $1) AS at
    FROM of, cryptocurrency)
  SELECT symbol, newest.run_id AS "runId", mode, at, rule, value, threshold, pass
  FROM newest JOIN universe_verdict AS verdict
    ON verdict.run_id = newest.run_id AND cryptocurrency_id = newest.id AND timestamp = at`;

/**
 * What the rules said of each market at its newest refresh until `at` (any time for null), in the
 * newest live or simulated run that has any.
 */
export const readUniverse = async (client: ClientBase, at: EpochMs | null): Promise<readonly MarketVerdict[]> =>
  (await client.query<MarketVerdict>(SELECT, [at === null ? 'infinity' : new Date(at)])).rows;
