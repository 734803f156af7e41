import { expect } from 'chai';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier as name } from 'pg';
import { acquireRunLock } from '../../../bin/run/run-lock.js';
import { openDatabase, type Connection } from '../../../lib/world/database/index.js';
import { migrate } from '../../../lib/world/store/migrate.js';
import { MISSING, startRun, writeConfig } from '../../bin/live-run.js';
import { until, urlOf } from '../../bin/child.js';
import { openOddServer, PASSWORD, type OddServer } from '../../support/odd-server.js';
import { pgBouncerProgram, startPgBouncer } from '../../support/pgbouncer.js';
import { CERTIFICATE, startPooler } from '../../support/pooler.js';
import { BROKEN_LIVE } from '../store/live/invariants.js';

type Settings = Readonly<Record<string, string>>;

/**
 * What a server, a database or a role may set for each session. Settings with nothing in common are
 * set together.
 */
const SETTINGS: Readonly<Record<string, Settings>> = {
  'DateStyle SQL, DMY, other intervals, an odd time zone, serializable transactions': {
    datestyle: `'SQL, DMY'`,
    intervalstyle: 'sql_standard',
    timezone: `'Asia/Kathmandu'`,
    default_transaction_isolation: `'serializable'`,
    default_transaction_deferrable: 'on',
  },
  'DateStyle German, where clocks go forward, literals and names of another dialect': {
    datestyle: `'German'`,
    intervalstyle: 'iso_8601',
    timezone: `'America/New_York'`,
    standard_conforming_strings: 'off',
    backslash_quote: 'on',
    escape_string_warning: 'off',
    transform_null_equals: 'on',
    quote_all_identifiers: 'on',
    array_nulls: 'off',
    client_encoding: 'latin1',
  },
  'DateStyle Postgres, DMY, few digits and escaped bytes': {
    datestyle: `'Postgres, DMY'`,
    intervalstyle: 'postgres_verbose',
    timezone: `'<+14>-14'`,
    extra_float_digits: '-15',
    bytea_output: 'escape',
  },
  'time limits for web requests': {
    statement_timeout: `'1500ms'`,
    lock_timeout: `'100ms'`,
    idle_in_transaction_session_timeout: `'100ms'`,
    idle_session_timeout: `'1500ms'`,
    transaction_timeout: `'1500ms'`,
  },
};

/** What a shell may say of another database. */
const PG_VARIABLES: Settings = {
  PGHOST: '/nowhere',
  PGPORT: '1',
  PGUSER: 'nobody',
  PGPASSWORD: 'wrong',
  PGDATABASE: 'strange',
  PGSSLMODE: 'require',
  PGOPTIONS: '-c datestyle=German -c search_path=nowhere',
  PGAPPNAME: 'strange',
  PGCLIENTENCODING: 'latin1',
  PGTZ: 'Asia/Tokyo',
};
const STRANGE = `O'Brien's "own" \\ %20 ü`;
/** Tables that no part of the life below fills. */
const EMPTY =
  /^(process_state|coin_reference|download|market_quality|fill_book|damaged_minutes|confirmed_stretch|strategy_check|strategy_version)$/;

