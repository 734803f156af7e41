import { Client } from 'pg';
import { Aborted, UserError } from '../../errors.js';
import { outOfFiles } from '../open-files.js';
import { codeOf, CONNECT_TIMEOUT_MS, DatabaseAway, withClient, type Connection, type Database } from './connection.js';

const FORM = 'postgres://user:password@host:5432/database';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** sslmode means what it means to every other client of PostgreSQL, without the driver's warnings. */
const withUsualTls = (url: string): string =>
  url.includes('sslmode=') && !url.includes('uselibpqcompat=') ? `${url}&uselibpqcompat=true` : url;

/** A raw @, # or / in a password moves parts of it into other parts of the URL, whence they would get into messages. */
const isSound = (url: string): boolean =>
  URL.canParse(url) &&
  /^postgres(ql)?:$/.test(new URL(url).protocol) &&
  /^[^/?#]*(\/[^/?#@]*)?(\?[^#@]*)?$/.test(url.replace(/^\w+:\/\//, ''));

/** What a database URL says. Throws `UserError` (2), which does not show it, if it cannot be understood. */
export const connectionOf = (url: string): Connection => {
  const malformed = new UserError([
    'The database URL (DATABASE_URL or database.connection_string) cannot be understood. It is not shown, as it may hold a password.',
    `Expected: ${FORM}, or: embedded`,
    'Write these characters of the password as codes: @ %40, # %23, / %2F, ? %3F, % %25, : %3A',
  ]);
  if (!isSound(url)) throw malformed;
  try {
    const { host, port, user = '', password, database = '', ssl } = new Client({ connectionString: withUsualTls(url) });
    return { host, port, user, password: password ?? '', database, ...(ssl ? { ssl } : {}) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new UserError(['A certificate or key file that the database URL names is not there.']);
    throw /sslrootcert/.test(messageOf(error))
      ? new UserError([
          'The database URL says sslmode=verify-ca, which needs sslrootcert=FILE, or sslmode=verify-full.',
        ])
      : malformed;
  }
};

const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'the user or the password is wrong',
  '28000': 'this user may not log in from here (see pg_hba.conf on the server)',
  '3D000': 'there is no such database (createdb makes one)',
  '42501': 'this user may not connect to this database',
};

/** Says in one line what a failed connection means. The driver's own words are only used where they cannot hold a secret. */
const faultOf = (title: string, { host, port }: Connection, error: unknown): UserError => {
  const full = outOfFiles(error);
  if (full) return full;
  const refusal = REFUSALS[codeOf(error)];
  const message = messageOf(error);
  if (refusal !== undefined)
    return new UserError([
      `The database ${title} refuses: ${refusal}.`,
      'Mend DATABASE_URL or database.connection_string.',
    ]);
  if (/SASL|password must be a string/.test(message))
    return new UserError([
      `The database ${title} wants a password, and none or an unusable one is set.`,
      `Expected: ${FORM}`,
    ]);
  if (/does not support SSL/.test(message))
    return new UserError([
      `The database ${title} does not offer TLS, but the URL demands it.`,
      'Take sslmode out of the URL, or switch TLS on at the server.',
    ]);
  if (/certificate|altnames/i.test(message) || codeOf(error).startsWith('ERR_TLS'))
    return new UserError([
      `The certificate of ${host}:${port} is not trusted: ${message}.`,
      'Add sslrootcert=FILE to the URL.',
    ]);
  if (/^(53300|57P03|57P01)$/.test(codeOf(error)))
    return new DatabaseAway([
      `The database ${title} cannot take us now: it is starting, stopping or full.`,
      'Try again in a moment.',
    ]);
  const why = /timeout|ETIMEDOUT/i.test(message)
    ? `no answer within ${CONNECT_TIMEOUT_MS / 1000} s`
    : codeOf(error) || 'the connection was cut';
  return new DatabaseAway([
    `The database at ${host}:${port} cannot be reached: ${why}.`,
    'Start it, or check host and port in DATABASE_URL or database.connection_string.',
  ]);
};

interface Facts {
  readonly version: string;
  readonly number: number;
  readonly encoding: string;
  readonly standby: boolean;
  readonly creates: boolean;
}

const FACTS = `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
  current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS creates`;

const objectionTo = (
  { version, number, encoding, standby, creates }: Facts,
  user: string,
): readonly string[] | null => {
  if (number < 140_000) return [`runs PostgreSQL ${version}, expected 14 or newer`];
  if (encoding !== 'UTF8')
    return [
      `stores text as ${encoding}, expected UTF8`,
      "Make one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    ];
  if (standby) return ['is a standby, which is read-only', 'Point DATABASE_URL to the primary.'];
  if (!creates)
    return [
      `does not let ${user} make tables`,
      `As its owner, run in that database: GRANT CREATE ON SCHEMA public TO "${user}"`,
    ];
  return null;
};

/** Opens the PostgreSQL at `url`. Throws `UserError` without showing the URL: exit code 2 if it refuses or does not suit, 1 if it is away. */
export const openExternal = async (url: string, signal?: AbortSignal): Promise<Database> => {
  const connection = connectionOf(url);
  const { user, host, port, database } = connection;
  const title = `${user}@${host}:${port}/${database}`;
  let facts: Facts | undefined;
  try {
    facts = (await withClient(connection, client => client.query<Facts>(FACTS), signal)).rows[0];
  } catch (error) {
    throw error instanceof Aborted ? error : faultOf(title, connection, error);
  }
  const [what, ...advice] = (facts && objectionTo(facts, user)) ?? [];
  if (what !== undefined) throw new UserError([`The database ${title} ${what}.`, ...advice]);
  return { connection, title, close: () => Promise.resolve() };
};
