import type { Log } from '../../ops/log.js';
import { DISK_FULL } from '../disk.js';
import { randomFraction } from '../random.js';
import { withRetry } from '../retry.js';
import type { SuperviseeLink } from '../supervisor/index.js';
import { StoreError } from './errors.js';

/** Retries a database operation until it succeeds. `what` names it in the log. */
export type Persistent = <T>(what: string, act: () => Promise<T>) => Promise<T>;

const BACKOFF = { firstMs: 250, factor: 2, maxMs: 5_000 };

/**
 * Retries database operations until they succeed. Permanent errors are rethrown; after `signal`
 * fires, transient ones are too. `disk` names the database's disk.
 */
export const persistent =
  (
    log: Pick<Log, 'warn' | 'info'>,
    { signal, beat }: Pick<SuperviseeLink, 'signal' | 'beat'>,
    disk: () => Promise<string>,
  ): Persistent =>
  async (what, act) => {
    const retries = { failed: false };
    const report = async (error: unknown): Promise<void> => {
      retries.failed = true;
      beat(); // the process works: an unreachable database is no reason to restart it
      const { code, message } = error as StoreError;
      if (code === DISK_FULL)
        // One line for all operations that wait for the same disk.
        log.warn(
          { repeatKey: 'database-disk-full' },
          `the database's disk is full (${await disk()}): nothing is decided until there is room`,
        );
      else log.warn({ repeatKey: `store ${what}` }, `${message}; retrying until it succeeds`);
    };
    const result = await withRetry(act, {
      backoff: BACKOFF,
      random: randomFraction,
      signal,
      mayRepeat: error => error instanceof StoreError && error.transient && !signal.aborted,
      onFailure: report,
    });
    if (retries.failed)
      log.info({ repeatKey: `stored again ${what}` }, `the database answers again: ${what} succeeded`);
    return result;
  };
