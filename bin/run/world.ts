import { defer, share, startWith, type Observable } from 'rxjs';
import { modeOf, type Mode } from '../../lib/exchange/mode.js';
import { onClockOf } from '../../lib/exchange/on-clock.js';
import type { Exchange } from '../../lib/exchange/ports.js';
import { BUDGET_KEY, type GateState } from '../../lib/exchange/request-budget.js';
import type { OpenLog } from '../../lib/world/log/index.js';
import type { Configuration, InForce } from '../../lib/settings/settings.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { configurationReader } from '../../lib/world/config-watch.js';
import { withClient } from '../../lib/world/database/connection.js';
import { openDatabase, type Database } from '../../lib/world/database/index.js';
import { diskName } from '../../lib/world/disk.js';
import { environment } from '../../lib/world/environment.js';
import { openExchange } from '../../lib/world/exchange/index.js';
import { openLog } from '../../lib/world/log/index.js';
import { openLive, type LiveStore, type Role, type RoleHandle } from '../../lib/world/store/live/index.js';
import { guarded } from '../../lib/world/store/errors.js';
import { openStore, type Store } from '../../lib/world/store/index.js';
import { persistent, type Persistent } from '../../lib/world/store/persistent.js';
import { exitOnFault, superviseeLink, type SuperviseeLink } from '../../lib/world/supervisor/index.js';
import { codeVersion } from '../../lib/world/version.js';
import { configurationEvents, inForce, recordVersions, type RecordedEvent } from '../../streams/sources/settings.js';
import { fromAbortable } from '../../streams/from-abortable.js';
import { log as logged } from '../../streams/sinks/log.js';
import { bringUpToDate } from '../world.js';
import { configuredStrategies, withStrategies, withStrategiesTried } from '../../lib/world/strategies/configured.js';
import { readingWithSources, StrategySources } from '../../lib/world/strategies/sources.js';
import { strategyOfRun, type StrategySetup } from '../../lib/strategy/setup.js';
import { UNLIMITED } from '../simulated.js';
import { describeEdit } from './process-log.js';
import { LEFT_BEHIND_MS } from './run-lock.js';
import { addressOf, HOW_TO_STOP, startWaiting } from './reach.js';

/** What a process of a live run (scanner or positions) works with, from its start to its end. */
export interface RunContext {
  readonly role: Role;
  /** The lock of the role, as of the start. */
  readonly place: RoleHandle;
  readonly configuration: Configuration;
  readonly database: Database;
  readonly store: Store;
  readonly live: LiveStore;
  readonly exchange: Exchange;
  readonly log: OpenLog;
  readonly link: SuperviseeLink;
  readonly mode: Mode;
  /** The run of the database; `resumed`: it existed before this start. */
  readonly run: { readonly id: number; readonly resumed: boolean };
  /** Version of the running code, from package.json. */
  readonly codeVersion: string;
  /**
   * The settings in force, with their version: emits them on subscription, then after each accepted
   * edit. Hot.
   */
  readonly settings$: Observable<InForce>;
  /** The exchange's clock, in milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Writes a first heartbeat, before the work does. Never fails: an unreachable database is
   * reported elsewhere.
   */
  readonly alive: () => Promise<void>;
  /** Retries a database operation until it succeeds or this process ends. */
  readonly stored: Persistent;
  /** Whether requests are unlimited, as to a simulated exchange with `--no-limits`. */
  readonly isUnlimited: boolean;
  close(): Promise<void>;
}

/** Interval between checks of the configuration file. */
const POLL_INTERVAL_MS = 1_000;

/** The password of a database URL, which no log line may show. */
const secretsOf = ({ connection }: Database): readonly string[] =>
  connection.password === '' ? [] : [connection.password];

/** A process before its database is open. */
interface Beginning {
  readonly role: Role;
  readonly loaded: ReturnType<typeof loadConfiguration>;
  readonly log: OpenLog;
  readonly link: SuperviseeLink;
  /** Missing where only their names are needed. */
  readonly strategies: readonly StrategySetup[] | undefined;
  readonly sources: StrategySources;
}

/**
 * Opens the world of a process: its log, the database (which it waits for), the role, the run under
 * way or a new one, and the exchange. Throws as these do, and `Aborted` if a stop was requested.
 */
