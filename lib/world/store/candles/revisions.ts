import type { ClientBase } from 'pg';
import type { Revisions, Spread } from '../../../report/revisions.js';
import { conditionOf, type CoveragePeriod } from './quality.js';

type Three = readonly [median: number | null, p99: number | null, largest: number | null] | null;
interface Row {
  readonly symbol: string | null;
  readonly minutes: number;
  readonly revised: number;
  readonly appeared: number;
  readonly close: Three;
  readonly volume: Three;
  readonly after: Three;
  readonly isSimulated: boolean;
}

const SEEN_AT_EXCHANGE = `coalesce(first_seen->>'source', source) <> 'import'`;
const seen = (name: string): string => `(first_seen->>'${name}')::float8`;
const difference = (name: string): string =>
  `CASE WHEN ${seen(name)} = ${name} THEN 0 WHEN ${name} > 0 THEN abs(${seen(name)} - ${name}) / ${name} END`;
const spread = (value: string): string => `percentile_cont(array[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY ${value})`;

const SELECT = `
  SELECT symbol, minutes, coalesce(revised, 0) AS revised, coalesce(appeared, 0) AS appeared, close, volume, after,
    EXISTS (SELECT FROM run WHERE mode = 'simulated') AS "isSimulated"
  FROM (SELECT coalesce(cryptocurrency_id, 0) AS market, sum(minutes)::float8 AS minutes FROM (
      SELECT cryptocurrency_id, count(*) AS minutes FROM market_data WHERE ${SEEN_AT_EXCHANGE} AND PERIOD
      GROUP BY cryptocurrency_id) AS counted GROUP BY GROUPING SETS ((cryptocurrency_id), ())) AS counted
  LEFT JOIN (SELECT coalesce(cryptocurrency_id, 0) AS market, count(*)::float8 AS revised,
      count(*) FILTER (WHERE (first_seen->>'quiet')::boolean AND NOT quiet)::float8 AS appeared,
      ${spread(difference('close'))} AS close, ${spread(difference('volume'))} AS volume,
      ${spread(`extract(epoch FROM revised_at - timestamp - interval '1 minute')::float8 * 1000`)} AS after
    FROM market_data WHERE first_seen IS NOT NULL AND ${SEEN_AT_EXCHANGE} AND PERIOD
    GROUP BY GROUPING SETS ((cryptocurrency_id), ())) AS revised USING (market)
  LEFT JOIN cryptocurrency ON cryptocurrency.id = market
  WHERE minutes > 0 ORDER BY symbol COLLATE "C"`;

const spreadOf = (three: Three): Spread<number> => ({
  median: three?.[0] ?? null,
  p99: three?.[1] ?? null,
  largest: three?.[2] ?? null,
});

/**
 * The revisions of each market with minutes first seen at the exchange, by symbol, then `all`. Two
 * passes over the period's rows.
 */
export const readRevisions = async (client: ClientBase, period: CoveragePeriod): Promise<readonly Revisions[]> => {
  const { rows } = await client.query<Row>(
    SELECT.replaceAll('PERIOD', conditionOf(period)),
    period.symbols ? [period.symbols] : [],
  );
  return rows.map(({ symbol, minutes, revised, appeared, close, volume, after, isSimulated }) => ({
    symbol: symbol ?? 'all',
    minutes,
    revised,
    appeared,
    share: minutes > 0 ? revised / minutes : null,
    close: spreadOf(close),
    volume: spreadOf(volume),
    afterMs: isSimulated ? null : spreadOf(after),
  }));
};
