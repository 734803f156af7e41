import { raw, type EntityData } from '@mikro-orm/postgresql';
import {
  Run,
  type MARKET_SOURCES,
  type RUN_MODES,
  type RUN_STATUSES,
  type StrategyOfRun,
} from '../../../entities/run.js';
import { UserError } from '../../errors.js';
import { toMoney } from '../../money.js';
import { MOMENTUM_SETUP, strategyOfRun } from '../../strategy/setup.js';
import type { EpochMs, Money } from '../../units.js';
import type { Connection } from '../database/index.js';
import { recordStart, type Recorded } from './configurations.js';
import { LOCKS } from './locks.js';
import { MAIN_STRATEGY } from './sql.js';
import { lockNextRun } from './run-lock.js';
import type { Orm } from './orm.js';

/** One of `RUN_MODES`. */
export type RunMode = (typeof RUN_MODES)[number];
/** One of `MARKET_SOURCES`. */
export type MarketSource = (typeof MARKET_SOURCES)[number];
/** One of `RUN_STATUSES`. */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The strategy of a run that names none. */
export const MOMENTUM_OF_RUN: StrategyOfRun = strategyOfRun(MOMENTUM_SETUP);

/** A run at its start. */
export interface RunStart {
  readonly mode: RunMode;
  /** `exchange` for live, `simulator` for simulated, `store` or `synthetic` for a backtest. */
  readonly marketSource: MarketSource;
  readonly codeVersion: string;
  readonly symbols: readonly string[];
  readonly configuration: Recorded;
  readonly initialBalance: Money;
  /** A backtest's first minute, and the one after its last. */
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly seed?: string;
  readonly notes?: string;
  /** That of the main wallet first; default momentum alone. */
  readonly strategies?: readonly StrategyOfRun[];
}

/** What is stored when a run ends. */
export interface RunEnd {
  readonly finalBalance?: Money;
  readonly report?: Readonly<Record<string, unknown>>;
  readonly notes?: string;
}

/** A run under way. While its process lives it is never considered dead. */
export interface RunHandle {
  readonly id: number;
  /** The number of the version at its start. */
  readonly configurationId: number;
  /**
   * Stores the end and releases the run. A process that dies before leaves a run that the next
   * command marks as aborted.
   */
  finish(status: Exclude<RunStatus, 'running'>, end?: RunEnd): Promise<void>;
  /** Releases the run without an end: the next command marks it as aborted. */
  abandon(): Promise<void>;
}

/** A run as listed. */
export interface RunSummary {
  readonly id: number;
  readonly mode: RunMode;
  readonly marketSource: MarketSource;
  readonly status: RunStatus;
  readonly codeVersion: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly symbols: readonly string[];
  readonly seed: string | null;
  readonly configurationId: number;
  readonly initialBalance: Money;
  readonly finalBalance: Money | null;
  /** Of the main strategy. */
  readonly trades: number;
  readonly notes: string | null;
}

const OTHER_EXCHANGE = `
  select configuration->'exchange'->>'name' as name
  from run join configuration_history on configuration_history.id = configuration_id
  where mode <> 'backtest' and configuration->'exchange'->>'name' <> ? limit 1`;

const exchangeIn = ({ document }: Pick<Recorded, 'document'>): string | null =>
  (document['exchange'] as { readonly name?: string } | undefined)?.name ?? null;

/**
 * Prices of a simulated exchange look like real ones, and those of two exchanges alike: once both
 * are in one database, nothing distinguishes them. Throws `UserError` if the database holds runs of
 * the other kind, or on another exchange.
 */
export const refuseMixture = async (
  orm: Orm,
  mode: RunMode,
  configuration: Pick<Recorded, 'document'>,
): Promise<void> => {
  if (mode === 'backtest') return;
  const refuse = (held: string, wanted: string) =>
    new UserError([
      `This database holds ${held}; a ${wanted} never shares a database with them.`,
      'Give this one another database: database.connection_string or database.data_dir.',
    ]);
  const em = orm.em.fork();
  const other = mode === 'live' ? 'simulated' : 'live';
  if ((await em.count(Run, { mode: other })) > 0) throw refuse(`${other} runs`, `${mode} run`);
  const exchange = exchangeIn(configuration);
  if (exchange === null) return;
  const [found] = await em.execute<{ name: string }[]>(OTHER_EXCHANGE, [exchange]);
  if (found) throw refuse(`runs on ${found.name}`, `run on ${exchange}`);
};

