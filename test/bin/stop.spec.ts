import { expect } from 'chai';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import type { Connection, Database } from '../../lib/world/database/index.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import { jsonHere } from '../support/here.js';
import { migratedDatabase, query, type FreshDatabase } from '../world/store/fixtures.js';
import { BOT, jsonOf, runBot, startBot, until, urlOf, type Child, type ChildOptions } from './child.js';

/** Half a minute of work at least. */
const LONG = ['backtest', '--synthetic', '--from', '2020-01-01', '--to', '2026-01-01'];
const SHORT = ['backtest', '--synthetic', '--from', '2026-01-01', '--to', '2026-01-02', '--symbols', 'BTC/USD'];

interface Stored {
  readonly id: number;
  readonly status: string;
  readonly notes: string | null;
  readonly ended: boolean;
  readonly days: number;
  readonly metrics: number;
}

const newestRun = async (connection: Connection): Promise<Stored | undefined> => {
  const rows = await query<Stored>(
    connection,
    `select id, status, notes, ended_at is not null as ended,
       (select count(*)::int from equity_point where run_id = run.id and kind = 'day') as days,
       (select count(*)::int from performance_metric where run_id = run.id) as metrics from run order by id desc limit 1`,
  );
  return rows[0];
};

/** Starts a backtest and waits until it has traded for some days. */
const midway = async (connection: Connection, options: ChildOptions): Promise<Child & { readonly run: Stored }> => {
  const before = (await newestRun(connection))?.id ?? 0;
  const child = startBot(LONG, options);
  let run: Stored | undefined;
  await until('the backtest is under way', async () => {
    run = await newestRun(connection);
    return run !== undefined && run.id > before && run.days > 5;
  });
  expect(run!.status).to.equal('running');
  return { ...child, run: run! };
};

describe('a backtest that is stopped', function () {
  this.timeout(60_000);
  let database: FreshDatabase;
  let world: ChildOptions;
  before(async () => {
    database = await migratedDatabase();
    world = { env: { DATABASE_URL: urlOf(database.connection) } };
  });
  after(() => database.drop());

  for (const [how, signal, code] of [
    ['Ctrl-C', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 143],
  ] as const)
    it(`ends within five seconds of ${how} with ${code}, says so, and is marked as aborted`, async () => {
      const child = await midway(database.connection, world);
      const began = performance.now();
      child.process.kill(signal);
      const ended = await child.ended;
      expect(performance.now() - began).to.be.below(5_000);
      const { id } = child.run;
      expect(ended).to.deep.equal({
        code,
        signal: null,
        stdout: '',
        stderr: `Stopped. Run ${id} is marked as aborted; its trades are not a result.\n`,
      });
      const stored = await newestRun(database.connection);
      expect(stored).to.deep.include({ id, status: 'aborted', notes: 'stopped by the user', ended: true, metrics: 0 });
    });

  it('ends at once at the second Ctrl-C, and the next command finds the run aborted', async () => {
    const child = await midway(database.connection, world);
    const { runs } = await jsonHere<{ runs: { id: number; status: string }[] }>(['status'], world);
    expect(runs[0]).to.deep.include({ id: child.run.id, status: 'running' });
    child.process.kill('SIGINT');
    child.process.kill('SIGSTOP'); // so that it cannot finish before the second one arrives
    child.process.kill('SIGTERM');
    const began = performance.now();
    child.process.kill('SIGCONT');
    const { code, stderr } = await child.ended;
    expect(performance.now() - began).to.be.below(4_000);
    expect([130, 143]).to.include(code); // the system may deliver two waiting signals in either order
    expect(stderr.replace(/^Backtest: \d+ % .*\n/gm, '')).to.equal(''); // a slow machine has reported its progress
    // The word may have been on its way to the database already when the second one came.
    expect(['running', 'aborted']).to.include((await newestRun(database.connection))!.status);
    await jsonHere(['status'], world);
    expect(await newestRun(database.connection)).to.deep.include({ id: child.run.id, status: 'aborted', metrics: 0 });
  });

  it('is marked as aborted by the next command after kill -9, which goes on undisturbed', async () => {
    const child = await midway(database.connection, world);
    child.process.kill('SIGKILL');
    expect((await child.ended).signal).to.equal('SIGKILL');
    expect((await newestRun(database.connection))!.status).to.equal('running');
    await until('the database has noticed', async () => {
      const rows = await query(
        database.connection,
        `select from pg_stat_activity where datname = current_database() and application_name = 'crypto-bot run'`,
      );
      return rows.length === 0;
    });
    const report = await jsonHere(SHORT, world);
    expect(report.run).to.equal(child.run.id + 1);
    const rows = await query(database.connection, `select id, status from run order by id desc limit 2`);
    expect(rows).to.deep.equal([
      { id: report.run, status: 'completed' },
      { id: child.run.id, status: 'aborted' },
    ]);
  });
});

