import type { ClientBase } from 'pg';
import type { StorageFacts } from '../../../retention/forecast.js';
import { DAY_MS, MINUTE_MS } from '../../../units.js';
import { partitionOf } from '../../archive/partitions.js';

const NEWEST = `
  SELECT pg_database_size(current_database())::float8 AS bytes, run.id AS run,
    extract(epoch FROM CASE WHEN run.mode = 'live' THEN (SELECT min(started_at) FROM run WHERE mode = 'live') END)::float8 * 1000 AS began,
    (SELECT extract(epoch FROM max((SELECT max(timestamp) FROM market_data WHERE cryptocurrency_id = id)))::float8 * 1000 FROM cryptocurrency) AS newest,
    (SELECT extract(epoch FROM min((SELECT min(timestamp) FROM market_data WHERE cryptocurrency_id = id)))::float8 * 1000 FROM cryptocurrency) AS oldest
  FROM (SELECT) AS one LEFT JOIN run ON mode <> 'backtest' AND status = 'running' ORDER BY run.id DESC LIMIT 1`;

/** A page of 8 kB holds whole rows only, each with a pointer and aligned; larger ones than this are cut up and kept elsewhere. */
const MOST_ON_A_PAGE = 2_000;
/** Bytes of the pages that rows take, and of the indexes in proportion. */
const bytesOf = (rows: string, relation: string): string => {
  const size = `avg(pg_column_size(${rows}.*))`;
  const pages = `CASE WHEN ${size} < ${MOST_ON_A_PAGE} THEN 8192 / floor(8168 / (${size} + 8)) ELSE ${size} END`;
  return `coalesce(count(*) * (${pages}), 0) * (1 + pg_indexes_size(${relation}) / greatest(pg_table_size(${relation}), 1)::float8)`;
};
const perMarket = (table: string, relation: string, condition: string): string => `
  SELECT sum(bytes) FROM cryptocurrency, LATERAL (SELECT ${bytesOf('stored', relation)} AS bytes FROM ${table} AS stored
    WHERE cryptocurrency_id = cryptocurrency.id AND ${condition}) AS own`;

/**
 * How large the database is, and what the live run under way stored in the last day before its newest minute. By indexes alone:
 * it takes as long however much is stored.
 */
export const readGrowth = async (client: ClientBase): Promise<Pick<StorageFacts, 'bytes' | 'growth'>> => {
  type Row = Readonly<Record<'run' | 'began' | 'newest' | 'oldest', number | null>> & { readonly bytes: number };
  const { rows } = await client.query<Row>(NEWEST);
  const { bytes, run, began, newest, oldest } = rows[0]!;
  if (run === null || newest === null || oldest === null) return { bytes, growth: null };
  const first = Math.max(oldest, began ?? -Infinity);
  const from = Math.max(first, newest + MINUTE_MS - DAY_MS);
  const since = `timestamp >= '${new Date(from).toISOString()}'`;
  const partition = `to_regclass('${partitionOf({ name: new Date(newest).toISOString().slice(0, 7) })}')`;
  const { rows: sums } = await client.query<{ passing: number; lasting: number }>(`
    SELECT coalesce((${perMarket('market_data', partition, since)}), 0)
        + coalesce((${perMarket('market_snapshot', `'market_snapshot'::regclass`, since)}), 0)
        + coalesce((${perMarket('universe_verdict', `'universe_verdict'::regclass`, `run_id = ${run} AND ${since}`)}), 0) AS passing,
      (SELECT ${bytesOf('stored', `'equity_point'::regclass`)} FROM equity_point AS stored WHERE run_id = ${run} AND ${since}) AS lasting`);
  return {
    bytes,
    growth: { measuredMs: newest + MINUTE_MS - from, ...sums[0]!, from: first, to: newest },
  };
};
