import type { Client } from 'pg';
import type { StoredMinute, StoredOpportunity, StoredVerdict } from '../../report/why.js';
import { MINUTE_MS, type EpochMs } from '../../units.js';
import { MAIN_STRATEGY } from './sql.js';

const CANDLE = `
  select open, high, low, close, volume, quiet, suspect, source, revised_at as "revisedAt", first_seen as "firstSeen", indicators,
    exit_signals as exits, decision, shadow_decisions as shadows, decided_at as "decidedAt", configuration_id as "configurationId", run_id as "runId"
  from market_data where cryptocurrency_id = $1 and "timestamp" = $2`;
const OPPORTUNITIES = `
  select opportunity.run_id as "runId", run.mode, opportunity.configuration_id as "configurationId", score, "values",
    opportunity.status, opportunity.reason, decided_at as "decidedAt",
    case when trade.id is not null then json_build_object('number', trade_number, 'entryPrice', entry_price::float8,
      'size', size::float8, 'status', trade.status, 'exitPrice', exit_price::float8, 'profitLoss', profit_loss::float8,
      'stopRaises', (select coalesce(json_agg(json_build_object('at', to_char(raise."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'stop', stop::float8, 'reason', raise.reason) order by stop), '[]') from stop_raise as raise where trade_id = trade.id)) end as trade
  from opportunity join run on run.id = opportunity.run_id left join simulated_trade as trade on opportunity_id = opportunity.id
  where opportunity.cryptocurrency_id = $1 and opportunity."timestamp" = $2 and opportunity.strategy = coalesce($3, ${MAIN_STRATEGY})
  order by opportunity.run_id desc`;
const VERDICTS = `
  select "timestamp" as at, rule, value, threshold, pass from universe_verdict
  where run_id = $1 and cryptocurrency_id = $2 and "timestamp" = (
    select max("timestamp") from universe_verdict where run_id = $1 and cryptocurrency_id = $2 and "timestamp" <= $3)`;
const NEAREST = `
  select (select max("timestamp") from market_data where cryptocurrency_id = $1 and "timestamp" < $2) as before,
    (select min("timestamp") from market_data where cryptocurrency_id = $1 and "timestamp" > $2) as after`;

/** The id of a market by its symbol; null if it was never stored. */
export const readMarketId = async (client: Client, symbol: string): Promise<number | null> => {
  const { rows } = await client.query<{ id: number }>('select id from cryptocurrency where symbol = $1', [symbol]);
  return rows[0]?.id ?? null;
};

/** A stored minute, by its open time; null if there is none. */
export const readMinute = async (client: Client, marketId: number, at: EpochMs): Promise<StoredMinute | null> =>
  (await client.query<StoredMinute>(CANDLE, [marketId, new Date(at)])).rows[0] ?? null;

/** The opportunities of a minute for a strategy, by default each run's main one; the newest run first. */
export const readOpportunities = async (
  client: Client,
  marketId: number,
  at: EpochMs,
  strategy?: string,
): Promise<readonly StoredOpportunity[]> =>
  (await client.query<StoredOpportunity>(OPPORTUNITIES, [marketId, new Date(at), strategy ?? null])).rows;

/**
 * The results of the rules in force for a run when the minute closed: of the newest refresh until
 * then.
 */
export const readVerdicts = async (
  client: Client,
  runId: number,
  marketId: number,
  at: EpochMs,
): Promise<readonly StoredVerdict[]> =>
  (await client.query<StoredVerdict>(VERDICTS, [runId, marketId, new Date(at + MINUTE_MS)])).rows;

/** The stored minutes next to one, by open time. */
export const readNeighbours = async (
  client: Client,
  marketId: number,
  at: EpochMs,
): Promise<{ readonly before: Date | null; readonly after: Date | null }> =>
  (await client.query<{ before: Date | null; after: Date | null }>(NEAREST, [marketId, new Date(at)])).rows[0]!;
