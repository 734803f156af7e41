import { merge } from 'rxjs';
import { setTimeout as pause } from 'node:timers/promises';
import { Aborted, UserError } from '../../lib/errors.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { Settings } from '../../lib/settings/settings.js';
import { openDatabase, type Database } from '../../lib/world/database/index.js';
import { elapsed } from '../../lib/world/clock.js';
import { PlaceTaken, Superseded, type RoleHandle } from '../../lib/world/store/live/index.js';
import { StoreError } from '../../lib/world/store/errors.js';
import { drain } from '../drain.js';
import { told as asUserError } from '../exchange.js';
import { STOPPED } from './stop-words.js';
import { reopened } from './opened-run.js';
import { positions } from './positions.js';
import { NOT_STORED, storeAtEnd } from './reach.js';
import { scanning } from './scanner.js';
import { openRunWorld, type RunWorld } from './world.js';

/** A database that is away for longer than this ends the process, which starts anew and replays what it missed. */
const AWAY_MS = 60_000;
const AGAIN_MS = 500;
/** How long storing that it stops waits for a database that went away; a supervisor does so too, and has more time. */
const PATIENCE_MS = 10_000;
const SUPERVISED_PATIENCE_MS = 2_000;

/** What holding a role takes of a live run's world. */
export interface HoldWorld {
  readonly role: RunWorld['role'];
  readonly live: Pick<RunWorld['live'], 'takeRole'>;
  readonly log: Pick<RunWorld['log'], 'info' | 'warn'>;
  readonly link: Pick<RunWorld['link'], 'signal' | 'beat'>;
  readonly database: Pick<Database, 'connection'>;
  readonly configuration: {
    readonly settings: { readonly database: Pick<Settings['database'], 'connectionString' | 'dataDir'> };
  };
}

/** The role of a process: another session's after each loss. */
export interface Hold {
  role: RoleHandle;
}

const addressOf = ({ connection: { host, port } }: Pick<Database, 'connection'>): string => `${host}:${port}`;

/**
 * Holds the role: where its session breaks since the database went away, takes it again as soon as that answers, and starts an
 * embedded database that died. Resolves, with the reason, when that fails for good, after `awayMs` at the latest: then another
 * process may have the role.
 */
export const holdRole = async (
  { live, log, link, role, configuration, database: before }: HoldWorld,
  hold: Hold,
  awayMs = AWAY_MS,
): Promise<string> => {
  const { connectionString, dataDir } = configuration.settings.database;
  const isStopping = () => link.signal.aborted;
  for (;;) {
    await hold.role.lost;
    if (isStopping()) return 'stopping';
    log.warn({ repeatKey: 'role-lost' }, 'the database went away; waiting for it');
    for (const since = elapsed(); ;) {
      if (isStopping()) return 'stopping';
      try {
        const database = await openDatabase({ connectionString, dataDir, signal: link.signal });
        await database.close(); // the process has an embedded one in use since its start
        if (addressOf(database) !== addressOf(before)) return 'the database has another address now';
        hold.role = await live.takeRole(role);
        log.info({ repeatKey: 'role-back' }, 'the database is back');
        break;
      } catch (error) {
        if (error instanceof UserError) {
          if (error instanceof PlaceTaken) return error.lines.join(' ');
          log.warn({ repeatKey: `role-lost ${error.lines[0]!}` }, error.lines.join(' '));
        }
        if (elapsed() - since > awayMs) return 'the database was away for too long';
        link.beat();
        await pause(AGAIN_MS);
      }
    }
  }
};

/** Runs one process of a live run until it is told to stop; `told` has fired where it was so while its code was loaded. Gives its exit code. */
export const runProcess = async (
  role: 'scanner' | 'positions',
  options: { readonly config?: string },
  told: AbortSignal,
): Promise<number> => {
  const world = await openRunWorld(role, options, told).catch((error: unknown) => {
    if (error instanceof Aborted) return null;
    throw error;
  });
  if (!world) return 0; // it was told to stop before it had begun
  const { live, link, log, settings$, mode, run, exchange } = world;
  const stop = new AbortController();
  const end = () => stop.abort();
  link.signal.addEventListener('abort', end, { once: true });
  if (link.signal.aborted) end();
  const hold: Hold = { role: world.place };
  const lost: string[] = [];
  void holdRole(world, hold).then(reason => {
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
    throw error instanceof ExchangeFailure && error.next === 'stop' ? asUserError(error) : error;
  } finally {
    exchange.close();
    const why = link.orphaned()
      ? { reason: 'the process that started it was killed', requested: false }
      : { reason: STOPPED, requested: true };
    const { database } = world.configuration.settings;
    const reopen = (signal: AbortSignal) => reopened(database, signal);
    if (link.signal.aborted)
      await storeAtEnd(
        'saying that this process ends',
        () => live.saveStop(role, why).then(() => true),
        reopen,
        link.supervised ? SUPERVISED_PATIENCE_MS : PATIENCE_MS,
      ).then(isStored => {
        if (!isStored && !link.supervised) log.warn(NOT_STORED);
      });
    await hold.role.release().catch(() => undefined);
    await world.close();
  }
};