/** Enters a run and holds its lock. */
export const enterRun = async (orm: Orm, connection: Connection, start: RunStart): Promise<RunHandle> => {
  await refuseMixture(orm, start.mode, start.configuration);
  const lock = await lockNextRun(connection, async id => {
    await orm.em.fork().nativeUpdate(Run, { id, status: 'aborted' }, { status: 'running', endedAt: null });
  });
  const { runId: id } = lock;
  const date = (time: EpochMs | undefined) => (time === undefined ? null : new Date(time));
  const { mode, marketSource, codeVersion, symbols, seed = null, notes = null, strategies = [MOMENTUM_OF_RUN] } = start;
  const initialBalance = toMoney(start.initialBalance);
  const row = { id, mode, marketSource, codeVersion, symbols, initialBalance, seed, notes, strategies };
  const period = { periodFrom: date(start.from), periodTo: date(start.to) };
  const configurationId = await orm.em
    .fork()
    .transactional(async em => {
      const version = await recordStart(em, start.configuration, id);
      await em.insert(Run, { ...row, ...period, configurationId: version, status: 'running' });
      return version;
    })
    .catch(async (error: unknown) => {
      await lock.release();
      throw error;
    });
  return {
    id,
    configurationId,
    abandon: () => lock.release(),
    finish: async (status, { finalBalance, report, notes } = {}) => {
      const ended: EntityData<Run> = { status, endedAt: raw('now()') };
      if (finalBalance !== undefined) ended.finalBalance = toMoney(finalBalance);
      if (report !== undefined) ended.report = report;
      if (notes !== undefined) ended.notes = notes;
      await orm.em.fork().nativeUpdate(Run, { id }, ended);
      await lock.release();
    },
  };
};

/**
 * Marks the backtests whose process is gone as aborted, and returns their ids. A live run waits for
 * its next process.
 */
export const abandonRuns = async (orm: Orm): Promise<number[]> => {
  const rows = await orm.em.fork().execute<{ id: number }[]>(
    `with running as materialized (select id from run where status = 'running' and mode = 'backtest')
     update run set status = 'aborted', ended_at = now()
     where id in (select id from running where pg_try_advisory_xact_lock(${LOCKS.run}, id)) and status = 'running' returning id`,
  );
  return rows.map(({ id }) => id);
};

/** The newest runs, newest first. */
export const readRuns = async (orm: Orm, limit: number): Promise<readonly RunSummary[]> => {
  const em = orm.em.fork();
  const runs = await em.find(Run, {}, { orderBy: { id: 'desc' }, limit, exclude: ['report'] });
  const counts = await em.execute<{ run_id: number; trades: number }[]>(
    `select run_id, count(*)::int as trades from simulated_trade join run on run.id = run_id
     where run_id = any(?::int[]) and strategy_used = ${MAIN_STRATEGY} group by run_id`,
    [`{${runs.map(({ id }) => id).join(',')}}`],
  );
  const trades = new Map(counts.map(row => [row.run_id, row.trades]));
  return runs.map(run => ({
    id: run.id,
    mode: run.mode,
    marketSource: run.marketSource,
    status: run.status,
    codeVersion: run.codeVersion,
    startedAt: run.startedAt,
    endedAt: run.endedAt ?? null,
    from: run.periodFrom ?? null,
    to: run.periodTo ?? null,
    symbols: run.symbols,
    seed: run.seed ?? null,
    configurationId: run.configurationId,
    initialBalance: Number(run.initialBalance),
    finalBalance: run.finalBalance == null ? null : Number(run.finalBalance),
    trades: trades.get(run.id) ?? 0,
    notes: run.notes ?? null,
  }));
};
