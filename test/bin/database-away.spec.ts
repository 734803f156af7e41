import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import type { Connection, Database } from '../../lib/world/database/index.js';
import { killServer, postmasterOf, serverIn, tidy, usedDataDir } from '../world/database/bots.js';
import { query } from '../world/store/fixtures.js';
import { BROKEN_LIVE } from '../world/store/live/invariants.js';
import { until, urlOf } from './child.js';
import { childrenOf, MISSING, startRun, writeConfig, type LiveRun } from './live-run.js';

/** Longer than any statement may take. */
const FROZEN_MS = 9_000;
/** Ten minutes of the market each second. */
const SPEED = 600;
/** An hour of the market. */
const AWAY_MS = 3_600_000 / SPEED;
const TIMEOUT_MS = 60_000;

/**
 * Minutes of a market that were stored before an earlier one, each with that one: by their
 * transactions, as a clock can be set back.
 */
const OUT_OF_ORDER = `
  select to_jsonb(minute) as minute, before from (
    select cryptocurrency_id, timestamp, received_at, source, quiet, decided_at, run_id, xmin::text::bigint as transaction,
      lag(jsonb_build_object('timestamp', timestamp, 'received_at', received_at, 'transaction', xmin::text::bigint))
        over (partition by cryptocurrency_id order by timestamp) as before
    from market_data where decision is not null and revised_at is null) as minute
  where transaction < (before ->> 'transaction')::bigint`;

/** What a host does where a disk is full. */
const READ_ONLY = (state: 'on' | 'off') => [
  `alter system set default_transaction_read_only = ${state}`,
  'select pg_reload_conf()',
];

describe('bin/bot run on a database of its own', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-away-'));
  const dataDir = join(folder, 'data');
  let database: Database;
  let run: LiveRun;
  let pids: readonly (number | undefined)[];

  const pidsNow = () => {
    const children = childrenOf(run.process.pid!);
    return ['scanner', 'positions'].map(role => children.get(role));
  };
  const one = async (sql: string) => (await query(database.connection, sql))[0]!;
  /** The last minute that was decided, in seconds; nothing while the database is away. */
  const decided = async () =>
    (await one(`select extract(epoch from max(timestamp))::float8 as at from market_data where decision is not null`))[
      'at'
    ] as number;
  const goesOn = async (from: number) => {
    await until('later minutes are decided', async () => (await decided().catch(() => 0)) > from + 180, TIMEOUT_MS);
    await until('the portfolio is looked after', async () => {
      const { at } = await one(`select extract(epoch from max("timestamp"))::float8 as at from equity_point`);
      return (at as number) > from + 180;
    });
  };
  const holds = async () => {
    expect(await query(database.connection, `select * from (${BROKEN_LIVE}) as found where count > 0`)).to.deep.equal(
      [],
    );
    expect(await one(MISSING)).to.deep.equal({ count: 0 });
    const said = run.lines().flatMap(({ name, level, msg }) => (level >= 40 ? [`${name}: ${msg}`] : []));
    expect(pidsNow(), said.join('\n')).to.deep.equal(pids); // none was started again
  };

  before(async () => {
    database = await openEmbedded({ dataDir });
    const env = { DATABASE_URL: urlOf(database.connection) };
    const args = ['--config', writeConfig(folder), '--simulate', '--speed', String(SPEED), '--no-limits'];
    run = startRun([...args, '--symbols', 'BTC/USD,DOGE/USD,ETH/USD'], { env, cwd: folder });
    await until('minutes are decided', async () => (await decided().catch(() => 0)) > 0, TIMEOUT_MS);
    await goesOn(await decided());
    pids = pidsNow();
    expect(pids.every(Boolean)).to.equal(true);
  });
  after(async () => {
    run.process.kill('SIGKILL');
    await run.ended;
    await killServer(dataDir);
    rmSync(folder, { recursive: true, force: true });
  });

  it('waits while it is suspended, and continues without a loss', async () => {
    const before = await decided();
    const server = serverIn(dataDir);
    for (const pid of server) process.kill(pid, 'SIGSTOP');
    await pause(FROZEN_MS);
    for (const pid of server) process.kill(pid, 'SIGCONT');
    await goesOn(before);
    expect(run.said(/failed: no answer in time \(timeout\); retrying until it succeeds/)).to.equal(true);
    await holds();
  });

  it('goes on when one of its sessions is killed, which ends all of them', async () => {
    const before = await decided();
    const { pid } = await one(
      `select pid from pg_stat_activity where application_name = 'crypto-bot' and pid <> pg_backend_pid() limit 1`,
    );
    process.kill(pid as number, 'SIGKILL');
    await goesOn(before);
    await holds();
  });

  it('waits until its disk has room again, and says so in one line of both processes', async () => {
    const before = await decided();
    await query(
      database.connection,
      `create function full_disk() returns trigger language plpgsql as $$ begin
         raise exception 'could not extend file "base/5/16384": No space left on device' using errcode = '53100'; end $$`,
      ...['market_data', 'equity_point', 'process_state'].map(
        table =>
          `create trigger full_disk before insert or update on ${table} for each row execute function full_disk()`,
      ),
    );
    const full = /^the database's disk is full \(bot@.*\/crypto_bot\): nothing is decided until there is room/;
    await until('it says so', () => Promise.resolve(run.said(full)));
    await pause(1_000);
    await query(database.connection, 'drop function full_disk cascade');
    await goesOn(before);
    expect(run.lines().filter(({ msg }) => full.test(msg))).to.have.length(1);
    await holds();
  });

  it('waits while it is read-only, without a restart, and continues without a loss', async () => {
    const before = await decided();
    await query(database.connection, ...READ_ONLY('on'));
    const said =
      /the database is read-only now \(hosted ones are while their disk is full\) \(25006\): cannot execute /;
    await until('it says so', () => Promise.resolve(run.said(said)));
    await pause(2_000);
    await query(database.connection, ...READ_ONLY('off'));
    await goesOn(before);
    await holds();
  });

  it('waits for an hour of the market until that is started again, decides on every minute since in order, and nothing twice', async () => {
    const before = await decided();
    process.kill(postmasterOf(dataDir), 'SIGINT');
    await until('it is stopped', () => Promise.resolve(serverIn(dataDir).length === 0));
    await pause(500); // what was stored before has been announced by then
    const from = run.lines().length;
    await pause(AWAY_MS);
    const meanwhile = run.lines().slice(from);
    database = await openEmbedded({ dataDir });
    await goesOn(before + 3_600);
    expect(run.lines().filter(({ msg }) => msg === 'the database is back')).to.have.length.above(1);
    expect(meanwhile.filter(({ msg }) => /^(?:bought|sold|opportunity at) /.test(msg))).to.deep.equal([]); // nothing is done that is not stored
    await holds();
    const outOfOrder = await query(database.connection, OUT_OF_ORDER);
    expect(outOfOrder, JSON.stringify(outOfOrder, null, 2)).to.deep.equal([]);
  });
});

