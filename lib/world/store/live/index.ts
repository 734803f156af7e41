import type { Observable } from 'rxjs';
import type { OpportunitiesByStrategy } from '../../../portfolio/desks.js';
import type { SharedState } from '../../../exchange/ports.js';
import type { Metrics } from '../../../report/performance.js';
import type { CoinChange } from '../../../market-data/directory.js';
import type { StoredStretch } from '../../../market-data/timeframe-history.js';
import type { Scan } from '../../../market-data/scans.js';
import type { Snapshot } from '../../../market-data/snapshots.js';
import type { EpochMs } from '../../../units.js';
import type { RuleVerdict } from '../../../universe/verdict.js';
import type { StrategyOfRun } from '../../../../entities/run.js';
import type { Connection } from '../../database/index.js';
import { ask } from '../bulk.js';
import { lastStretches } from '../candles/stretches.js';
import {
  readFirstKnown,
  readTimeframeCandles,
  writeTimeframeCandles,
  type StoredTimeframes,
  type TimeframeOrder,
  type TimeframeRow,
} from '../candles/timeframes.js';
import { guarded } from '../errors.js';
import type { Store, StoredMarket } from '../index.js';
import type { Origin, WalletKey } from '../opportunities.js';
import {
  readStrategyVersions,
  recordStrategyVersions,
  type DecidingStrategy,
  type RecordedStrategy,
} from '../strategy-versions.js';
import { ensurePartitionsAhead } from './candles.js';
import { saveConfirmed } from './confirmed.js';
import { readCoins, saveCoins, type StoredCoin } from './coins.js';
import { writeMetrics } from '../metrics.js';
import { inParts } from './in-parts.js';
import { listen, type ListenOptions, type Nudge } from './listen.js';
import { liveMetrics } from './metrics.js';
import { readHeld, readOpening, type Opening } from './opening.js';
import { readExitSignals, type ExitsWanted, type StoredExitSignal } from './exit-signals.js';
import { expireStrange, expireStrays, readPending } from './pending.js';
import { savePositions, type PositionsSaved } from './positions.js';
import { beat, readProcesses, saveStop, type Heartbeat, type ProcessSummary } from './processes.js';
import { takeRole, type Role, type RoleHandle, type RoleOptions } from './roles.js';
import { openLiveRun, recordStrategies, type LiveRun, type LiveRunStart } from './run.js';
import { OPPORTUNITY_CHANNEL, saveScan } from './scan.js';
import { sharedState } from './shared-state.js';
import type { Stop } from './stops.js';
import { saveSnapshots } from './snapshots.js';
import { saveVerdicts } from './verdicts.js';

export type { StoredCoin } from './coins.js';
export type { ListenOptions, Nudge } from './listen.js';
export type { Opening } from './opening.js';
export { Superseded, type NextState } from './portfolio-state.js';
export type { PositionsSaved } from './positions.js';
export type { Heartbeat, ProcessSummary } from './processes.js';
export { LockHeld, type Role, type RoleHandle } from './roles.js';
export type { LiveRun, LiveRunStart } from './run.js';
export type { Stop } from './stops.js';
export type { Origin, WalletKey } from '../opportunities.js';
export type { DecidingStrategy, RecordedStrategy } from '../strategy-versions.js';

/**
 * The data of live processes, in addition to `Store`. Every method throws `StoreError` if the
 * database refuses or does not answer.
 */