describe('the embedded database under several commands', function () {
  this.timeout(60_000);
  let dataDir: string;
  let world: ChildOptions;
  const open = (): Promise<Database> => openEmbedded({ dataDir, durable: false });
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'crypto-bot-stop-'));
    world = { env: { BOT_DATA_DIR: dataDir } };
    await (await open()).close(); // made, and stopped
  });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it('lets two backtests at once on one data folder both finish, from the very first start', async () => {
    const [one, other] = await Promise.all([jsonOf(SHORT, world), jsonOf([...SHORT, '--seed', '2'], world)]);
    expect(new Set([one.run, other.run])).to.deep.equal(new Set([1, 2]));
    const { runs } = await jsonOf<{ runs: { status: string }[] }>(['status'], world);
    expect(runs.map(({ status }) => status)).to.deep.equal(['completed', 'completed']);
  });

  it('outlives the Ctrl-C of a terminal, which goes to the whole process group, until the run is marked', async () => {
    const starting = startBot(LONG, { ...world, detached: true });
    const group = starting.process.pid!;
    await new Promise(resolve => setTimeout(resolve, 300)); // so that it is the one that starts the server
    const database = await open();
    try {
      await until('the backtest is under way', async () => ((await newestRun(database.connection))?.days ?? 0) > 5);
      process.kill(-group, 'SIGINT');
      const { code, stderr } = await starting.ended;
      expect(code).to.equal(130);
      expect(stderr).to.match(/Stopped\. Run 3 is marked as aborted/);
      expect(await newestRun(database.connection)).to.deep.include({ id: 3, status: 'aborted', metrics: 0 });
    } finally {
      await database.close();
    }
  });
});

describe('a backtest of stored candles that is stopped', () => {
  let database: FreshDatabase;
  before(async () => {
    database = await migratedDatabase();
    // nine months of a flat market: some seconds of reading
    await query(database.connection, `select ensure_market_data_partitions('2025-01-01', '2025-10-01')`);
    await query(
      database.connection,
      `insert into cryptocurrency (symbol, base, quote, name) values ('BTC/USD', 'BTC', 'USD', 'BTC')`,
    );
    await query(
      database.connection,
      `insert into market_data (cryptocurrency_id, timestamp, open, high, low, close, volume, quiet, suspect, source)
       select id, minute, 100, 101, 99, 100, 1, false, false, 'import' from cryptocurrency,
       generate_series('2025-01-01'::timestamptz, '2025-09-30'::timestamptz, '1 minute') as minute`,
    );
  });
  after(() => database.drop());

  // from before the first candle is read until after the last one
  for (const delayMs of [300, 700, 1_100, 2_000])
    it(`ends although a thread is reading for it (asked after ${delayMs} ms)`, async () => {
      const { process: child, ended } = startBot(['backtest', '--from', '2025-01-08', '--to', '2025-09-30'], {
        env: { DATABASE_URL: urlOf(database.connection) },
      });
      await pause(delayMs);
      const began = performance.now();
      child.kill('SIGTERM');
      const { code, signal } = await ended;
      expect(performance.now() - began).to.be.below(8_000);
      // 0 where it was done before the signal; the signal itself where Node had not started yet
      if (signal === null) expect([143, 0]).to.include(code);
      else expect(signal).to.equal('SIGTERM');
      expect(await query(database.connection, `select id from run where status = 'running'`)).to.deep.equal([]);
    });
});

describe('a reader that goes away', () => {
  let database: FreshDatabase;
  before(async () => {
    database = await migratedDatabase();
  });
  after(() => database.drop());

  it('(bin/bot status | head -1) ends the output quietly', async () => {
    const { process: child, ended } = startBot(['status'], { env: { DATABASE_URL: urlOf(database.connection) } });
    child.stdout!.once('data', () => child.stdout!.destroy());
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).to.equal(0);
    expect((await ended).stderr).to.equal('');
  });

  it('(bin/bot status --watch | head -1) ends what would never end', async () => {
    const env = { DATABASE_URL: urlOf(database.connection) };
    const { process: child, ended } = startBot(['status', '--watch'], { env });
    child.stdout!.once('data', () => child.stdout!.destroy());
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).to.equal(0);
    expect((await ended).stderr).to.equal('');
  });

  it('(bin/bot … | true) makes no noise where nothing was read at all', async () => {
    const { process: child, ended } = startBot(['config', 'check']);
    child.stdout!.destroy();
    const { code, stderr } = await ended;
    expect([code, stderr]).to.deep.equal([0, '']);
    expect((await runBot(['config', 'check'])).stdout).to.match(/valid/);
  });

  if (existsSync('/dev/full'))
    it('is a full disk: lost output is reported, with exit code 1', () => {
      const { status, stderr } = spawnSync('sh', ['-c', `'${BOT}' config check > /dev/full`], { encoding: 'utf8' });
      expect([status, stderr]).to.deep.equal([1, 'error: the output could not be written (ENOSPC)\n']);
    });
});