describe('bin/bot run on a database that is not there yet', function () {
  this.timeout(120_000);
  let dataDir: string;
  let connection: Connection;
  before(async () => {
    dataDir = await usedDataDir();
    const database = await openEmbedded({ dataDir });
    ({ connection } = database);
    await database.close();
  });
  after(tidy);

  const start = (url = urlOf(connection)) =>
    startRun(['--simulate', '--speed', '60', '--no-limits', '--symbols', 'BTC/USD'], { env: { DATABASE_URL: url } });
  const waits =
    /^waiting for the database: The database at .* cannot be reached: ENOENT\. Start it, or check host and port .* Ctrl-C stops\.$/;

  it('says what it waits for and how to stop it, and begins as soon as it is there', async () => {
    const run = start();
    try {
      await until('it waits', () => Promise.resolve(run.said(waits)), TIMEOUT_MS);
      const database = await openEmbedded({ dataDir });
      try {
        await until('it begins', () => Promise.resolve(run.said(/^starting simulated run 1$/)), TIMEOUT_MS);
        expect(run.said(/^the database answers$/)).to.equal(true);
        run.process.kill('SIGINT');
        expect(await run.ended).to.include({ code: 0, stderr: '' });
      } finally {
        await database.close();
      }
    } finally {
      run.process.kill('SIGKILL');
    }
  });

  it('waits for one that is read-only, and begins as soon as it is not', async () => {
    const database = await openEmbedded({ dataDir });
    await query(connection, ...READ_ONLY('on'));
    const isReadOnly = async () => (await query(connection, 'show transaction_read_only'))[0];
    await until('it is', async () => (await isReadOnly())?.['transaction_read_only'] === 'on');
    const run = start();
    try {
      await until(
        'it waits',
        () =>
          Promise.resolve(
            run.said(/^waiting for the database: The database bot@.* is read-only now .* Ctrl-C stops\.$/),
          ),
        TIMEOUT_MS,
      );
      await query(connection, ...READ_ONLY('off'));
      await until('it begins', () => Promise.resolve(run.said(/^(?:starting|resuming) simulated run 1$/)), TIMEOUT_MS);
      run.process.kill('SIGINT');
      expect(await run.ended).to.include({ code: 0, stderr: '' });
    } finally {
      run.process.kill('SIGKILL');
      await database.close();
    }
  });

  it('ends in order while it waits', async () => {
    const run = start();
    await until('it waits', () => Promise.resolve(run.said(waits)), TIMEOUT_MS);
    run.process.kill('SIGTERM');
    expect(await run.ended).to.include({ code: 0, stderr: '' });
    // not always the last line: one more attempt may have failed meanwhile
    const said = run.lines().map(({ msg }) => msg);
    expect(said).to.include('stopped on request, before the start was complete');
  });

  it('is refused at once where the user has to change something', async () => {
    const database = await openEmbedded({ dataDir });
    try {
      const run = start(urlOf({ ...connection, password: 'another' }));
      const { code, stderr } = await run.ended;
      expect(code).to.equal(2);
      expect(stderr).to.match(
        /^error: The database bot@.* refuses: the user or the password is wrong \(28P01: .*"bot"\)\./,
      );
      expect(run.said(/^waiting/)).to.equal(false);
    } finally {
      await database.close();
    }
  });
});
