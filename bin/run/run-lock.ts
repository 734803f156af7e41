import { ROLES } from '../../entities/process-state.js';
import type { Log } from '../../lib/ops/log.js';
import { constantWait } from '../../lib/retry.js';
import type { Connection } from '../../lib/world/database/index.js';
import type { DurationMs } from '../../lib/units.js';
import { sleep } from '../../lib/world/sleep.js';
import { withRetry } from '../../lib/world/retry.js';
import { LockHeld, takeRole, type RoleHandle } from '../../lib/world/store/live/roles.js';

/** Remaining processes of a killed run end by themselves within five seconds. */
export const LEFT_BEHIND_MS = 10_000;
const RETRY_DELAY_MS = 1_000;
/**
 * A server that was cut off, not stopped, keeps our own lost session for up to half a minute: until
 * then the holder of the lock may be ourselves.
 */
const BACK_MS = 40_000;

/** The lock of the only run on a database. */
export interface RunLock {
  /**
   * Resolves with the reason when another run has taken the lock: the caller then stops its
   * processes.
   */
  readonly superseded: Promise<string>;
  release(): Promise<void>;
}

/** How the lock is held. */
export interface OnlyRunOptions {
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signal: AbortSignal;
  /**
   * Reconnects to a database that went away, and returns where it answers now; default: the same
   * address.
   */
  readonly reopen?: () => Promise<Connection>;
  /** How long to wait for another holder once the database is back. */
  readonly backMs?: DurationMs;
}

/**
 * Locks out other runs, and waits for the processes of one that was killed. A lost lock is taken
 * again. Throws `LockHeld`, which names the holder, if another run is under way or another
 * process has a role.
 */
export const acquireRunLock = async (
  connection: Connection,
  { log, signal: stopRequested, reopen = () => Promise.resolve(connection), backMs = BACK_MS }: OnlyRunOptions,
): Promise<RunLock> => {
  const over = new AbortController();
  const signal = AbortSignal.any([stopRequested, over.signal]);
  let place: RoleHandle = await takeRole(connection, 'run', { signal });
  const free = await Promise.allSettled(
    ROLES.map(async role => {
      const onWait = (holder: string) =>
        log.info(
          `the role "${role}" is still taken by ${holder}: waiting up to ${LEFT_BEHIND_MS / 1_000} s for it to end, as processes of a killed run do`,
        );
      const taken = await takeRole(connection, role, { timeoutMs: LEFT_BEHIND_MS, onWait, signal });
      await taken.release();
    }),
  );
  for (const outcome of free)
    if (outcome.status === 'rejected') {
      await place.release();
      throw outcome.reason;
    }

  /** Takes the lock again after each loss. */
  const hold = async (): Promise<never> => {
    for (;;) {
      await place.lost;
      await sleep(RETRY_DELAY_MS, signal);
      place = await withRetry(async () => takeRole(await reopen(), 'run', { signal, timeoutMs: backMs }), {
        ...constantWait(RETRY_DELAY_MS),
        signal,
        mayRepeat: error => !(error instanceof LockHeld) && !signal.aborted,
        onFailure: () => log.warn({ repeatKey: 'run-lost' }, 'the database went away; waiting for it'),
      });
      if (signal.aborted) await place.release(); // `release` was called for the session before
    }
  };
  const superseded = new Promise<string>(resolve => {
    hold().catch((error: unknown) => {
      if (error instanceof LockHeld) resolve(error.lines[0]!); // any other error: the run is stopping
    });
  });
  return {
    superseded,
    release: () => {
      over.abort();
      return place.release();
    },
  };
};
