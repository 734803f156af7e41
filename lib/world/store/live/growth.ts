import type { ClientBase } from 'pg';
import type { StorageFacts } from '../../../ops/forecast.js';
import { DAY_MS, MINUTE_MS } from '../../../units.js';
import { MAIN_STRATEGY, mainStrategyOf } from '../sql.js';
import { partitionOf } from '../../archive/partitions.js';

/** A run's own minutes, by the equity marks of its main wallet: in market time, without imported or earlier ones. */
const NEWEST = `
  SELECT pg_database_size(current_database())::float8 AS bytes, run.id AS run,
    extract(epoch FROM (SELECT min((SELECT min(timestamp) FROM equity_point WHERE run_id = alike.id AND strategy = ${mainStrategyOf('alike')})) FROM run AS alike
      WHERE alike.mode = run.mode))::float8 * 1000 AS first,
    extract(epoch FROM (SELECT min(timestamp) FROM equity_point WHERE run_id = run.id AND strategy = ${MAIN_STRATEGY}))::float8 * 1000 AS began,
    extract(epoch FROM (SELECT max(timestamp) FROM equity_point WHERE run_id = run.id AND strategy = ${MAIN_STRATEGY}))::float8 * 1000 AS newest,
    extract(epoch FROM (SELECT min((SELECT min(timestamp) FROM market_data WHERE cryptocurrency_id = id)) FROM cryptocurrency))::float8 * 1000 AS oldest
  FROM (SELECT) AS one LEFT JOIN run ON mode <> 'backtest' AND status = 'running' ORDER BY run.id DESC LIMIT 1`;

/**
 * A page of 8 kB holds whole rows only, each with a pointer and aligned; larger ones are split and
 * stored elsewhere.
 */
const MAX_ON_A_PAGE = 2_000;
/**
 * Bytes of the pages that rows take, and their share of the indexes, in which a small row takes as
 * much as a large one.
 */
const bytesOf = (rows: string, relation: string): string => {
  const size = `avg(pg_column_size(${rows}.*))`;
  const pages = `CASE WHEN ${size} < ${MAX_ON_A_PAGE} THEN 8192 / floor(8168 / (${size} + 8)) ELSE ${size} END`;
  // The planner's row count: that of the last analysis, scaled to the current number of pages.
  const all = `(SELECT reltuples / greatest(relpages, 1) * (pg_relation_size(oid) / 8192.0) FROM pg_class WHERE oid = ${relation})`;
  const indexes = `pg_indexes_size(${relation}) / greatest(${all}, count(*), 1)::float8`;
  return `coalesce(count(*) * (${pages} + ${indexes}), 0)`;
};
const perMarket = (table: string, relation: string, condition: string): string => `
  SELECT sum(bytes) FROM cryptocurrency, LATERAL (SELECT ${bytesOf('stored', relation)} AS bytes FROM ${table} AS stored
    WHERE cryptocurrency_id = cryptocurrency.id AND ${condition}) AS own`;

/**
 * The size of the database, and the volume that the live run stored in the last day before its
 * newest minute, for the minutes that it evaluated: those of a warm-up or an import are a fraction
 * as large. Uses indexes alone: its duration does not depend on the volume.
 */
export const readGrowth = async (client: ClientBase): Promise<Pick<StorageFacts, 'bytes' | 'growth'>> => {
  type Row = Readonly<Record<'run' | 'first' | 'began' | 'newest' | 'oldest', number | null>> & {
    readonly bytes: number;
  };
  const { rows } = await client.query<Row>(NEWEST);
  const { bytes, run, first, began, newest, oldest } = rows[0]!;
  if (run === null || first === null || began === null || newest === null) return { bytes, growth: null };
  const to = Math.floor(newest / MINUTE_MS) * MINUTE_MS;
  const from = Math.max(began, to - DAY_MS);
  const within = `timestamp >= '${new Date(from).toISOString()}' AND timestamp < '${new Date(to).toISOString()}'`;
  const decided = `run_id = ${run} AND decision IS NOT NULL AND ${within}`;
  const partition = `to_regclass('${partitionOf({ name: new Date(to).toISOString().slice(0, 7) })}')`;
  const { rows: sums } = await client.query<{ minutes: number; passing: number; lasting: number }>(`
    SELECT (SELECT coalesce(max(minutes), 0) FROM cryptocurrency, LATERAL (SELECT count(*)::float8 AS minutes FROM market_data
        WHERE cryptocurrency_id = cryptocurrency.id AND ${decided}) AS own) AS minutes,
      coalesce((${perMarket('market_data', partition, decided)}), 0)
        + coalesce((${perMarket('market_snapshot', `'market_snapshot'::regclass`, within)}), 0)
        + coalesce((${perMarket('universe_verdict', `'universe_verdict'::regclass`, `run_id = ${run} AND ${within}`)}), 0) AS passing,
      (SELECT ${bytesOf('stored', `'equity_point'::regclass`)} FROM portfolio_state AS wallet
        JOIN equity_point AS stored USING (run_id, strategy) WHERE run_id = ${run} AND ${within}) AS lasting`);
  const { minutes, ...stored } = sums[0]!;
  return {
    bytes,
    growth: { measuredMs: minutes * MINUTE_MS, ...stored, from: Math.max(first, oldest ?? first), to },
  };
};