export interface LiveStore {
  /**
   * Takes a role for as long as this process lives. Throws `UserError`, naming the holder, if
   * another process has it.
   */
  takeRole(role: Role, options?: RoleOptions): Promise<RoleHandle>;
  /**
   * The run under way in a mode, else a new one; its configuration is recorded. Throws `UserError`
   * if live and simulated data would share the database.
   */
  openRun(start: LiveRunStart): Promise<LiveRun>;
  /** Records the strategies that decide from now on. */
  recordStrategies(runId: number, strategies: readonly StrategyOfRun[]): Promise<void>;
  /**
   * Records the strategies that decide from `at` on, with the configuration in force: a new version
   * of each that changed. Returns the ids of the versions in force by name.
   */
  recordStrategyVersions(
    runId: number,
    configurationId: number,
    at: EpochMs,
    strategies: readonly DecidingStrategy[],
  ): Promise<ReadonlyMap<string, number>>;
  /** Every version of the strategies of a run, in order of time. */
  strategyVersions(runId: number): Promise<readonly RecordedStrategy[]>;
  /**
   * Makes the partitions for candles of a period and the weeks after it: at the start and once a
   * day.
   */
  ensurePartitions(from: EpochMs, to: EpochMs): Promise<number>;
  /**
   * Stores candles, decisions and opportunities of a tape, completely or not at all. Storing it
   * again changes nothing. `origin` names the main strategy.
   */
  saveScan(origin: Origin, scan: Scan, after?: Promise<unknown>): Promise<void>;
  /**
   * Stores that the minutes from ≤ t < to of a market, all of them stored, are confirmed (semantics
   * §1).
   */
  saveConfirmed(marketId: number, from: EpochMs, to: EpochMs): Promise<void>;
  saveSnapshots(snapshots: readonly Snapshot[]): Promise<void>;
  /**
   * Stores the results of rules at refreshes; `ids` are the market ids by lane. The first stored
   * result stays.
   */
  saveVerdicts(runId: number, ids: readonly number[], verdicts: readonly RuleVerdict[]): Promise<void>;
  /** Stores closed candles of a market's higher timeframe; stored ones do not change. */
  saveTimeframeCandles(marketId: number, minutes: number, rows: readonly TimeframeRow[]): Promise<void>;
  timeframeCandles(order: TimeframeOrder): Promise<StoredTimeframes>;
  /**
   * By market id: its last stored minutes without a gap, back to `from` at most; missing if nothing
   * is stored since.
   */
  lastStretches(ids: readonly number[], from: EpochMs): Promise<ReadonlyMap<number, StoredStretch>>;
  /** By market id: open time of its first candle of any timeframe; missing if there is none. */
  firstKnown(ids: readonly number[]): Promise<ReadonlyMap<number, EpochMs>>;
  /** Stores changes of markets and their coins; fields missing in a change stay as they are. */
  saveCoins(changes: readonly CoinChange[]): Promise<void>;
  /**
   * The stored markets with these ids, by id: a start thereby knows what an earlier process knew.
   */
  readCoins(ids: readonly number[]): Promise<readonly StoredCoin[]>;
  /** The pending opportunities by strategy, the oldest first, on the lanes of `ids`. */
  pending(runId: number, ids: readonly number[]): Promise<OpportunitiesByStrategy>;
  /** The exit signals that a run has stored, ascending. */
  exitSignals(runId: number, wanted: readonly ExitsWanted[]): Promise<readonly StoredExitSignal[]>;
  /** Expires opportunities on markets without a lane, and returns their number. */
  expireStrays(runId: number, ids: readonly number[], at: EpochMs): Promise<number>;
  /** Expires the opportunities of these strategies on candles before `before`: they have no wallet. */
  expireStrange(runId: number, strategies: readonly string[], before: EpochMs, at: EpochMs): Promise<void>;
  /** The markets that the wallets of a run hold, each once: they must be watched. */
  heldSymbols(runId: number): Promise<readonly string[]>;
  /** The strategies of a run whose wallets hold something. */
  holders(runId: number): Promise<readonly string[]>;
  /** Where a wallet resumes. Throws `UserError` if portfolio and stored trades disagree. */
  opening(wallet: WalletKey, markets: readonly StoredMarket[]): Promise<Opening>;
  /**
   * Stores events of a portfolio with its new state, completely or not at all. Throws
   * `Superseded` if another process did.
   */
  savePositions(origin: Origin, saved: PositionsSaved): Promise<void>;
  /**
   * A wallet's metrics so far, computed from its stored data. Only equity of kind `minute` counts, at
   * whole minutes.
   */
  metrics(wallet: WalletKey): Promise<Metrics>;
  /**
   * Stores a wallet's metrics by a moment, with the configuration in force then, and returns them.
   * Repeating it stores the same.
   */
  saveMetrics(wallet: WalletKey, at: EpochMs, configurationId: number): Promise<Metrics>;
  /** Notifications of new opportunities; they can get lost. */
  nudges(options?: ListenOptions): Observable<Nudge>;
  beat(heartbeat: Heartbeat): Promise<void>;
  /** Stores that this process, which had the role, has ended in order, and why. */
  saveStop(role: Role, stop: Stop): Promise<void>;
  processes(): Promise<readonly ProcessSummary[]>;
  /** A state shared by all processes on this database, by its name. */
  shared<S>(name: string): SharedState<S>;
}

