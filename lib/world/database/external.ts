import type { Client } from 'pg';
import { Aborted, UserError } from '../../errors.js';
import { outOfFiles } from '../open-files.js';
import {
  codeOf,
  connect,
  CONNECT_TIMEOUT_MS,
  DatabaseAway,
  withClient,
  type Connection,
  type Database,
} from './connection.js';
import { refuseSharedSessions } from './pooling.js';
import { chooseSchema, type Need, type SchemaFacts } from './schema-choice.js';
import { FORM, parseUrl } from './url.js';
import { wordsOf } from './words.js';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const MEND = 'Correct DATABASE_URL or database.connection_string.';
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'the user or the password is wrong',
  '28000': 'this user may not log in from here (see pg_hba.conf on the server)',
  '3D000': 'there is no such database (createdb makes one)',
  '42501': 'this user may not connect to this database',
};
/** Starting, stopping, full, out of resources: temporary. */
const LATER = /^(53\d{3}|57P0[1-4])$/;

/** Meaning of a failed connection, with the server's own message. It contains no secret. */
const faultOf = (title: string, { host, port }: Connection, error: unknown): UserError => {
  const full = outOfFiles(error);
  if (full) return full;
  const code = codeOf(error);
  const refusal = REFUSALS[code];
  const message = messageOf(error);
  const words = wordsOf(error);
  const said = words === '' ? '' : ` (${code}: ${words})`;
  if (refusal !== undefined)
    return new UserError([
      `The database ${title} refuses: ${refusal}${said}.`,
      /no encryption/.test(words) ? 'Add sslmode=require to the URL.' : MEND,
    ]);
  if (/SASL|password must be/i.test(message))
    return new UserError([
      `The database ${title} requires a password; none or an invalid one is set.`,
      `Expected: ${FORM}`,
    ]);
  if (/does not support SSL/.test(message))
    return new UserError([
      `The database ${title} does not offer TLS, but the URL demands it.`,
      'Take sslmode out of the URL, or switch TLS on at the server.',
    ]);
  if (/certificate|altnames/i.test(message) || code.startsWith('ERR_TLS'))
    return new UserError([
      `The certificate of ${host}:${port} is not trusted: ${message}.`,
      'Add sslrootcert=FILE to the URL.',
    ]);
  if (LATER.test(code))
    return new DatabaseAway([
      `The database ${title} accepts no connections now: it is starting, stopping or full${said}.`,
      'Try again in a moment.',
    ]);
  if (words !== '') return new UserError([`The database ${title} refuses${said}.`, MEND], 1);
  const why = /timeout|ETIMEDOUT/i.test(message)
    ? `no answer within ${CONNECT_TIMEOUT_MS / 1000} s`
    : code || 'the connection was cut';
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
  readonly readOnly: boolean;
  /** The schemas of the search path that exist and may be used, in its order. */
  readonly path: readonly SchemaFacts[];
  /** Other schemas in which the role may create tables. */
  readonly elsewhere: readonly string[];
}

const FACTS = `
  with usable as (
    select nspname as name, position, to_regclass(format('%I.mikro_orm_migrations', nspname)) as migrations,
      to_regclass(format('%I.run', nspname)) as run
    from unnest(current_schemas(false)) with ordinality as path (nspname, position) where nspname !~ '^pg_'),
  path as (
    select name, position, has_schema_privilege(name, 'create') as creates,
      coalesce(has_table_privilege(migrations, 'select'), false) as "hasTables",
      (select pg_get_userbyid(relowner) from pg_class where oid = migrations) as owner,
      coalesce(has_table_privilege(run, 'insert'), false) as inserts
    from usable)
  select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
    current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
    current_setting('default_transaction_read_only') = 'on' as "readOnly",
    coalesce((select json_agg(path order by position) from path), '[]') as path,
    coalesce((select json_agg(nspname order by nspname) from pg_namespace
      where nspname !~ '^(pg_|information_schema$)' and nspname <> all (current_schemas(false))
        and has_schema_privilege(nspname, 'create') and has_schema_privilege(nspname, 'usage')), '[]') as elsewhere`;

/** Problems that make a server unusable for any purpose. */
const objectionTo = ({ version, number, encoding }: Facts): readonly string[] | null => {
  if (number < 140_000) return [`runs PostgreSQL ${version}, expected 14 or newer`];
  if (encoding !== 'UTF8')
    return [
      `stores text as ${encoding}, expected UTF8`,
      "Make one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    ];
  return null;
};

const SECOND_MS = 5_000;

const look = async (client: Client, connection: Connection, title: string): Promise<Facts> => {
  const facts = (await client.query<Facts>(FACTS)).rows[0]!;
  const [what, ...advice] = objectionTo(facts) ?? [];
  if (what !== undefined) throw new UserError([`The database ${title} ${what}.`, ...advice]);
  try {
    const other = await connect(connection, { answerMs: SECOND_MS });
    await refuseSharedSessions(client, other, title).finally(() => other.end().catch(() => undefined));
  } catch (error) {
    if (!/timeout/i.test(messageOf(error))) throw error;
    throw new DatabaseAway([
      `The database ${title} opened no second session within ${SECOND_MS / 1_000} s; the bot needs several at once.`,
      'Give it more: pool_size of a pooler, max_connections of the server, CONNECTION LIMIT of the role.',
    ]);
  }
  return facts;
};

/** Tries each way of encryption in turn; returns the accepted one and the server's properties. */
const reach = async (text: string, signal?: AbortSignal) => {
  const { connection: target, tls } = parseUrl(text);
  const title = `${target.user}@${target.host}:${target.port}/${target.database}`;
  for (const [at, ssl] of tls.entries()) {
    const connection = { ...target, ...(ssl !== false && { ssl }) };
    try {
      return {
        connection,
        title,
        facts: await withClient(connection, client => look(client, connection, title), signal),
      };
    } catch (error) {
      if (error instanceof Aborted || error instanceof UserError) throw error;
      const isOfTls = codeOf(error) === '28000' || /does not support SSL/.test(messageOf(error));
      if (at + 1 < tls.length && isOfTls) continue;
      throw faultOf(title, connection, error);
    }
  }
  throw new Error('a database URL without any way to connect');
};

/**
 * Opens the PostgreSQL at `url`, for reading only if that is enough. Throws `UserError` without
 * showing the URL: exit code 2 if it refuses or does not suit; `DatabaseAway` (1) if it does not
 * answer or is read-only now.
 */
export const openExternal = async (url: string, need: Need, signal?: AbortSignal): Promise<Database> => {
  const { connection, title, facts } = await reach(url, signal);
  const { schema, canWrite, canMigrate } = chooseSchema({ ...facts, title, user: connection.user }, need);
  return {
    connection: { ...connection, schema },
    title: schema === 'public' ? title : `${title}, schema ${schema}`,
    canWrite,
    canMigrate,
    close: () => Promise.resolve(),
  };
};
