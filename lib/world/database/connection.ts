import { Client } from 'pg';
import { Aborted, UserError } from '../../errors.js';
import type { DurationMs } from '../../units.js';
import { replaceVariables } from '../environment.js';
import { sessionSql, type Limits } from './session.js';

/** How a connection is encrypted. Plain values, since it is passed to threads. */
export interface Tls {
  /** Certificates in PEM: trusted ones instead of the usual authorities, and our own. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Whether the server's certificate must be trusted; default true. */
  readonly rejectUnauthorized?: boolean;
  /** Whether it must match the requested host; default true. */
  readonly checksHost?: boolean;
}

/** Address and credentials of a database. Holds a secret. */
export interface Connection {
  /** A host name, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl?: boolean | Tls;
  /** The schema with all of the bot's tables; default: the server's search path decides. */
  readonly schema?: string;
  /** Additional settings of the URL (`options=-c name=value`). */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A database that answered when it was opened. */
export interface Database {
  readonly connection: Connection;
  /** For people: `embedded PostgreSQL 18.4 in .data` or `user@host:5432/db`. Never a secret. */
  readonly title: string;
  /** Folder of an embedded one: its disk is ours to watch. */
  readonly dataDir?: string;
  /** False for a role with SELECT alone, a standby, a read-only server. */
  readonly canWrite: boolean;
  /** False if the role must not create tables: only the owner can migrate the schema then. */
  readonly canMigrate: boolean;
  /**
   * Releases the database. An embedded one stops when its last live user has released it. With
   * `othersStay` another user is known to release it later: nothing is waited for.
   */
  close(othersStay?: boolean): Promise<void>;
}

/** The database does not answer or accepts no connections now; waiting may help. */
export class DatabaseAway extends UserError {
  constructor(lines: readonly string[]) {
    super(lines, 1);
  }
}

/** Time limit of connecting to a server. */
export const CONNECT_TIMEOUT_MS = 3_000;

/** Purpose of a connection. */
export interface SessionOptions extends Limits {
  /** Its name in the server's list of sessions. */
  readonly title?: string;
  /** Timeout of an answer; default none. */
  readonly answerMs?: DurationMs;
  readonly keepAlive?: boolean;
}

/** Options of pg and MikroORM for a connection, with its encryption. */
export const driverOptions = ({ host, port, user, password, database, ssl = false }: Connection) => {
  // Only the URL determines the database: pg would fill gaps from PGHOST, PGOPTIONS and so on.
  replaceVariables('PG', {});
  const tls = (({ checksHost = true, ...rest }: Tls) => ({
    ...rest,
    // pg does not pass the host on: for an IP address Node would expect "localhost" in the
    // certificate.
    ...(checksHost ? { host } : { checkServerIdentity: () => undefined }),
  }))(typeof ssl === 'object' ? ssl : {});
  return { host, port, user, password, database, ssl: ssl === false ? false : tls };
};

/** A client that is not connected yet. */
export const newClient = (
  connection: Connection,
  { title = 'crypto-bot', answerMs, keepAlive = false }: SessionOptions = {},
): Client => {
  const client = new Client({
    ...driverOptions(connection),
    // A function: without a password pg would read ~/.pgpass, and warn about it.
    password: () => connection.password,
    application_name: title.slice(0, 63), // PostgreSQL cuts it there
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive,
    ...(answerMs !== undefined && { query_timeout: answerMs }),
  });
  client.on('error', () => undefined); // a loss between two queries is reported by the next one, and by 'end'
  return client;
};

/** Connects a client and sets the session settings that all our sessions have. */
export const beginSession = async (client: Client, connection: Connection, limits?: Limits): Promise<void> => {
  await client.connect();
  await client.query(sessionSql(connection, limits));
};

/** Closes a session without a farewell, whose answer a dead connection would await for ever. */
export const breakOff = (client: Client): void =>
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();

/** A connection of its own; the caller ends it. */
export const connect = async (connection: Connection, options: SessionOptions = {}): Promise<Client> => {
  const client = newClient(connection, options);
  try {
    await beginSession(client, connection, options);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
};

/** A connection of its own without time limits, for bulk reading and writing. */
export const connectForBulk = (connection: Connection): Promise<Client> => connect(connection);

const ANSWER_MS = 30_000;
const FAREWELL_MS = 1_000;

/**
 * Runs `use` on a connection of its own, which is closed afterwards. Rejects with `Aborted` when
 * `signal` fires meanwhile.
 */
export const withClient = async <T>(
  connection: Connection,
  use: (client: Client) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> => {
  if (signal?.aborted) throw new Aborted();
  const client = newClient(connection, { answerMs: ANSWER_MS });
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Aborted());
    signal?.addEventListener('abort', abort, { once: true });
  });
  try {
    const work = beginSession(client, connection).then(() => use(client));
    work.catch(() => undefined); // after an abort the result is ignored
    return await Promise.race([work, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
    await Promise.race([client.end(), new Promise(resolve => setTimeout(resolve, FAREWELL_MS).unref())]).catch(
      () => undefined,
    );
  }
};

/** The code of a PostgreSQL or operating-system error, or ''. */
export const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};
