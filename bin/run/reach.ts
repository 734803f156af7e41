import { setTimeout as pause } from 'node:timers/promises';
import { Aborted } from '../../lib/errors.js';
import { backoffMs } from '../../lib/exchange/backoff.js';
import type { Log } from '../../lib/log/log.js';
import type { DurationMs } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { DatabaseAway, serverOf } from '../../lib/world/database/index.js';
import { randomFraction } from '../../lib/world/random.js';
import { rest } from '../../lib/world/rest.js';
import { guarded, StoreError } from '../../lib/world/store/errors.js';

/** How a start, or a stop, that needs the database waits for it. */
export interface Waiter {
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Called at each try: whoever waits is at work. */
  readonly beat: () => void;
  /** What is said besides the reason, as how to stop it; nothing unless told. */
  readonly hint?: string;
  /** Where a server that is not ours is asked for; null for an embedded one, which says by itself what takes long. */
  readonly where: string | null;
}

/** Where a server that is not ours is asked for; null for an embedded one. Throws `UserError` for a URL that cannot be understood. */
export const addressOf = (connectionString: string): string | null => {
  if (connectionString === 'embedded') return null;
  const { host, port } = serverOf(connectionString);
  return `${host}:${port}`;
};

/** Whoever waits at a terminal can stop it. */
export const HOW_TO_STOP = ' Ctrl-C stops.';

const BACKOFF = { firstMs: 250, factor: 2, mostMs: 2_000 };
/** An answer that takes longer is worth a line. */
const SAY_AFTER_MS = 900;

/** What is wrong, in a line, where it is only that the database does not answer now; null for what waiting does not mend. */
const awayText = (error: unknown): string | null => {
  if (error instanceof DatabaseAway) return error.lines.slice(0, 2).join(' '); // what is wrong, and what to do
  return error instanceof StoreError && error.transient ? `${error.message}.` : null;
};

/**
 * Does all that a start has to do with the database. Where that goes away in the middle, or is not there yet, it is waited for, however
 * long, and the start begins anew: `start` has let go of everything by then. It calls `reached` when the database has answered. Says
 * within a second that it waits, then once a minute. Throws what waiting does not mend, and `Aborted` when `signal` fires.
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
    for (let tries = 0; ; tries++) {
      try {
        const started = await start(reached);
        if (waits.said) log.info({ repeatKey: 'database-reached' }, 'the database answers');
        return started;
      } catch (error) {
        if (signal.aborted) throw error instanceof Aborted ? error : new Aborted();
        const why = awayText(error);
        if (why === null) throw error;
        reached();
        say(why);
        beat();
        await rest(backoffMs(tries, BACKOFF, randomFraction()), signal);
      }
    }
  } finally {
    reached();
  }
};

const LAST_PAUSE_MS = 100;

/** What is said of a stop that could not be stored. */
export const NOT_STORED =
  'the database did not answer: why this run stopped is not stored, and "bot status" will take it for one that was killed';

/**
 * Does what a stop still has to do with the database, once more whenever that went away meanwhile and `reopen` has brought it back,
 * for so long at most. Null where it could not be done.
 */
export const storeAtEnd = async <T>(
  what: string,
  act: () => Promise<T>,
  reopen: (signal: AbortSignal) => Promise<unknown>,
  patienceMs: DurationMs,
): Promise<T | null> => {
  for (const began = elapsed(); ;) {
    try {
      return await guarded(what, act);
    } catch (error) {
      const left = patienceMs - (elapsed() - began);
      if (awayText(error) === null || left <= 0) return null;
      await reopen(AbortSignal.timeout(Math.ceil(left))).catch(() => undefined);
      await pause(LAST_PAUSE_MS);
    }
  }
};
