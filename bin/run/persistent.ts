import { backoffMs } from '../../lib/exchange/backoff.js';
import type { Log } from '../../lib/log/log.js';
import { DISK_FULL } from '../../lib/world/disk.js';
import { randomFraction } from '../../lib/world/random.js';
import { rest } from '../../lib/world/rest.js';
import type { SuperviseeLink } from '../../lib/world/supervisor/index.js';
import { StoreError } from '../../lib/world/store/index.js';
import type { Persistent } from '../../lib/world/store/live/recovery.js';

const BACKOFF = { firstMs: 250, factor: 2, mostMs: 5_000 };

/**
 * Does what the database may not be up to now until it is done. What waiting cannot mend is thrown; once `signal` has fired,
 * so is what it can. `disk` names the database's disk.
 */
export const persistent =
  (
    log: Pick<Log, 'warn' | 'info'>,
    { signal, beat }: Pick<SuperviseeLink, 'signal' | 'beat'>,
    disk: () => Promise<string>,
  ): Persistent =>
  async (what, act) => {
    for (let tries = 0; ; tries++) {
      try {
        const result = await act();
        if (tries > 0) log.info({ repeatKey: `stored again ${what}` }, `the database answers again: ${what} is done`);
        return result;
      } catch (error) {
        if (!(error instanceof StoreError) || !error.transient || signal.aborted) throw error;
        beat(); // it is at work: a database that is away is nobody's fault here
        if (error.code === DISK_FULL)
          // One line for all that waits for the same disk.
          log.warn(
            { repeatKey: 'database-disk-full' },
            `the database's disk is full (${await disk()}): nothing is decided until there is room`,
          );
        else log.warn({ repeatKey: `store ${what}` }, `${error.message}; it is tried again until it is done`);
        await rest(backoffMs(tries, BACKOFF, randomFraction()), signal);
      }
    }
  };
