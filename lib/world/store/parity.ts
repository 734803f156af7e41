import type { Client } from 'pg';
import type { LiveOpportunity } from '../../report/parity.js';
import type { EpochMs } from '../../units.js';
import { MAIN_STRATEGY } from './sql.js';

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
  select symbol as market, extract(epoch from "timestamp")::float8 * 1000 as at, score
  from opportunity join run on run.id = run_id join cryptocurrency on cryptocurrency.id = cryptocurrency_id
  where run_id = $1 and strategy = ${MAIN_STRATEGY} and "timestamp" >= $2 and "timestamp" < $3 and opportunity.configuration_id = $4 order by "timestamp", symbol`;

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

/** The opportunities that a run's main strategy found from ≤ t < to under a version of the configuration. */
export const readLiveOpportunities = async (
  client: Client,
  runId: number,
  { from, to, configurationId }: Pick<DecidedPeriod, 'from' | 'to' | 'configurationId'>,
): Promise<readonly LiveOpportunity[]> =>
  (await client.query<LiveOpportunity>(OPPORTUNITIES, [runId, new Date(from), new Date(to), configurationId])).rows;
