import { Aborted } from '../../lib/errors.js';
import type { Log } from '../../lib/ops/log.js';
import { constantWait } from '../../lib/retry.js';
import type { DurationMs } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { DatabaseAway, serverOf } from '../../lib/world/database/index.js';
import { randomFraction } from '../../lib/world/random.js';
import { withRetry } from '../../lib/world/retry.js';
import { guarded, StoreError } from '../../lib/world/store/errors.js';

/** How a start waits for the database. */
export interface Waiter {
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Called at each try: a process that waits is alive. */
  readonly beat: () => void;
  /** Logged after the reason: how to stop waiting; default ''. */
  readonly hint?: string;
  /** Address of an external server; null for an embedded one, which logs its own progress. */
  readonly where: string | null;
}

/**
 * The address of an external server; null for an embedded one. Throws `UserError` for an invalid
 * URL.
 */
export const addressOf = (connectionString: string): string | null => {
  if (connectionString === 'embedded') return null;
  const { host, port } = serverOf(connectionString);
  return `${host}:${port}`;
};

/** Hint for a user who waits at a terminal. */
export const HOW_TO_STOP = ' Ctrl-C stops.';

const BACKOFF = { firstMs: 250, factor: 2, maxMs: 2_000 };
/** A connection that takes longer is logged. */
const SAY_AFTER_MS = 900;

/**
 * Why the database does not answer now, in one line; null for errors that waiting does not solve.
 */
const awayText = (error: unknown): string | null => {
  if (error instanceof DatabaseAway) return error.lines.slice(0, 2).join(' '); // the cause, and what to do
  return error instanceof StoreError && error.transient ? `${error.message}.` : null;
};

/**
 * Runs the database part of a start. While the database is unreachable, or if it goes away in the
 * middle, the whole start is repeated without limit: `start` has released everything when it
 * rejects, and calls `reached` when the database has answered. Logs within a second that it waits,
 * then once a minute. Rethrows permanent errors, and throws `Aborted` when `signal` fires.
 */
export const startWaiting = async <T>(
  start: (reached: () => void) => Promise<T>,
  { log, signal, beat, where, hint = '' }: Waiter,
): Promise<T> => {
  const waits = { said: false };
  const say = (why: string) => {
    waits.said = true;
    log.warn({ repeatKey: 'waiting for the database' }, `waiting for the database: ${why}${hint}`);
  };
  const silence = where === null ? undefined : setTimeout(say, SAY_AFTER_MS, `no answer from ${where} yet.`);
  const reached = () => clearTimeout(silence);
  try {
    const started = await withRetry(() => start(reached), {
      backoff: BACKOFF,
      random: randomFraction,
      signal,
      mayRepeat: error => !signal.aborted && awayText(error) !== null,
      onFailure: error => {
        reached();
        say(awayText(error)!);
        beat();
      },
    });
    if (waits.said) log.info({ repeatKey: 'database-reached' }, 'the database answers');
    return started;
  } catch (error) {
    throw signal.aborted && !(error instanceof Aborted) ? new Aborted() : error;
  } finally {
    reached();
  }
};

const LAST_WAIT = constantWait(100);

/** Logged if a stop could not be stored. */
export const NOT_STORED =
  'the database did not answer: the reason of this stop is not stored, and "bot status" will show this run as killed';

/**
 * Runs the database part of a stop, and repeats it after `reopen` if the database went away, for
 * `timeoutMs` at most. `what` names it in errors. Never rejects: resolves to null if it failed.
 */
export const storeAtEnd = <T>(
  what: string,
  act: () => Promise<T>,
  reopen: (signal: AbortSignal) => Promise<unknown>,
  timeoutMs: DurationMs,
): Promise<T | null> => {
  const until = elapsed() + timeoutMs;
  return withRetry(() => guarded(what, act), {
    ...LAST_WAIT,
    mayRepeat: error => awayText(error) !== null && elapsed() < until,
    onFailure: () => reopen(AbortSignal.timeout(Math.max(1, Math.ceil(until - elapsed())))).catch(() => undefined),
  }).catch(() => null);
};