/** The live part of an open store. */
export const openLive = ({ orm }: Pick<Store, 'orm'>, connection: Connection): LiveStore => ({
  takeRole: (role, options) => guarded('taking a role', () => takeRole(connection, role, options)),
  openRun: start => guarded('starting a run', () => openLiveRun(orm, start)),
  recordStrategies: (runId, strategies) =>
    guarded('recording the strategies', () => recordStrategies(orm, runId, strategies)),
  ensurePartitions: (from, to) => guarded('making partitions', () => ensurePartitionsAhead(orm.em.fork(), from, to)),
  recordStrategyVersions: (...order) =>
    guarded('recording the versions of strategies', () => recordStrategyVersions(orm, ...order)),
  strategyVersions: runId => guarded('reading the versions of strategies', () => readStrategyVersions(orm, runId)),
  saveScan: (origin, scan, after) => guarded('saving a scan', () => saveScan(orm, origin, scan, after)),
  saveCoins: changes => guarded('saving market capitalisations', () => saveCoins(orm, changes)),
  readCoins: ids => guarded('reading market capitalisations', () => readCoins(orm, ids)),
  saveConfirmed: (marketId, from, to) =>
    guarded('saving confirmed minutes', () => saveConfirmed(orm.em.fork(), marketId, from, to)),
  saveSnapshots: snapshots => guarded('saving snapshots', () => saveSnapshots(orm, snapshots)),
  saveTimeframeCandles: (marketId, minutes, rows) =>
    guarded('saving candles of a timeframe', () => writeTimeframeCandles(orm.em.fork(), marketId, minutes, rows)),
  timeframeCandles: order =>
    guarded('reading candles of timeframes', () =>
      inParts(order.ids, ids => readTimeframeCandles(sql => ask(orm.em.fork(), sql), { ...order, ids })),
    ),
  lastStretches: (ids, from) =>
    guarded('reading where minutes go on', () =>
      inParts(ids, part => lastStretches(sql => ask(orm.em.fork(), sql), part, from)),
    ),
  firstKnown: ids =>
    guarded('reading first candles', () => inParts(ids, part => readFirstKnown(sql => ask(orm.em.fork(), sql), part))),
  saveVerdicts: (runId, ids, verdicts) => guarded('saving verdicts', () => saveVerdicts(orm, runId, ids, verdicts)),
  exitSignals: (runId, wanted) => guarded('reading exit signals', () => readExitSignals(orm.em.fork(), runId, wanted)),
  pending: (runId, ids) => guarded('reading opportunities', () => readPending(orm.em.fork(), runId, ids)),
  expireStrays: (runId, ids, at) =>
    guarded('expiring opportunities', () => expireStrays(orm.em.fork(), runId, ids, at)),
  expireStrange: (...order) => guarded('expiring opportunities', () => expireStrange(orm.em.fork(), ...order)),
  heldSymbols: runId =>
    guarded('reading held markets', async () => [
      ...new Set([...(await readHeld(orm.em.fork(), runId)).values()].flat()),
    ]),
  holders: runId => guarded('reading held markets', async () => [...(await readHeld(orm.em.fork(), runId)).keys()]),
  opening: (wallet, markets) => guarded('reading the portfolio', () => readOpening(orm, wallet, markets)),
  savePositions: (origin, saved) => guarded('saving trades', () => savePositions(orm, origin, saved)),
  metrics: wallet => guarded('measuring a run', () => liveMetrics(orm, wallet)),
  saveMetrics: (wallet, at, configurationId) =>
    guarded('measuring a run', async () => {
      const metrics = await liveMetrics(orm, wallet, at);
      await writeMetrics(orm, wallet, at, configurationId, metrics);
      return metrics;
    }),
  nudges: options => listen(connection, OPPORTUNITY_CHANNEL, options),
  beat: heartbeat => guarded('writing the heartbeat', () => beat(orm, heartbeat)),
  saveStop: (role, stop) => guarded('storing the end of a process', () => saveStop(orm, role, stop)),
  processes: () => guarded('reading the processes', () => readProcesses(orm)),
  shared: name => sharedState(orm, name),
});
