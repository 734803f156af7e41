import { UserError } from '../../lib/errors.js';
import type { Log } from '../../lib/log/log.js';
import type { Database } from '../../lib/world/database/index.js';
import { rest } from '../../lib/world/rest.js';
import type { SuperviseeLink } from '../../lib/world/supervisor/index.js';

const AGAIN_MS = 1_000;

/**
 * Opens the database. A supervised process waits for one that is away, however long, and says why once a minute: the supervisor
 * has reached it before, and would start the process anew at ever longer intervals. Else throws as `open` does.
 */
export const reachDatabase = async (
  open: () => Promise<Database>,
  log: Pick<Log, 'info' | 'warn'>,
  { supervised, signal, beat }: Pick<SuperviseeLink, 'supervised' | 'signal' | 'beat'>,
): Promise<Database> => {
  for (let tries = 0; ; tries++) {
    try {
      const database = await open();
      if (tries > 0) log.info({ repeatKey: 'reached' }, 'the database is back');
      return database;
    } catch (error) {
      if (!supervised || signal.aborted || !(error instanceof UserError) || error.exitCode !== 1) throw error;
      log.warn({ repeatKey: `reach ${error.lines[0]!}` }, error.lines.join(' '));
      beat();
      await rest(AGAIN_MS, signal);
    }
  }
};
