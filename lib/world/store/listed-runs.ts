import type { ClientBase } from 'pg';
import type { StrategyOfRun } from '../../../entities/run.js';
import type { EpochMs, Money } from '../../units.js';
import type { MarketSource, RunMode, RunStatus } from './runs.js';
import { MAIN_STRATEGY, ms } from './sql.js';

/** A stored run, as commands list it. */
export interface ListedRun {
  readonly id: number;
  readonly mode: RunMode;
  readonly marketSource: MarketSource;
  /** `stopped`: a live run whose processes were all stopped; the next start resumes it. */
  readonly status: RunStatus | 'stopped';
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs | null;
  /** Of a backtest, as the next one; null for a live run. */
  readonly from: EpochMs | null;
  /** Exclusive. */
  readonly to: EpochMs | null;
  /**
   * The first moment of its market: of a simulated run by its own clock, while `startedAt` is by ours.
   */
  readonly begin: EpochMs;
  /** The newest moment of its market: now for a live run, whose market goes on without it. */
  readonly newest: EpochMs;
  /** The markets of a backtest; empty for a live run, whose markets change. */
  readonly symbols: readonly string[];
  /** Of a generated market; null for any other. */
  readonly seed: string | null;
  /** That of the main wallet first; empty: momentum. */
  readonly strategies: readonly StrategyOfRun[];
  readonly configurationId: number;
  readonly currency: string;
  readonly initialBalance: Money;
  /** The final balance of the main wallet, or its newest equity; null if none is stored. */
  readonly balance: Money | null;
  /** Of the main strategy. */
  readonly trades: number;
  readonly hasReport: boolean;
  readonly notes: string | null;
}

/** The end of a run's period, by the clock of its market; of a run under way its newest moment. */
export const endOf = ({ mode, endedAt, newest }: ListedRun): EpochMs =>
  mode === 'live' && endedAt !== null ? endedAt : newest;

// Numbers of trades count from 1 within a wallet, so that the index has how many there are.
const RUNS = `
  select run.id, mode, market_source as "marketSource", ${ms('started_at')} as "startedAt", ${ms('ended_at')} as "endedAt",
    ${ms('period_from')} as from, ${ms('period_to')} as to, symbols, seed, strategies, configuration_id as "configurationId",
    coalesce(configuration->'portfolio'->>'currency', '') as currency, initial_balance::float8 as "initialBalance", run.notes,
    report is not null as "hasReport",
    case when mode <> 'backtest' and run.status = 'running'
        and (select bool_and(stopped_at is not null and stop_requested) from process_state where run_id = run.id)
      then 'stopped' else run.status end as status,
    ${ms(`coalesce(period_from, case when mode = 'simulated' then (select min("timestamp") from equity_point
      where run_id = run.id and strategy = ${MAIN_STRATEGY}) end, started_at)`)} as begin,
    ${ms(`case when mode = 'live' then clock_timestamp() else coalesce(period_to,
      (select max(settled_until) from portfolio_state where run_id = run.id), started_at) end`)} as newest,
    coalesce(final_balance, (select equity from equity_point where run_id = run.id and strategy = ${MAIN_STRATEGY}
      order by "timestamp" desc, kind = 'end' desc limit 1))::float8 as balance,
    coalesce((select max(trade_number) from simulated_trade where run_id = run.id and strategy_used = ${MAIN_STRATEGY}), 0) as trades
  from run join configuration_history on configuration_history.id = configuration_id`;

/** Stored runs, newest first; with `label` those whose notes contain it, in any case. */
export const readListedRuns = async (client: ClientBase, label: string | null = null): Promise<readonly ListedRun[]> =>
  (
    await client.query<ListedRun>(
      `${RUNS} where $1::text is null or position(lower($1) in lower(run.notes)) > 0 order by run.id desc`,
      [label],
    )
  ).rows;

/** The run with this number, the newest by default; null if there is none. */
export const readListedRun = async (client: ClientBase, id: number | null = null): Promise<ListedRun | null> =>
  (await client.query<ListedRun>(`${RUNS} where run.id = coalesce($1, (select max(id) from run))`, [id])).rows[0] ??
  null;

/** The numbers of the first and the last stored run, and how many there are. */
export const readRunRange = async (
  client: ClientBase,
): Promise<{ readonly first: number | null; readonly last: number | null; readonly runs: number }> =>
  (
    await client.query<{ first: number | null; last: number | null; runs: number }>(
      'select min(id) as first, max(id) as last, count(*)::int as runs from run',
    )
  ).rows[0]!;

/** The markets and the strategies that a run is known to have, sorted by name. */
export const readTraded = async (
  client: ClientBase,
  runId: number,
): Promise<{ readonly markets: readonly string[]; readonly strategies: readonly string[] }> =>
  (
    await client.query<{ markets: readonly string[]; strategies: readonly string[] }>(
      `select array(select distinct symbol from simulated_trade join cryptocurrency on cryptocurrency.id = cryptocurrency_id
           where run_id = $1 order by 1) as markets,
         array(select distinct strategy_used from simulated_trade where run_id = $1
           union select strategy from portfolio_state where run_id = $1 order by 1) as strategies`,
      [runId],
    )
  ).rows[0]!;