export const openRunWorld = async (
  role: Role,
  options: { readonly config?: string },
  stopRequested: AbortSignal,
): Promise<RunContext> => {
  const loaded = loadConfiguration(options.config);
  const { application, database } = loaded.settings;
  const where = addressOf(database.connectionString);
  const link = superviseeLink({ stopRequested });
  const { signal, supervised: relayed } = link;
  const log = openLog({ name: role, level: application.loggingLevel, stream: process.stdout, relayed });
  const undo = exitOnFault(log);
  const close = async () => {
    await log.close();
    undo();
    link.close();
  };
  try {
    const sources = new StrategySources();
    const strategies = role === 'scanner' ? await configuredStrategies(loaded, sources) : undefined;
    const beginning = { role, loaded, log, link, strategies, sources };
    const world = await startWaiting(reached => openWithDatabase(beginning, reached), {
      log,
      signal,
      where,
      beat: () => link.beat(),
      hint: relayed ? '' : HOW_TO_STOP,
    });
    return { ...world, close: () => world.close().finally(close) };
  } catch (error) {
    await close();
    throw error;
  }
};

const openWithDatabase = async (
  { role, loaded, log, link, strategies, sources }: Beginning,
  reached: () => void,
): Promise<RunContext> => {
  const { settings: first } = loaded;
  const { connectionString, dataDir, poolSize, maxOverflow } = first.database;
  const { signal } = link;
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const database = await openDatabase({ connectionString, dataDir, onProgress: line => log.info(line), signal });
    // The supervisor uses the database too, and stops an embedded one after its processes have
    // ended.
    closing.push(() => database.close(link.supervised && !link.orphaned()));
    reached();
    secretsOf(database).forEach(secret => log.keepSecret(secret));
    await guarded('bringing the schema up to date', () =>
      withClient(database.connection, client => bringUpToDate(database, client)),
    );
    const store = await openStore(database.connection, { poolSize: poolSize + maxOverflow });
    closing.push(() => store.close());
    const live = openLive(store, database.connection);
    const stored = persistent(log, link, () => diskName(database));
    const mode = modeOf(first.exchange);
    const version = codeVersion();
    const onWait = (holder: string) =>
      log.info(
        `the role "${role}" is still taken by ${holder}: waiting up to ${LEFT_BEHIND_MS / 1_000} s for it to end`,
      );
    // A start that is refused records nothing.
    const place = await live.takeRole(role, { timeoutMs: LEFT_BEHIND_MS, onWait, signal });
    closing.push(() => place.release());
    const run = await live.openRun({
      mode,
      codeVersion: version,
      symbols: [],
      configuration: loaded,
      initialBalance: first.portfolio.initialBalance,
    });
    const { configurationId } = run;
    if (strategies) await live.recordStrategies(run.id, strategies.map(strategyOfRun));
    for (const { name, use, sourceHash } of strategies ?? [])
      if (sourceHash !== null) log.info(`strategy ${name}: ${use}, ${sourceHash.slice(0, 12)}`);
    const isUnlimited = mode === 'simulated' && environment()[UNLIMITED] === '1';
    const exchange = openExchange(first.exchange, {
      caller: `${role}-${process.pid}`,
      ...(isUnlimited && { budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 } }),
      shared: isUnlimited ? null : onClockOf(live.shared<GateState>(BUDGET_KEY), first.exchange.clockSpeed),
    });
    closing.push(() => exchange.close());

    let current: InForce = { settings: first, configurationId, ...(strategies && { strategies }) };
    const take = (event: RecordedEvent): void => {
      describeEdit(log, role, event);
      if (event.kind !== 'accepted') return;
      log.setLevel(event.configuration.settings.application.loggingLevel);
    };
    const settings$ = configurationEvents({
      first: strategies ? { ...loaded, strategies } : loaded,
      read: readingWithSources(loaded.file, configurationReader(loaded.file), sources),
      everyMs: POLL_INTERVAL_MS,
      complete: (strategies ? withStrategies : withStrategiesTried)(loaded.file, sources),
    }).pipe(
      recordVersions(event =>
        fromAbortable(() => stored('recording an edit', () => store.saveConfigurationEvent(event, run.id))),
      ),
      logged(take),
      inForce(),
      logged(next => (current = next)),
      share(),
    );
    const alive = () =>
      live
        .beat({ role, codeVersion: version, runId: run.id, lagMs: null, error: null, counters: {} })
        .catch(() => undefined);
    return {
      role,
      place,
      configuration: loaded,
      database,
      store,
      live,
      exchange,
      log,
      link,
      mode,
      run,
      codeVersion: version,
      settings$: defer(() => settings$.pipe(startWith(current))),
      now: () => exchange.now() ?? 0,
      alive,
      stored,
      isUnlimited,
      close,
    };
  } catch (error) {
    await close().catch(() => undefined); // the first error counts
    throw error;
  }
};
