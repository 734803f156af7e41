import { ROLES } from '../../entities/process-state.js';
import type { Log } from '../../lib/log/log.js';
import type { Connection } from '../../lib/world/database/index.js';
import type { DurationMs } from '../../lib/units.js';
import { rest } from '../../lib/world/rest.js';
import { PlaceTaken, takeRole, type RoleHandle } from '../../lib/world/store/live/roles.js';

/** What is left of a run that was killed ends by itself within five seconds. */
export const LEFT_BEHIND_MS = 10_000;
const AGAIN_MS = 1_000;
/**
 * A server that was cut off, not stopped, believes for up to half a minute that our own lost session still lives: whoever has the
 * place by then may be ourselves.
 */
const BACK_MS = 40_000;

/** That this is the only run on its database. */
export interface OnlyRun {
  /** Resolves, with the reason, once another one is: whoever looks after processes then stops them. */
  readonly superseded: Promise<string>;
  release(): Promise<void>;
}

/** How the place of the only run is held. */
export interface OnlyRunOptions {
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signal: AbortSignal;
  /** Brings back a database that went away, and says where it answers now; where it did unless told. */
  readonly reopen?: () => Promise<Connection>;
  /** For so long another holder is waited for once the database is back. */
  readonly backMs?: DurationMs;
}

/**
 * Keeps other runs off the database from now on, and waits for the processes of one that was killed. A place that was lost is taken
 * again. Throws `PlaceTaken`, which names the holder, if another run is under way or another process has a role.
 */
export const becomeOnlyRun = async (
  connection: Connection,
  { log, signal: told, reopen = () => Promise.resolve(connection), backMs = BACK_MS }: OnlyRunOptions,
): Promise<OnlyRun> => {
  const over = new AbortController();
  const signal = AbortSignal.any([told, over.signal]);
  let place: RoleHandle = await takeRole(connection, 'run', { signal });
  const free = await Promise.allSettled(
    ROLES.map(async role => {
      const onWait = (holder: string) =>
        log.info(
          `the role "${role}" is still taken by ${holder}: it has ${LEFT_BEHIND_MS / 1_000} s to end, as it does where its run was killed`,
        );
      const taken = await takeRole(connection, role, { patienceMs: LEFT_BEHIND_MS, onWait, signal });
      await taken.release();
    }),
  );
  for (const outcome of free)
    if (outcome.status === 'rejected') {
      await place.release();
      throw outcome.reason;
    }

  /** Takes the place again whenever the database was away. */
  const hold = async (): Promise<string> => {
    for (;;) {
      await place.lost;
      for (let back = false; !back;) {
        await rest(AGAIN_MS, signal);
        try {
          place = await takeRole(await reopen(), 'run', { signal, patienceMs: backMs });
          back = true;
          if (signal.aborted) await place.release(); // nobody holds it any more
        } catch (error) {
          if (error instanceof PlaceTaken) return error.lines[0]!;
          if (signal.aborted) throw error;
          log.warn({ repeatKey: 'run-lost' }, 'the database went away; waiting for it');
        }
      }
    }
  };
  const superseded = new Promise<string>(resolve => {
    hold().then(resolve, () => undefined); // it is stopped
  });
  return {
    superseded,
    release: () => {
      over.abort();
      return place.release();
    },
  };
};
