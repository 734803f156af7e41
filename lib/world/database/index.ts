import type { Connection, Database } from './connection.js';
import { openEmbedded, runningEmbedded } from './embedded.js';
import { connectionOf, openExternal } from './external.js';

export { connectionOf } from './external.js';
export { connectForBulk, DatabaseAway, type Connection, type Database } from './connection.js';

/** What `openDatabase` needs to know. */
export interface DatabaseOptions {
  /** `embedded`, or the URL of a PostgreSQL 14 or newer. A secret. */
  readonly connectionString: string;
  /** Where the embedded database lives. */
  readonly dataDir: string;
  /** Told about waits that a person would notice. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens the database and makes sure that it answers, is new enough and stores UTF-8.
 * Throws `UserError`: exit code 2 for one that refuses, 1 for one that cannot be started, `DatabaseAway` (1) for one that does not
 * answer; `Aborted` when `signal` fires.
 */
export const openDatabase = ({ connectionString, ...options }: DatabaseOptions): Promise<Database> =>
  connectionString === 'embedded' ? openEmbedded(options) : openExternal(connectionString, options.signal);

/**
 * Where the database answers if it runs, for whoever only wants to look: nothing is started, and nothing asked yet. Null where an
 * embedded one does not run. Throws `UserError` for a URL that cannot be understood.
 *
 * @public scripts/heartbeat.mjs loads it at run time
 */
export const runningDatabase = ({ connectionString, dataDir }: DatabaseOptions): Connection | null =>
  connectionString === 'embedded' ? runningEmbedded(dataDir) : connectionOf(connectionString);
