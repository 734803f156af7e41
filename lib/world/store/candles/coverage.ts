import type { ClientBase } from 'pg';
import type { EpochMs } from '../../../units.js';
import { conditionOf, type CoveragePeriod } from './quality.js';

/** The stored data of one market in a period. */
export interface Coverage {
  readonly symbol: string;
  /** Open times of the first and the last stored minute; null if there is none. */
  readonly first: EpochMs | null;
  readonly last: EpochMs | null;
  /** Stored minutes, the quiet and the suspect ones included. */
  readonly minutes: number;
  readonly quiet: number;
  readonly suspect: number;
  /**
   * Minutes between the first and the last that are not stored and never were: gaps. Minutes that
   * were dropped from the database do not count.
   */
  readonly missing: number;
}

const SELECT = `
  SELECT symbol, first, last, coalesce(minutes, 0) AS minutes, coalesce(quiet, 0) AS quiet, coalesce(suspect, 0) AS suspect,
         coalesce((last - first) / 60000 + 1 - minutes - gone, 0) AS missing
  FROM cryptocurrency LEFT JOIN (
    SELECT cryptocurrency_id,
           extract(epoch FROM min(timestamp))::float8 * 1000 AS first, extract(epoch FROM max(timestamp))::float8 * 1000 AS last,
           count(*)::float8 AS minutes, (count(*) FILTER (WHERE quiet))::float8 AS quiet,
           (count(*) FILTER (WHERE suspect))::float8 AS suspect
    FROM market_data WHERE PERIOD GROUP BY cryptocurrency_id) AS stored ON stored.cryptocurrency_id = cryptocurrency.id
  LEFT JOIN LATERAL (
    SELECT coalesce(sum(present), 0)::float8 AS gone FROM market_quality AS kept
    WHERE kept.cryptocurrency_id = cryptocurrency.id AND extract(epoch FROM day)::float8 * 1000 BETWEEN first AND last
      AND NOT EXISTS (SELECT FROM market_data AS there WHERE there.cryptocurrency_id = kept.cryptocurrency_id
        AND there.timestamp >= day AND there.timestamp < day + interval '1 day')) AS kept ON true
  WHERE $1::text[] IS NULL OR symbol = ANY($1) ORDER BY symbol COLLATE "C"`;

/**
 * The stored data of each market, sorted by symbol; markets without candles in the period have
 * zeros. One pass over the period's rows.
 */
export const coverage = async (client: ClientBase, period: CoveragePeriod = {}): Promise<readonly Coverage[]> => {
  const { rows } = await client.query<Coverage>(SELECT.replace('PERIOD', conditionOf(period)), [
    period.symbols ?? null,
  ]);
  return rows;
};
