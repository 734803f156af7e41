import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier as name, escapeLiteral as literal } from 'pg';
import { becomeOnlyRun } from '../../../bin/run/only-run.js';
import { openDatabase, type Connection } from '../../../lib/world/database/index.js';
import { migrate } from '../../../lib/world/store/migrate.js';
import { EAGEREST, krakenCsv } from '../../bin/market-files.js';
import { urlOf } from '../../bin/child.js';
import { freshDatabase } from '../../support/database.js';
import { runHere } from '../../support/here.js';
import { liveOn } from '../../support/life.js';
import { pgBouncerProgram, startPgBouncer } from '../../support/pgbouncer.js';
import { CERTIFICATE, startPooler } from '../../support/pooler.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { query } from '../store/fixtures.js';

const FILES = { XBTUSD: 'BTC/USD', ETHUSD: 'ETH/USD' };
const [STORED_FROM, STORED_TO] = [Date.UTC(2026, 0, 31, 12), Date.UTC(2026, 1, 1, 8)];
const PERIOD = ['2026-02-01T00:00', '2026-02-01T06:00'] as const;
const PASSWORD = `p'w"\\ %ü@/?#:`;

describe('a database of somebody else’s making', function () {
  this.timeout(120_000);
  let folder: string;
  let files: readonly string[];
  let config: string;
  let revision: string;
  let admin: Connection;
  let expected: Awaited<ReturnType<typeof liveOn>>;
  let count = 0;
  const undo: (() => Promise<unknown>)[] = [];

  /** On the server, or on one of its databases. */
  const sql = (...statements: readonly string[]) => query(admin, ...statements);
  const within = (database: string, ...statements: readonly string[]) => query({ ...admin, database }, ...statements);
  const url = (change: Partial<Connection> = {}, parameters = '') =>
    urlOf({ ...admin, ...change }) + (parameters && `?${parameters}`);
  const live = (databaseUrl: string) =>
    liveOn({ databaseUrl, config, files, revision, period: PERIOD, folder: join(folder, `dataset-${++count}`) });
  /** All that comes of a bot's life is what comes of it on a plain database. */
  const isSame = async (databaseUrl: string): Promise<void> => {
    const { rows, ...rest } = await live(databaseUrl);
    for (const [part, found] of Object.entries(rest))
      expect(found, part).to.deep.equal(expected[part as keyof typeof rest]);
    for (const [table, stored] of Object.entries(rows)) expect(stored, table).to.deep.equal(expected.rows[table]);
  };
  const here = (databaseUrl: string, ...args: readonly string[]) => runHere(args, { databaseUrl, config });

  const makeDatabase = async (database: string, options = ''): Promise<void> => {
    await sql(`CREATE DATABASE ${name(database)} ${options}`);
    undo.push(() => sql(`DROP DATABASE ${name(database)} WITH (FORCE)`));
  };
  const makeRole = async (role: string, options = ''): Promise<void> => {
    await sql(`CREATE ROLE ${name(role)} LOGIN PASSWORD ${literal(PASSWORD)} ${options}`);
    undo.unshift(() => sql(`DROP ROLE ${name(role)}`)); // dropped last: it owns databases
  };
  /** A database whose sessions begin with these settings. */
  const set = async (database: string, settings: Readonly<Record<string, string>>): Promise<void> => {
    await makeDatabase(database);
    for (const [setting, value] of Object.entries(settings))
      await sql(`ALTER DATABASE ${name(database)} SET ${setting} = ${value}`);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-matrix-'));
    files = Object.entries(FILES).map(([pair, symbol]) => {
      const path = join(folder, `${pair}_1.csv`);
      writeFileSync(path, krakenCsv(symbol, 5, STORED_FROM, STORED_TO));
      return path;
    });
    revision = join(folder, 'revision', 'XBTUSD_1.csv');
    mkdirSync(join(folder, 'revision'));
    writeFileSync(revision, krakenCsv('BTC/USD', 6, STORED_TO - 5 * MINUTE_MS, STORED_TO));
    config = join(folder, 'config.yaml');
    writeFileSync(config, EAGEREST);
    const base = await freshDatabase();
    undo.push(() => base.drop());
    admin = { ...base.connection, database: 'postgres' };
    await makeDatabase('plain');
    expected = await live(url({ database: 'plain' }));
  });
  after(async () => {
    for (const step of undo.toReversed()) await step();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is compared with a plain one, on which a bot trades', () => {
    const { backtest, live: traded, rows } = expected;
    const { trades } = backtest as { trades: unknown[] };
    expect(trades.length).to.be.above(3);
    expect(traded.events.length).to.be.above(10);
    for (const [table, stored] of Object.entries(rows))
      if (!['process_state', 'coin_reference', 'download', 'market_quality', 'fill_book'].includes(table))
        expect(stored, table).to.have.length.above(0);
  });

  const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'DateStyle SQL, DMY, other intervals, an odd time zone': {
      datestyle: `'SQL, DMY'`,
      intervalstyle: 'sql_standard',
      timezone: `'Asia/Kathmandu'`,
    },
    'DateStyle German, where clocks go forward': {
      datestyle: `'German'`,
      intervalstyle: 'iso_8601',
      timezone: `'America/New_York'`,
    },
    'DateStyle Postgres, DMY': {
      datestyle: `'Postgres, DMY'`,
      intervalstyle: 'postgres_verbose',
      timezone: `'<+14>-14'`,
    },
    'few digits and escaped bytes': { extra_float_digits: '-15', bytea_output: 'escape' },
    'literals and names of another dialect': {
      standard_conforming_strings: 'off',
      backslash_quote: 'on',
      escape_string_warning: 'off',
      transform_null_equals: 'on',
      quote_all_identifiers: 'on',
      array_nulls: 'off',
      client_encoding: 'latin1',
    },
    'serializable transactions': {
      default_transaction_isolation: `'serializable'`,
      default_transaction_deferrable: 'on',
    },
    'time limits for web requests': {
      statement_timeout: `'1500ms'`,
      lock_timeout: `'100ms'`,
      idle_in_transaction_session_timeout: `'100ms'`,
      idle_session_timeout: `'1500ms'`,
      transaction_timeout: `'1500ms'`,
    },
  };
  for (const [title, settings] of Object.entries(SETTINGS))
    it(`gives the same with ${title}`, async () => {
      const database = `set_${++count}`;
      await set(database, settings);
      await isSame(url({ database }));
    });

  it('gives the same to a role with a schema of its own alone, which bears its name', async () => {
    await makeRole('owner_of_one');
    await makeDatabase('shared_by_many');
    await within(
      'shared_by_many',
      'REVOKE ALL ON SCHEMA public FROM PUBLIC',
      'CREATE SCHEMA AUTHORIZATION owner_of_one',
      'CREATE TABLE public.run (a_table int)',
    );
    await isSame(url({ database: 'shared_by_many', user: 'owner_of_one', password: PASSWORD }));
    const tables = await within(
      'shared_by_many',
      `SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('mikro_orm_migrations', 'market_data', 'market_data_2026_01')`,
    );
    expect(tables).to.deep.equal([{ schemaname: 'owner_of_one' }]);
  });

  it('gives the same to two bots in two schemas of one database, one named by the URL, one by the role', async () => {
    await makeRole('second');
    await makeDatabase('of_two');
    await within(
      'of_two',
      `CREATE SCHEMA "It's one"`,
      'CREATE SCHEMA two AUTHORIZATION second',
      'ALTER ROLE second IN DATABASE of_two SET search_path = nowhere, two, public',
    );
    const path = encodeURIComponent(`-c search_path="It's\\ one"`);
    const urls = [
      url({ database: 'of_two' }, `options=${path}`),
      url({ database: 'of_two', user: 'second', password: PASSWORD }),
    ];
    const first = await openDatabase({ connectionString: urls[0]!, dataDir: '/nowhere' });
    await migrate(first.connection);
    // The first one runs, with every lock of a run, while the second one begins.
    const only = await becomeOnlyRun(first.connection, {
      log: { info: () => undefined, warn: () => undefined },
      signal: new AbortController().signal,
    });
    await isSame(urls[1]!);
    await only.release();
    await first.close();
    await isSame(urls[0]!);
    const tables = await within(
      'of_two',
      `SELECT schemaname, count(*)::int FROM pg_tables WHERE tablename = 'mikro_orm_migrations' GROUP BY 1 ORDER BY 1`,
    );
    expect(tables).to.deep.equal([
      { schemaname: "It's one", count: 1 },
      { schemaname: 'two', count: 1 },
    ]);
  });

  it('gives the same where every name has an apostrophe, quotes, a blank, a backslash', async () => {
    const strange = `O'Brien's "own" \\ %20 ü`;
    await makeRole(strange);
    await makeDatabase(strange, `OWNER ${name(strange)}`);
    await within(strange, 'DROP SCHEMA public', `CREATE SCHEMA ${name(strange)} AUTHORIZATION ${name(strange)}`);
    await isSame(url({ database: strange, user: strange, password: PASSWORD }));
  });

  it('gives the same where a role works as another one, and sorts by the rules of a language', async () => {
    await sql('CREATE ROLE group_of_owners');
    undo.unshift(() => sql('DROP ROLE group_of_owners'));
    await makeRole('member', 'NOINHERIT IN ROLE group_of_owners');
    await makeDatabase(
      'sorted',
      `OWNER group_of_owners TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-ks-level1-co-phonebk' LOCALE 'C'`,
    );
    await sql('ALTER ROLE member IN DATABASE sorted SET role = group_of_owners');
    await isSame(url({ database: 'sorted', user: 'member', password: PASSWORD }));
  });

  it('gives the same whatever the shell’s PG… variables say, by a URL that names the socket’s folder', async () => {
    await makeDatabase('by_socket');
    const elsewhere = {
      ...{
        PGHOST: '/nowhere',
        PGPORT: '1',
        PGUSER: 'nobody',
        PGPASSWORD: 'wrong',
        PGDATABASE: 'strange',
        PGSSLMODE: 'require',
      },
      ...{
        PGOPTIONS: '-c datestyle=German -c search_path=nowhere',
        PGAPPNAME: 'strange',
        PGCLIENTENCODING: 'latin1',
        PGTZ: 'Asia/Tokyo',
      },
    };
    Object.assign(process.env, elsewhere);
    try {
      const { host, user, password } = admin;
      const socket = `postgres://${user}:${password}@/by_socket?host=${host}&sslmode=prefer`;
      await isSame(socket);
    } finally {
      for (const variable of Object.keys(elsewhere)) Reflect.deleteProperty(process.env, variable);
    }
  });

  const program = pgBouncerProgram();
  const poolers = {
    'a pooler in session mode, over TLS': (server: Connection) => startPooler(server, 'session', { tls: 'demanded' }),
    ...(program !== null && {
      'PgBouncer in session mode': (server: Connection) => startPgBouncer(program, server, 'session'),
    }),
  };
  for (const [title, start] of Object.entries(poolers))
    it(`gives the same behind ${title}`, async () => {
      const database = `pooled_${++count}`;
      await makeDatabase(database);
      const pooler = await start({ ...admin, database });
      try {
        const parameters = title.endsWith('TLS') ? `sslmode=verify-ca&sslrootcert=${CERTIFICATE}` : '';
        await isSame(urlOf(pooler.connection) + (parameters && `?${parameters}`));
      } finally {
        await pooler.close();
      }
    });

  describe('refuses, saying what is expected,', () => {
    const refusal = async (databaseUrl: string, ...args: readonly string[]): Promise<string> => {
      const { code, stderr } = await here(databaseUrl, ...args);
      expect(stderr).to.not.match(/internal error|fault of the bot/);
      return `${code} ${stderr}`;
    };
    const importing = () => ['import', ...files] as const;

    it('a server that is read-only now, where something is to be stored; reading goes on', async () => {
      await makeDatabase('full', 'TEMPLATE plain');
      await sql('ALTER DATABASE "full" SET default_transaction_read_only = on');
      const full = url({ database: 'full' });
      for (const args of [importing(), ['backtest', '--from', PERIOD[0], '--to', PERIOD[1]]])
        expect(await refusal(full, ...args)).to.match(
          /^1 error: The database .* is read-only now \(default_transaction_read_only = on\).*\nerror: Free disk space there, .* Meanwhile these work: status, why, /,
        );
      expect((await here(full, 'status')).code).to.equal(0);
      const dry = await here(
        full,
        'backtest',
        '--from',
        PERIOD[0],
        '--to',
        PERIOD[1],
        '--symbols',
        'BTC/USD,ETH/USD',
        '--dry-run',
        '--json',
      );
      expect(JSON.parse(dry.stdout)).to.deep.equal({ ...(expected.backtest as object), run: null });
    });

    it('a role that may make no table, with the grant and the schema in which it may', async () => {
      await makeRole('guest');
      await makeDatabase('strict');
      const guest = url({ database: 'strict', user: 'guest', password: PASSWORD });
      expect(await refusal(guest, ...importing())).to.match(
        /^2 error: The database .* does not let guest create tables in the schema public\.\nerror: As its owner, run in that database: GRANT CREATE, USAGE ON SCHEMA "public" TO "guest"\n/,
      );
      expect(await refusal(guest, 'status')).to.match(
        /^2 error: .* contains no bot tables that guest may read\.\n/,
      );
      await within('strict', 'CREATE SCHEMA "Its own" AUTHORIZATION guest');
      const line = await refusal(guest, ...importing());
      const [, parameter] = /It may do so in Its own\. To use Its own, add \?(\S+) to the URL\./.exec(line) ?? [];
      expect((await here(`${guest}?${parameter}`, ...importing())).code).to.equal(0);
    });

    it('a schema that holds another program’s tables', async () => {
      await makeDatabase('taken');
      await within('taken', 'CREATE TABLE run (miles int)', 'CREATE TABLE opportunity (cost int)');
      expect(await refusal(url({ database: 'taken' }), 'status')).to.match(
        /^2 error: The schema public of the database already contains tables that the bot did not create: opportunity, run\.\nerror: Give the bot its own schema/,
      );
      expect(await within('taken', 'SELECT FROM pg_tables WHERE schemaname = current_schema()')).to.have.length(2);
    });

    it('a role that may make no temporary table, once an import comes to that', async () => {
      await makeRole('untemporary');
      await makeDatabase('durable', 'OWNER untemporary');
      await within('durable', 'REVOKE TEMPORARY ON DATABASE durable FROM PUBLIC, untemporary');
      const durable = url({ database: 'durable', user: 'untemporary', password: PASSWORD });
      expect((await here(durable, ...importing())).code).to.equal(0);
      expect(await refusal(durable, 'import', revision)).to.match(
        /^1 error: Database error: permission denied to create temporary tables in database "durable" \(42501\)\.\nerror: As its owner, run: GRANT TEMPORARY ON DATABASE "durable" TO /,
      );
    });

    it('a role that may connect but once', async () => {
      await makeRole('lonely', 'CONNECTION LIMIT 1');
      await makeDatabase('narrow', 'OWNER lonely');
      expect(await refusal(url({ database: 'narrow', user: 'lonely', password: PASSWORD }), 'status')).to.match(
        /^1 error: The database .* cannot take us now: .* \(53300: too many connections for role "lonely"\)/,
      );
    });
  });
});
