import type { Connection, Database } from './connection.js';
import { openEmbedded, runningEmbedded } from './embedded.js';
import { openExternal } from './external.js';
import type { Need } from './schema-choice.js';

export type { Need } from './schema-choice.js';
export { serverOf } from './url.js';
export { breakOff, connectForBulk, DatabaseAway, type Connection, type Database } from './connection.js';

/** Options of `openDatabase`. */
export interface DatabaseOptions {
  /** `embedded`, or the URL of a PostgreSQL 14 or newer. A secret. */
  readonly connectionString: string;
  /** Where the embedded database lives. */
  readonly dataDir: string;
  /** Required access; default writing. */
  readonly need?: Need;
  /** Reports waits that a person would notice. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens the database and makes sure that it answers, is new enough and stores UTF-8. Throws
 * `UserError`: exit code 2 for one that refuses or that is behind a pooler which shares its
 * sessions, 1 for one that cannot be started, `DatabaseAway` (1) for one that does not answer or is
 * read-only now; `Aborted` when `signal` fires.
 */
export const openDatabase = ({ connectionString, need = 'writing', ...options }: DatabaseOptions): Promise<Database> =>
  connectionString === 'embedded' ? openEmbedded(options) : openExternal(connectionString, need, options.signal);

/**
 * The address of the database if it runs, for a check from outside: starts nothing. Null if an
 * embedded one does not run. Throws as `openDatabase` does.
 *
 * @public scripts/heartbeat.mjs loads it at run time
 */
export const runningDatabase = async ({ connectionString, dataDir }: DatabaseOptions): Promise<Connection | null> =>
  connectionString === 'embedded'
    ? runningEmbedded(dataDir)
    : (await openExternal(connectionString, 'reading')).connection;