describe('on a database that somebody else set up, a bot', function () {
  this.timeout(120_000);
  let server: OddServer;
  let expected: Awaited<ReturnType<OddServer['live']>>;

  /** Everything that results from a bot's life is the same as on a plain database. */
  const isSame = async (databaseUrl: string): Promise<void> => {
    const { rows, ...rest } = await server.live(databaseUrl);
    for (const [part, found] of Object.entries(rest))
      expect(found, part).to.deep.equal(expected[part as keyof typeof rest]);
    for (const [table, stored] of Object.entries(rows)) expect(stored, table).to.deep.equal(expected.rows[table]);
  };
  /** Lets every session of a database begin with these settings. */
  const set = async (database: string, settings: Settings): Promise<void> => {
    await server.sql(
      ...Object.entries(settings).map(([key, value]) => `ALTER DATABASE ${name(database)} SET ${key} = ${value}`),
    );
  };
  /** A database and a schema of the same strange name as the role that owns both. */
  const makeStrange = async (role: string): Promise<string> => {
    await server.makeRole(role);
    await server.makeDatabase(role, `OWNER ${name(role)}`);
    await server.within(role, 'DROP SCHEMA public', `CREATE SCHEMA ${name(role)} AUTHORIZATION ${name(role)}`);
    return role;
  };

  before(async () => {
    server = await openOddServer();
    await server.makeDatabase('plain');
    expected = await server.live(server.url({ database: 'plain' }));
  });
  after(() => server.close());

  it('is compared with one on a plain database, which trades and stores', () => {
    const { backtest, live, rows } = expected;
    const { trades } = backtest as { trades: unknown[] };
    expect(trades.length).to.be.above(3);
    expect(live.events.length).to.be.above(10);
    const empty = Object.entries(rows).flatMap(([table, { length }]) => (length === 0 ? [table] : []));
    expect(empty.filter(table => !EMPTY.test(table))).to.deep.equal([]);
  });

  for (const [at, [title, settings]] of Object.entries(SETTINGS).entries())
    it(`gives the same with ${title}`, async () => {
      const database = `set_${at}`;
      await server.makeDatabase(database);
      await set(database, settings);
      await isSame(server.url({ database }));
    });

  it('gives the same to a role that has only its own schema, which bears its name', async () => {
    await server.makeRole('owner_of_one');
    await server.makeDatabase('shared_by_many');
    await server.within(
      'shared_by_many',
      'REVOKE ALL ON SCHEMA public FROM PUBLIC',
      'CREATE SCHEMA AUTHORIZATION owner_of_one',
      'CREATE TABLE public.run (a_table int)',
    );
    await isSame(server.url({ database: 'shared_by_many', user: 'owner_of_one', password: PASSWORD }));
    const schemas = await server.within(
      'shared_by_many',
      `SELECT DISTINCT schemaname FROM pg_tables
       WHERE tablename IN ('mikro_orm_migrations', 'market_data', 'market_data_2026_01')`,
    );
    expect(schemas).to.deep.equal([{ schemaname: 'owner_of_one' }]);
  });

  it('gives the same beside another bot in another schema, one named by the URL, one by the role', async () => {
    await server.makeRole('second');
    await server.makeDatabase('of_two');
    await server.within(
      'of_two',
      `CREATE SCHEMA "It's one"`,
      'CREATE SCHEMA two AUTHORIZATION second',
      'ALTER ROLE second IN DATABASE of_two SET search_path = nowhere, two, public',
    );
    const path = encodeURIComponent(`-c search_path="It's\\ one"`);
    const first = server.url({ database: 'of_two' }, `options=${path}`);
    const { connection } = await openDatabase({ connectionString: first, dataDir: '/nowhere' });
    await migrate(connection);
    // The first bot runs, with every lock of a run, while the second one lives.
    const only = await acquireRunLock(connection, {
      log: { info: () => undefined, warn: () => undefined },
      signal: new AbortController().signal,
    });
    try {
      await isSame(server.url({ database: 'of_two', user: 'second', password: PASSWORD }));
    } finally {
      await only.release();
    }
    await isSame(first);
    const schemas = await server.within(
      'of_two',
      `SELECT schemaname FROM pg_tables WHERE tablename = 'mikro_orm_migrations' ORDER BY 1`,
    );
    expect(schemas).to.deep.equal([{ schemaname: "It's one" }, { schemaname: 'two' }]);
  });

  it('gives the same where every name has an apostrophe, quotes, a blank, a backslash', async () => {
    const strange = await makeStrange(STRANGE);
    await isSame(server.url({ database: strange, user: strange, password: PASSWORD }));
  });

  it('gives the same where a role acts as another one, and text sorts by the rules of a language', async () => {
    await server.makeRole('group_of_owners');
    await server.makeRole('member', 'NOINHERIT IN ROLE group_of_owners');
    await server.makeDatabase(
      'sorted',
      `OWNER group_of_owners TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-ks-level1-co-phonebk' LOCALE 'C'`,
    );
    await server.sql('ALTER ROLE member IN DATABASE sorted SET role = group_of_owners');
    await isSame(server.url({ database: 'sorted', user: 'member', password: PASSWORD }));
  });

  it('gives the same whatever the shell’s PG… variables say, by a URL that names the socket’s folder', async () => {
    await server.makeDatabase('by_socket');
    Object.assign(process.env, PG_VARIABLES);
    try {
      const { host, user, password } = server.admin;
      await isSame(`postgres://${user}:${password}@/by_socket?host=${host}&sslmode=prefer`);
    } finally {
      for (const variable of Object.keys(PG_VARIABLES)) Reflect.deleteProperty(process.env, variable);
    }
  });

  const program = pgBouncerProgram();
  const inSession = (to: Connection) =>
    program === null ? startPooler(to, 'session') : startPgBouncer(program, to, 'session');
  for (const [title, start, parameters] of [
    [
      'a pooler in session mode, over TLS',
      (to: Connection) => startPooler(to, 'session', { tls: 'demanded' }),
      `?sslmode=verify-ca&sslrootcert=${CERTIFICATE}`,
    ],
    [`${program === null ? 'a stand-in for PgBouncer' : 'PgBouncer'} in session mode`, inSession, ''],
  ] as const)
    it(`gives the same behind ${title}`, async () => {
      const database = `pooled${parameters.length}`;
      await server.makeDatabase(database);
      const pooler = await start({ ...server.admin, database });
      try {
        await isSame(urlOf(pooler.connection) + parameters);
      } finally {
        await pooler.close();
      }
    });

  it('runs as processes where all of that comes together', async () => {
    const role = await makeStrange(`${STRANGE}, too`);
    for (const settings of Object.values(SETTINGS)) await set(role, settings);
    const to: Connection = { ...server.admin, database: role, user: role, password: PASSWORD };
    const pooler = await startPooler(to, 'session', { tls: 'demanded', most: 60 });
    const env = { ...PG_VARIABLES, DATABASE_URL: `${urlOf(pooler.connection)}?sslmode=no-verify` };
    const folder = join(server.folder, 'run');
    mkdirSync(folder);
    const market = ['--simulate', '--speed', '120', '--no-limits', '--symbols', 'BTC/USD,ETH/USD'];
    const rows = (sql: string) => server.within(role, `SET search_path = ${name(role)}`, sql);
    const decided = async () => {
      const [{ count } = {}] = await rows('SELECT count(*)::int AS count FROM market_data WHERE decision IS NOT NULL');
      return count as number;
    };
    const run = startRun([...market, '--config', writeConfig(folder)], { env });
    try {
      await until('minutes are decided', async () => (await decided().catch(() => 0)) > 10);
      run.process.kill('SIGINT');
      expect(await run.ended).to.include({ code: 0, stderr: '' });
      const warnings = run.lines().flatMap(({ level, msg }) => (level >= 40 ? [msg] : []));
      // On a busy machine the database answers late, and half a second without the processor is a
      // minute of this market: its clock looks fast.
      const others = /^this configuration is valid, but |^waiting for the database: no answer from .* yet\.|^future$/;
      expect(warnings.filter(warning => !others.test(warning))).to.deep.equal([]);
      expect(await rows(`SELECT * FROM (${BROKEN_LIVE}) AS found WHERE count > 0`)).to.deep.equal([]);
      expect(await rows(MISSING)).to.deep.equal([{ count: 0 }]);
    } finally {
      run.process.kill('SIGKILL');
      await pooler.close();
    }
  });
});
