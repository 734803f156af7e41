import type { ClientBase } from 'pg';
import type { EpochMs, Money } from '../../../units.js';
import { MAIN_STRATEGY } from '../sql.js';

/** The newest rows at a moment: a later summary counts what came after them. */
export interface Checkpoint {
  readonly opportunity: number;
  readonly trade: number;
  readonly exit: number;
}

/** What the main strategy of a live run did since a checkpoint, and where its wallet stands. */
export interface RunSummary {
  /** The run's initial balance. */
  readonly balance: Money;
  readonly currency: string | null;
  readonly opportunities: number;
  readonly bought: number;
  readonly sold: number;
  /** Profit or loss of the sales, in `currency`. */
  readonly profit: Money;
  /** Trades that are open now. */
  readonly open: number;
  /** The newest equity; null if none is stored. */
  readonly equity: Money | null;
}

const CHECKPOINT = `
  select coalesce((select max(id) from opportunity), 0)::int as opportunity,
    coalesce((select max(id) from simulated_trade), 0)::int as trade,
    coalesce((select max(id) from partial_exit), 0)::int as exit`;
const SUMMARY = `
  select initial_balance::float8 as balance, configuration->'portfolio'->>'currency' as currency,
    (select count(*)::int from opportunity where id > $1 and run_id = run.id and strategy = ${MAIN_STRATEGY}) as opportunities,
    (select count(*)::int from simulated_trade where id > $2 and run_id = run.id and strategy_used = ${MAIN_STRATEGY}) as bought,
    (select count(*)::int from simulated_trade where run_id = run.id and strategy_used = ${MAIN_STRATEGY} and status <> 'closed') as open,
    sold, profit,
    (select equity::float8 from equity_point where run_id = run.id and strategy = ${MAIN_STRATEGY} order by "timestamp" desc limit 1) as equity
  from run join configuration_history on configuration_history.id = configuration_id,
    lateral (select count(*)::int as sold, coalesce(sum(e.profit_loss), 0)::float8 as profit
      from partial_exit e join simulated_trade t on t.id = trade_id where e.id > $3 and run_id = run.id and strategy_used = ${MAIN_STRATEGY}) as exits
  where mode <> 'backtest' and run.status = 'running' order by run.id desc limit 1`;
const NEWEST = `
  select extract(epoch from greatest((select max(timestamp) from market_data),
    (select max(settled_until) from portfolio_state)))::float8 * 1000 as newest`;

/** The newest opportunity, trade and exit of all runs. */
export const readCheckpoint = async (client: ClientBase): Promise<Checkpoint> =>
  (await client.query<Checkpoint>(CHECKPOINT)).rows[0]!;

/** What the live run under way did since a checkpoint; null if no run is under way. */
export const summarySince = async (
  { opportunity, trade, exit }: Checkpoint,
  client: ClientBase,
): Promise<RunSummary | null> => (await client.query<RunSummary>(SUMMARY, [opportunity, trade, exit])).rows[0] ?? null;

/** The newest moment that is stored, of a candle or a portfolio; null in an empty database. */
export const newestStored = async (client: ClientBase): Promise<EpochMs | null> =>
  (await client.query<{ newest: EpochMs | null }>(NEWEST)).rows[0]?.newest ?? null;
