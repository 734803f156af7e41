import type { ConnectionOptions } from 'node:tls';
import { Client } from 'pg';
import { Aborted, UserError } from '../../errors.js';

/** Where a database answers: usable as it is by `pg` and MikroORM. Holds a secret. */
export interface Connection {
  /** A host name, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl?: boolean | ConnectionOptions;
}

/** A database that answered when it was opened. */
export interface Database {
  readonly connection: Connection;
  /** For people: `embedded PostgreSQL 18.4 in .data` or `user@host:5432/db`. Never a secret. */
  readonly title: string;
  /** Where an embedded one lives: a disk that is ours to look after. */
  readonly dataDir?: string;
  /**
   * Lets go of the database. An embedded one stops when its last live user has let go. With `othersStay` there surely is another
   * user, which lets go later: nothing is waited for.
   */
  close(othersStay?: boolean): Promise<void>;
}

/** The database does not answer, or takes nobody just now: nothing is known to be wrong with the settings, and waiting may help. */
export class DatabaseAway extends UserError {
  constructor(lines: readonly string[]) {
    super(lines, 1);
  }
}

export const CONNECT_TIMEOUT_MS = 3_000;

/** A connection of its own without time limits, for bulk reading and writing. */
export const connectForBulk = async (connection: Connection): Promise<Client> => {
  const client = new Client({
    ...connection,
    ssl: connection.ssl ?? false,
    application_name: 'crypto-bot',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // a loss between two queries is reported by the next one
  await client.connect();
  return client;
};

/** Runs `use` on a connection of its own, which is closed afterwards. Rejects with `Aborted` when `signal` fires meanwhile. */
export const withClient = async <T>(
  connection: Connection,
  use: (client: Client) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> => {
  if (signal?.aborted) throw new Aborted();
  const client = new Client({
    ...connection,
    ssl: connection.ssl ?? false,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: 30_000,
  });
  client.on('error', () => undefined); // a loss between two queries is reported by the next one
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Aborted());
    signal?.addEventListener('abort', abort, { once: true });
  });
  try {
    const work = client.connect().then(() => use(client));
    work.catch(() => undefined); // after an abort nobody waits for it
    return await Promise.race([work, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
    await Promise.race([client.end(), new Promise(resolve => setTimeout(resolve, 1_000).unref())]).catch(
      () => undefined,
    );
  }
};

/** The code of a PostgreSQL or operating-system error, or ''. */
export const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};
