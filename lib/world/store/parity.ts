import type { Client } from 'pg';
import type { LiveOpportunity, DecidedBeside } from '../../report/parity.js';
import type { Tape } from '../../tape.js';
import { MINUTE_MS, type EpochMs } from '../../units.js';

/** What a live run decided in a period. */
export interface DecidedPeriod {
  /** Sorted by symbol. */
  readonly symbols: readonly string[];
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  /** The version under which most was decided. */
  readonly configurationId: number;
}

const NEWEST = `select max(id) as id from run where mode <> 'backtest'`;
const DECIDED = `
  select symbol, configuration_id as configuration, count(*)::int as count,
    extract(epoch from min("timestamp"))::float8 * 1000 as from, extract(epoch from max("timestamp"))::float8 * 1000 + 60000 as to
  from market_data join cryptocurrency on cryptocurrency.id = cryptocurrency_id
  where run_id = $1 and decision is not null and "timestamp" >= $2 and "timestamp" < $3
  group by 1, 2 order by 1`;
const OPPORTUNITIES = `
  select strategy, strategy_version_id as version, symbol as market, extract(epoch from "timestamp")::float8 * 1000 as at, score
  from opportunity join cryptocurrency on cryptocurrency.id = cryptocurrency_id
  where run_id = $1 and "timestamp" >= $2 and "timestamp" < $3 and configuration_id = $4 order by "timestamp", symbol`;
const DECISIONS = `
  select cryptocurrency_id as id, extract(epoch from "timestamp")::float8 * 1000 as at, shadow_decisions as shadows, exit_signals as exits,
    extract(epoch from decided_at)::float8 * 1000 as "decidedAt"
  from market_data where run_id = $1 and decision is not null and "timestamp" >= $2 and "timestamp" < $3 and cryptocurrency_id = any($4)`;

/** The newest live or simulated run; null if there is none. */
export const newestLiveRun = async (client: Client): Promise<number | null> =>
  (await client.query<{ id: number | null }>(NEWEST)).rows[0]!.id;

/** What a run decided from ≤ t < to; null if it decided nothing. */
export const readDecidedPeriod = async (
  client: Client,
  runId: number,
  from: EpochMs,
  to: EpochMs,
): Promise<DecidedPeriod | null> => {
  type Row = { symbol: string; configuration: number; count: number; from: EpochMs; to: EpochMs };
  const { rows } = await client.query<Row>(DECIDED, [runId, new Date(from), new Date(to)]);
  if (rows.length === 0) return null;
  const counts = new Map<number, number>();
  for (const { configuration, count } of rows) counts.set(configuration, (counts.get(configuration) ?? 0) + count);
  const [[configurationId]] = [...counts].sort(([, a], [, b]) => b - a) as [[number, number]];
  return {
    symbols: [...new Set(rows.map(({ symbol }) => symbol))],
    from: Math.min(...rows.map(row => row.from)),
    to: Math.max(...rows.map(row => row.to)),
    configurationId,
  };
};

/** An opportunity with its strategy, and the id of that one's version; null if it is not recorded. */
export interface OpportunityOfStrategy extends LiveOpportunity {
  readonly strategy: string;
  readonly version: number | null;
}

/** The opportunities that a run found from ≤ t < to under a version of the configuration. */
export const readLiveOpportunities = async (
  client: Client,
  runId: number,
  { from, to, configurationId }: Pick<DecidedPeriod, 'from' | 'to' | 'configurationId'>,
): Promise<readonly OpportunityOfStrategy[]> =>
  (await client.query<OpportunityOfStrategy>(OPPORTUNITIES, [runId, new Date(from), new Date(to), configurationId]))
    .rows;

/** What a run stored of the minutes of a tape beside the decisions of its main strategy, by cell. */
export const readDecidedBeside = async (
  client: Client,
  runId: number,
  { start, minutes }: Pick<Tape, 'start' | 'minutes'>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, DecidedBeside>> => {
  type Row = DecidedBeside & { readonly id: number; readonly at: EpochMs };
  const lanes = new Map(ids.map((id, lane) => [id, lane]));
  const end = start + minutes * MINUTE_MS;
  const { rows } = await client.query<Row>(DECISIONS, [runId, new Date(start), new Date(end), ids]);
  return new Map(rows.map(({ id, at, ...beside }) => [lanes.get(id)! * minutes + (at - start) / MINUTE_MS, beside]));
};
