import { EXCHANGE_NAMES, type ExchangeName } from '../../../exchange/adapters.js';
import type { GateState } from '../../../exchange/request-budget.js';
import type { LiveMetrics, LiveRecord, WalletRecord } from '../../../report/live-status.js';
import type { EpochMs } from '../../../units.js';
import { ask } from '../bulk.js';
import { guarded } from '../errors.js';
import { MAIN_STRATEGY, ms } from '../sql.js';
import type { Orm } from '../orm.js';
import { readProcesses } from './processes.js';

interface Row extends Omit<LiveRecord['run'], 'clockSpeed' | 'currency' | 'startedAt'> {
  readonly startedAt: EpochMs;
  readonly strategy: string;
  readonly exchange: ExchangeName | null;
  readonly clockSpeed: string | null;
  readonly currency: string | null;
  readonly settledUntil: EpochMs | null;
  readonly gate: GateState | null;
  readonly now: number;
}

const OVERVIEW = `
  select run.id, ${MAIN_STRATEGY} as strategy, mode, ${ms('started_at')} as "startedAt", initial_balance::float8 as "initialBalance",
    configuration->'exchange'->>'name' as exchange, configuration->'exchange'->>'clock_speed' as "clockSpeed", configuration->'portfolio'->>'currency' as currency,
    coalesce((select (select min(id) from configuration_history as same where same.hash = newest.hash)
       from configuration_history as newest where newest.run_id = run.id and newest.status = 'accepted'
       order by id desc limit 1), run.configuration_id) as "configurationId",
    ${ms('settled_until')} as "settledUntil",
    shared_state.state as gate, ${ms('clock_timestamp()')} as now
  from run join configuration_history on configuration_history.id = configuration_id
    left join portfolio_state on portfolio_state.run_id = run.id and portfolio_state.strategy = ${MAIN_STRATEGY}
    left join shared_state on shared_state.name = ?
  where mode <> 'backtest' and run.status = 'running' order by run.id desc limit 1`;
// The main strategy has a row even before its wallet is stored.
const WALLETS = `
  select name as strategy, not strategies @> jsonb_build_array(jsonb_build_object('name', name)) as "isRemoved", portfolio_state.state as portfolio, coalesce(realized, 0)::float8 as realized,
    coalesce(closed, 0)::int as "closedTrades",
    (select count(*)::int from opportunity where run_id = run.id and opportunity.strategy = name and opportunity.status = 'pending') as pending
  from run
    cross join lateral (select strategy as name from portfolio_state where run_id = run.id union select ${MAIN_STRATEGY}) as wallet
    left join portfolio_state on portfolio_state.run_id = run.id and portfolio_state.strategy = name
    left join lateral (select sum(profit_loss) as realized, count(*) filter (where simulated_trade.status = 'closed') as closed
      from simulated_trade where run_id = run.id and strategy_used = name) as trades on true
  where run.id = ?
  order by name <> ${MAIN_STRATEGY}, (select ordinality from jsonb_array_elements(strategies) with ordinality where value->>'name' = name), name`;
const METRICS = `
  select ${ms('"timestamp"')} as at, total_trades as "totalTrades", win_rate as "winRate", profit_factor as "profitFactor",
    max_drawdown as "maxDrawdown", sharpe_ratio as sharpe, total_profit_loss::float8 as "totalProfitLoss"
  from performance_metric where run_id = ? and strategy = ? order by "timestamp" desc limit 1`;

/**
 * The stored state of the live or simulated run under way; null if there is none. `gate` names the
 * shared state of its requests.
 */
export const readOverview = (orm: Orm, gate: string): Promise<LiveRecord | null> =>
  guarded('reading the run under way', async () => {
    const em = orm.em.fork();
    const [row] = await ask<Row>(em, OVERVIEW, [gate]);
    if (!row) return null;
    const { id, strategy, mode, startedAt, initialBalance, configurationId, exchange, clockSpeed, currency, ...rest } =
      row;
    const { settledUntil } = row;
    const [main, ...shadows] = await ask<WalletRecord>(em, WALLETS, [id]);
    const [metrics] = await ask<Omit<LiveMetrics, 'at'> & { readonly at: EpochMs }>(em, METRICS, [id, strategy]);
    return {
      ...rest,
      ...main!,
      shadows,
      exchange: exchange ?? EXCHANGE_NAMES[0]!,
      run: {
        id,
        mode,
        startedAt: new Date(startedAt),
        initialBalance,
        configurationId,
        clockSpeed: Number(clockSpeed ?? 1),
        currency: currency ?? '',
      },
      processes: await readProcesses(orm),
      settledUntil: settledUntil === null ? null : new Date(settledUntil),
      metrics: metrics ? { ...metrics, at: new Date(metrics.at) } : null,
    };
  });
