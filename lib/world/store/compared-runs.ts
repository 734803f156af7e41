import type { Client } from 'pg';
import type { Compared, ComparedTrade } from '../../report/compare.js';
import { MAIN_STRATEGY } from './sql.js';

const RUN = `
  select mode, initial_balance::float8 as "initialBalance", extract(epoch from period_from)::float8 * 1000 as "periodFrom",
    extract(epoch from started_at)::float8 * 1000 as "startedAt", ${MAIN_STRATEGY} as main
  from run where id = $1`;
// A strategy has marks from when its wallet began. Those that the run does not list any more come last.
const WALLETS = `
  select strategy, extract(epoch from min("timestamp"))::float8 * 1000 as from
  from equity_point join run on run.id = run_id where run_id = $1
  group by strategy, strategies order by strategy <> $2,
    (select ordinality from jsonb_array_elements(strategies) with ordinality where value->>'name' = strategy), 1`;
// The mark of 00:00 closes the day before. A day that is not over has none of its own.
const DAYS = `
  select extract(epoch from day)::float8 * 1000 as day, equity from (
    select distinct on (1) date_trunc('day', "timestamp" - interval '1 microsecond', 'UTC') as day, equity::float8
    from equity_point where run_id = $1 and strategy = $2 order by 1, "timestamp" desc, kind = 'end' desc) as closes
  where day + interval '1 day' <= (select max("timestamp") from equity_point where run_id = $1 and strategy = $2) order by 1`;
const TRADES = `
  select symbol as market, extract(epoch from date_trunc('minute', entry_timestamp))::float8 * 1000 as "enteredAt",
    coalesce(profit_loss, 0)::float8 as "profitLoss"
  from simulated_trade join cryptocurrency on cryptocurrency.id = cryptocurrency_id
  where run_id = $1 and strategy_used = $2 order by trade_number`;

interface Head {
  readonly mode: string;
  readonly initialBalance: number;
  readonly periodFrom: number | null;
  readonly startedAt: number;
  readonly main: string;
}

/**
 * The strategies of a run with their daily equity and their trades, the main one first; null if
 * there is no such run.
 */
export const readCompared = async (client: Client, id: number): Promise<readonly Compared[] | null> => {
  const [head] = (await client.query<Head>(RUN, [id])).rows;
  if (!head) return null;
  const { mode, initialBalance, periodFrom, startedAt, main } = head;
  const wallets = (await client.query<{ strategy: string; from: number }>(WALLETS, [id, main])).rows;
  const found = wallets.length > 0 ? wallets : [{ strategy: main, from: startedAt }];
  const compared: Compared[] = [];
  for (const { strategy, from } of found) {
    const days = (await client.query<Compared['days'][number]>(DAYS, [id, strategy])).rows;
    const trades = (await client.query<ComparedTrade>(TRADES, [id, strategy])).rows;
    compared.push({ label: strategy, id, mode, strategy, initialBalance, from: periodFrom ?? from, days, trades });
  }
  return compared;
};

/** The trades that a strategy bought under one version of the configuration. */
export interface Earned {
  readonly strategy: string;
  /** The version's number: equal configurations have the same. */
  readonly version: number;
  readonly hash: string;
  /** The first and the last entry. */
  readonly from: string;
  readonly to: string;
  readonly trades: number;
  /** Those that are still open. */
  readonly open: number;
  /** Of their exits so far, in the portfolio's currency. */
  readonly profitLoss: number;
}

const EARNED = `
  select strategy_used as strategy, hash, (select min(id) from configuration_history as same where same.hash = entry.hash) as version,
    min(entry_timestamp) as from, max(entry_timestamp) as to, count(*)::int as trades,
    count(*) filter (where simulated_trade.status <> 'closed')::int as open, coalesce(sum(profit_loss), 0)::float8 as "profitLoss"
  from simulated_trade join configuration_history as entry on entry.id = configuration_id
  where simulated_trade.run_id = $1 group by 1, 2, 3 order by strategy_used, 4`;

/** What each version of a run's configuration earned, by strategy. */
export const readEarned = async (client: Client, runId: number): Promise<readonly Earned[]> => {
  type Row = Omit<Earned, 'from' | 'to'> & { readonly from: Date; readonly to: Date };
  const { rows } = await client.query<Row>(EARNED, [runId]);
  return rows.map(row => ({ ...row, from: row.from.toISOString(), to: row.to.toISOString() }));
};

/** The newest run; null if there is none. */
export const newestRun = async (client: Client): Promise<number | null> =>
  (await client.query<{ id: number | null }>('select max(id) as id from run')).rows[0]?.id ?? null;
