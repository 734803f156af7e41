import type { Client } from 'pg';
import type { StrategyOfRun } from '../../../entities/run.js';
import type { EpochMs } from '../../units.js';
import type { MarketSource, RunMode, RunStatus } from './runs.js';
import { ms } from './sql.js';

/** A run that evaluated a minute of a market, or whose period contains it. */
export interface CoveringRun {
  readonly id: number;
  readonly mode: RunMode;
  readonly marketSource: MarketSource;
  readonly status: RunStatus;
  readonly configurationId: number;
  /** Of a backtest; otherwise null, as the next one. */
  readonly from: EpochMs | null;
  /** Exclusive. */
  readonly to: EpochMs | null;
  readonly symbols: readonly string[];
  /** That of the main wallet first; empty: momentum. */
  readonly strategies: readonly StrategyOfRun[];
  /** Whether the market was generated. */
  readonly seed: number | null;
  /**
   * The live run whose stored verdicts a backtest used; null for none, undefined if it has no
   * report.
   */
  readonly verdictsOfRun: number | null | undefined;
  /** Whether it evaluated the minute, or its period contains the minute. */
  readonly covers: boolean;
}

type Row = Omit<CoveringRun, 'verdictsOfRun' | 'seed'> & {
  readonly seed: string | null;
  readonly universe: { readonly verdictsOfRun: number | null } | null;
};

const COVERS = `
  mode = 'backtest' and period_from <= $2 and $2 < period_to and symbols @> jsonb_build_array($3::text)
    or mode <> 'backtest' and id in (
      select run_id from market_data where cryptocurrency_id = $1 and "timestamp" = $2 and decision is not null
      union all select run_id from opportunity where cryptocurrency_id = $1 and "timestamp" = $2)`;
const SELECT = `
  select id, mode, market_source as "marketSource", status, configuration_id as "configurationId", ${ms('period_from')} as from,
    ${ms('period_to')} as to, symbols, strategies, seed, report->'universe' as universe, (${COVERS}) as covers
  from run`;

const runOf = ({ seed, universe, ...rest }: Row): CoveringRun => ({
  ...rest,
  seed: seed === null ? null : Number(seed),
  verdictsOfRun: universe === null ? undefined : universe.verdictsOfRun,
});

/** The runs that cover a minute of a market, the newest first. */
export const readCoveringRuns = async (
  client: Client,
  market: { readonly id: number; readonly symbol: string },
  at: EpochMs,
): Promise<readonly CoveringRun[]> => {
  const values = [market.id, new Date(at), market.symbol];
  return (await client.query<Row>(`${SELECT} where ${COVERS} order by id desc`, values)).rows.map(runOf);
};

/** A run by its id, with whether it covers a minute of a market; null if there is none. */
export const readRunFor = async (
  client: Client,
  runId: number,
  market: { readonly id: number; readonly symbol: string },
  at: EpochMs,
): Promise<CoveringRun | null> => {
  const values = [market.id, new Date(at), market.symbol, runId];
  const [row] = (await client.query<Row>(`${SELECT} where id = $4`, values)).rows;
  return row ? runOf(row) : null;
};

/** The strategies of a live or simulated run; null if there is no such run. */
export const readRunStrategies = async (client: Client, runId: number): Promise<readonly StrategyOfRun[] | null> => {
  const { rows } = await client.query<{ strategies: readonly StrategyOfRun[] }>(
    `select strategies from run where id = $1 and mode <> 'backtest'`,
    [runId],
  );
  return rows[0]?.strategies ?? null;
};
