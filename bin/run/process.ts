import { merge } from 'rxjs';
import { Aborted, UserError } from '../../lib/errors.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { Log } from '../../lib/ops/log.js';
import { constantWait } from '../../lib/retry.js';
import type { Settings } from '../../lib/settings/settings.js';
import { openDatabase, type Database } from '../../lib/world/database/index.js';
import { elapsed } from '../../lib/world/clock.js';
import { withRetry } from '../../lib/world/retry.js';
import { LockHeld, Superseded, type LiveStore, type Role, type RoleHandle } from '../../lib/world/store/live/index.js';
import type { SuperviseeLink } from '../../lib/world/supervisor/index.js';
import { StoreError } from '../../lib/world/store/errors.js';
import { drain } from '../drain.js';
import { toUserError } from '../exchange.js';
import { STOPPED } from './session-text.js';
import { reopened } from './opened-run.js';
import { positions } from './positions.js';
import { NOT_STORED, storeAtEnd } from './reach.js';
import { scanning } from './scanner.js';
import { openRunWorld } from './world.js';

/**
 * A database that is away for longer than this ends the process; after its restart it replays the
 * time it missed.
 */
const AWAY_MS = 60_000;
const RETRY_DELAY_MS = 500;
/**
 * How long storing the stop waits for a database that went away; a supervisor stores it too, and
 * waits longer.
 */
const TIMEOUT_MS = 10_000;
const SUPERVISED_PATIENCE_MS = 2_000;

/** What `keepRoleLease` works with. `link` receives a heartbeat while it waits for the database. */
export interface LeasePorts {
  readonly role: Role;
  readonly live: Pick<LiveStore, 'takeRole'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly link: Pick<SuperviseeLink, 'signal' | 'beat'>;
  readonly database: Pick<Database, 'connection'>;
  readonly configuration: {
    readonly settings: { readonly database: Pick<Settings['database'], 'connectionString' | 'dataDir'> };
  };
}

/** The database answers at another address: the process has to start again. */
class AddressChanged extends Error {}

/** The role of a process: after each loss, that of a new session. */
export interface RoleLease {
  role: RoleHandle;
}

const addressOf = ({ connection: { host, port } }: Pick<Database, 'connection'>): string => `${host}:${port}`;

/**
 * Holds the role of this process, in `hold`. When its session breaks because the database went
 * away, it takes the role again as soon as the database answers, and starts an embedded one that
 * died. Never rejects: resolves with the reason, for the log, once the process has to end, `awayMs`
 * after the loss at the latest, since another process may have the role by then.
 */
export const keepRoleLease = async (
  { live, log, link, role, configuration, database: before }: LeasePorts,
  hold: RoleLease,
  awayMs = AWAY_MS,
): Promise<string> => {
  const { connectionString, dataDir } = configuration.settings.database;
  const { signal } = link;
  const isStopping = () => signal.aborted;
  const takeAgain = async (): Promise<RoleHandle> => {
    const database = await openDatabase({ connectionString, dataDir, signal });
    await database.close(); // the process has an embedded one in use since its start
    if (addressOf(database) !== addressOf(before)) throw new AddressChanged();
    return live.takeRole(role);
  };
  const attempt = () =>
    takeAgain().catch((error: unknown) => {
      if (error instanceof UserError && !(error instanceof LockHeld))
        log.warn({ repeatKey: `role-lost ${error.lines[0]!}` }, error.lines.join(' '));
      throw error;
    });
  for (;;) {
    await hold.role.lost;
    if (isStopping()) return 'stopping';
    log.warn({ repeatKey: 'role-lost' }, 'the database went away; waiting for it');
    const since = elapsed();
    try {
      hold.role = await withRetry(attempt, {
        ...constantWait(RETRY_DELAY_MS),
        signal,
        mayRepeat: error =>
          !(isStopping() || error instanceof LockHeld || error instanceof AddressChanged) &&
          elapsed() - since <= awayMs,
        onFailure: () => link.beat(),
      });
      log.info({ repeatKey: 'role-back' }, 'the database is back');
    } catch (error) {
      if (isStopping()) return 'stopping';
      if (error instanceof LockHeld) return error.lines.join(' ');
      if (error instanceof AddressChanged) return 'the database has another address now';
      return 'the database was away for too long';
    }
  }
};

/**
 * Runs one process of a live run until a stop is requested; `stopRequested` may have fired before
 * its code was loaded. Returns the exit code.
 */
export const runProcess = async (
  role: 'scanner' | 'positions',
  options: { readonly config?: string },
  stopRequested: AbortSignal,
): Promise<number> => {
  const world = await openRunWorld(role, options, stopRequested).catch((error: unknown) => {
    if (error instanceof Aborted) return null;
    throw error;
  });
  if (!world) return 0; // stopped before the start was complete
  const { live, link, log, settings$, mode, run, exchange } = world;
  const stop = new AbortController();
  const end = () => stop.abort();
  link.signal.addEventListener('abort', end, { once: true });
  if (link.signal.aborted) end();
  const hold: RoleLease = { role: world.place };
  const lost: string[] = [];
  void keepRoleLease(world, hold).then(reason => {
    lost.push(reason);
    end();
  });
  log.info(`${run.resumed ? 'resuming' : 'starting'} ${mode} run ${run.id}`);
  await world.alive();
  try {
    await drain(merge(settings$, role === 'scanner' ? scanning(world) : positions(world)), stop.signal);
    return 0;
  } catch (error) {
    if (link.signal.aborted) return 0;
    if (error instanceof Aborted && lost.length > 0) {
      log.error(`ends: ${lost.join()}`);
      return 1;
    }
    if (error instanceof Superseded || (error instanceof StoreError && error.transient)) {
      log.error(`ends: ${error.message}`);
      return 1;
    }
    throw error instanceof ExchangeFailure && error.next === 'stop' ? toUserError(error) : error;
  } finally {
    exchange.close();
    const why = link.orphaned()
      ? { reason: 'the process that started it was killed', requested: false }
      : { reason: STOPPED, requested: true };
    const { database } = world.configuration.settings;
    const reopen = (signal: AbortSignal) => reopened(database, signal);
    if (link.signal.aborted)
      await storeAtEnd(
        'storing the end of this process',
        () => live.saveStop(role, why).then(() => true),
        reopen,
        link.supervised ? SUPERVISED_PATIENCE_MS : TIMEOUT_MS,
      ).then(isStored => {
        if (!isStored && !link.supervised) log.warn(NOT_STORED);
      });
    await hold.role.release().catch(() => undefined);
    await world.close();
  }
};
