import { UserError } from '../../errors.js';
import type { PositionEvent } from '../../portfolio/events.js';
import type { EquityMark } from '../../portfolio/mark.js';
import type { ConfigurationEvent } from '../../settings/reload.js';
import type { DurationMs, EpochMs } from '../../units.js';
import type { Connection } from '../database/index.js';
import { recordEvent } from './configurations.js';
import { guarded } from './errors.js';
import { enterMarkets, readMarkets, type StoredMarket } from './markets.js';
import { writeMetrics, type StoredMetrics } from './metrics.js';
import type { Market } from '../../market.js';
import type { CoinReference } from '../../reference/coins.js';
import { openOrm, type Orm } from './orm.js';
import type { Origin, WalletKey } from './opportunities.js';
import { readReference } from './reference.js';
import { pendingMigrations } from './schema-state.js';
import { abandonRuns, enterRun, readRuns, type RunHandle, type RunStart, type RunSummary } from './runs.js';
import { saveChangeSet } from './save.js';

export type { StoredMarket } from './markets.js';
export type { StoredMetrics } from './metrics.js';
export type { Origin, WalletKey } from './opportunities.js';
export type { MarketSource, RunEnd, RunHandle, RunMode, RunStart, RunStatus, RunSummary } from './runs.js';

/** The bot's data. Every method throws `StoreError` if the database refuses or does not answer. */
export interface Store {
  /** For bulk SQL within lib/world; fork it for each unit of work. */
  readonly orm: Orm;
  /** Every market, sorted by symbol. */
  markets(): Promise<readonly StoredMarket[]>;
  /**
   * The markets of these symbols, sorted by symbol; new ones are entered, with the sizes in
   * `known`. Throws `UserError` for an invalid symbol.
   */
  ensureMarkets(symbols: readonly string[], known?: readonly Market[]): Promise<readonly StoredMarket[]>;
  /** The user's own reference data of coins, by symbol. */
  coinReference(): Promise<ReadonlyMap<string, CoinReference>>;
  /**
   * Records the outcome of an edit during a run, rejected ones too, and returns the number of the
   * version: equal configurations have the same. Recording it again, from another process too,
   * changes nothing.
   */
  saveConfigurationEvent(event: ConfigurationEvent, runId: number): Promise<number>;
  /**
   * Enters a run, with the configuration at its start. Throws `UserError` if a live and a simulated
   * run would share the database.
   */
  startRun(run: RunStart): Promise<RunHandle>;
  /** Marks runs whose process is gone as aborted and returns their ids. */
  abandonDeadRuns(): Promise<readonly number[]>;
  /**
   * Stores events of a wallet's portfolio, completely or not at all. Storing them again changes
   * nothing.
   */
  saveChanges(origin: Origin, events: readonly PositionEvent[], equity?: readonly EquityMark[]): Promise<void>;
  /**
   * Stores a wallet's metrics as of a moment, and the configuration in force then, replacing those
   * stored for it before.
   */
  saveMetrics(wallet: WalletKey, at: EpochMs, configurationId: number, metrics: StoredMetrics): Promise<void>;
  /** The newest runs, newest first. */
  runs(limit: number): Promise<readonly RunSummary[]>;
  /**
   * Releases everything. A run that has not finished stays without an end: the next command marks
   * it as aborted.
   */
  close(): Promise<void>;
}

/** How the store connects. */
export interface StoreOptions {
  /** Maximum number of connections. */
  readonly poolSize: number;
  /** Statement timeout; default 4 s, longer for commands. */
  readonly statementTimeoutMs?: DurationMs;
}

const STATEMENT_TIMEOUT_MS = 4_000;

/**
 * Opens the store of a migrated database. Throws `UserError` if its schema is older or newer than
 * this code.
 */
export const openStore = async (connection: Connection, options: StoreOptions): Promise<Store> => {
  const { poolSize, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const orm = await openOrm(connection, { poolSize, statementTimeoutMs });
  const open = new Set<RunHandle>();
  const close = async () => {
    await Promise.all([...open].map(run => run.abandon()));
    await orm.close(true);
  };
  try {
    const pending = await guarded('reading the migrations', () =>
      pendingMigrations(sql => orm.em.fork().execute<{ name: string }[]>(sql)),
    );
    if (pending.length > 0)
      throw new UserError([`The database is missing ${pending.join(', ')}.`, 'Run: crypto-bot migrate'], 1);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    orm,
    close,
    markets: () => guarded('reading the markets', () => readMarkets(orm)),
    ensureMarkets: (symbols, known) => guarded('entering markets', () => enterMarkets(orm, symbols, known)),
    coinReference: () => guarded('reading reference data', () => readReference(orm)),
    saveConfigurationEvent: (event, runId) =>
      guarded('recording an edit of the configuration', () => recordEvent(orm, event, runId)),
    startRun: start =>
      guarded('starting a run', async () => {
        const run = await enterRun(orm, connection, start);
        open.add(run);
        const handle: RunHandle = {
          id: run.id,
          configurationId: run.configurationId,
          abandon: () => run.abandon().finally(() => open.delete(run)),
          finish: (...args) => guarded('ending a run', () => run.finish(...args)).then(() => void open.delete(run)),
        };
        return handle;
      }),
    abandonDeadRuns: () => guarded('looking for dead runs', () => abandonRuns(orm)),
    saveChanges: (origin, events, equity = []) =>
      guarded('saving trades', () => saveChangeSet(orm, origin, { events, equity, offline: false })),
    saveMetrics: (wallet, at, configurationId, metrics) =>
      guarded('saving metrics', () => writeMetrics(orm, wallet, at, configurationId, metrics)),
    runs: limit => guarded('reading the runs', () => readRuns(orm, limit)),
  };
};
