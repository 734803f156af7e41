import type { Client } from 'pg';
import type { ComparedRun, ComparedTrade } from '../../report/compare.js';
import { MAIN_STRATEGY } from './sql.js';

const RUN = `
  select id, mode, ${MAIN_STRATEGY} as strategy, initial_balance::float8 as "initialBalance",
    extract(epoch from coalesce(period_from, (select min("timestamp") from equity_point where run_id = run.id and strategy = ${MAIN_STRATEGY}), started_at))::float8 * 1000 as from
  from run where id = $1`;
// The mark of 00:00 closes the day before.
const DAYS = `
  select extract(epoch from day)::float8 * 1000 as day, equity from (
    select distinct on (1) date_trunc('day', "timestamp" - interval '1 microsecond', 'UTC') as day, equity::float8
    from equity_point where run_id = $1 and strategy = $2 order by 1, "timestamp" desc, kind = 'end' desc) as closes order by 1`;
const TRADES = `
  select symbol as market, extract(epoch from date_trunc('minute', entry_timestamp))::float8 * 1000 as "enteredAt",
    coalesce(profit_loss, 0)::float8 as "profitLoss"
  from simulated_trade join cryptocurrency on cryptocurrency.id = cryptocurrency_id where run_id = $1 and strategy_used = $2 order by trade_number`;

/** A run with the daily equity and the trades of its main strategy; null if there is none. */
export const readComparedRun = async (client: Client, id: number): Promise<ComparedRun | null> => {
  type Head = Omit<ComparedRun, 'days' | 'trades'>;
  const [head] = (await client.query<Head>(RUN, [id])).rows;
  if (!head) return null;
  const days = (await client.query<ComparedRun['days'][number]>(DAYS, [id, head.strategy])).rows;
  const trades = (await client.query<ComparedTrade>(TRADES, [id, head.strategy])).rows;
  return { ...head, days, trades };
};
