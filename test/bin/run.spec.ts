import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatedExchange } from '../../lib/simulator/exchange/exchange.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import type { Database } from '../../lib/world/database/index.js';
import { serveExchange } from '../../lib/world/simulator/server.js';
import { migratedDatabase, query } from '../world/store/fixtures.js';
import { BROKEN_LIVE } from '../world/store/live/invariants.js';
import { runHere } from '../support/here.js';
import { runBot, until, urlOf, type ChildOptions } from './child.js';
import { childrenOf, isThere, LIVELY, MISSING, startRun, writeConfig, type LiveRun } from './live-run.js';

const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'ETH/USD'];
const ROLES = ['scanner', 'positions'] as const;

describe('bin/bot run', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-run-'));
  const config = writeConfig(folder);
  const dataDir = join(folder, 'data');
  const world: ChildOptions = { env: { BOT_DATA_DIR: dataDir }, cwd: folder };
  const args = ['--config', config, '--simulate', '--speed', '120', '--no-limits', '--symbols', SYMBOLS.join()];
  let database: Database;
  let run: LiveRun;

  const rows = (sql: string) => query(database.connection, sql);
  const one = async (sql: string) => (await rows(sql))[0]!;
  const counts = async (sql: string) => (await one(sql))['count'] as number;
  /** When the last decision was stored of, by what it was of. */
  const decided = () => counts('select count(*)::int as count from market_data where decision is not null');
  const goesOn = async () => {
    const before = await decided();
    await until('more is decided', async () => (await decided()) > before + 6);
  };
  const bothUp = (of: LiveRun) =>
    until('both processes have begun', async () => {
      const pids = childrenOf(of.process.pid!);
      const states = await rows('select role, pid from process_state').catch(() => []); // a first start makes it
      return ROLES.every(role => states.some(state => state['role'] === role && state['pid'] === pids.get(role)));
    });

  before(async () => {
    run = startRun(args, world);
    await until('the database is up', () => Promise.resolve(run.said(/^simulated Kraken on/)));
    database = await openEmbedded({ dataDir: join(dataDir, 'simulated-1') });
    await bothUp(run);
  });
  after(async () => {
    run.process.kill('SIGKILL');
    await run.ended;
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('fills every table that a fresh run has something for, and trades', async () => {
    const tables = {
      run: `mode = 'simulated' and status = 'running'`,
      configuration_history: `status = 'accepted'`,
      cryptocurrency: 'market_cap > 0 and avg_daily_volume > 0',
      market_data: 'decision is not null and indicators is not null and configuration_id is not null',
      timeframe_candle: 'minutes = 15',
      universe_verdict: `pass and rule = 'volatility'`,
      market_snapshot: 'indicators is not null and trading_volume > 0',
      equity_point: `kind = 'minute'`,
      portfolio_state: 'version > 0',
      process_state: 'run_id is not null',
      opportunity: `status = 'taken'`,
      simulated_trade: 'size > 0',
    };
    const empty = async () => {
      const found = await one(
        `select ${Object.entries(tables)
          .map(([table, where]) => `exists (select from ${table} where ${where}) as ${table}`)
          .join(', ')}`,
      );
      return Object.keys(tables).filter(table => !found[table]);
    };
    let last: readonly string[] = [];
    const isFull = async () => (last = await empty()).length === 0;
    await until('every table has rows', isFull)
      .catch(() => until('every table has rows', isFull))
      .catch(() => undefined);
    expect(last).to.deep.equal([]);
    expect(await counts('select count(*)::int as count from cryptocurrency where market_cap > 0')).to.equal(3);
  });

  it('is refused at once where another one has the data, and says which process that is', async () => {
    const pids = childrenOf(run.process.pid!);
    const whole = await startRun(args, world).ended;
    expect(whole).to.include({ code: 1, signal: null });
    expect(whole.stderr).to.match(
      new RegExp(
        `^error: A bot runs on this database already \\(process ${run.process.pid} on \\S+, since \\S+Z\\): .*\\nerror: Stop that process first`,
      ),
    );
    expect(childrenOf(run.process.pid!)).to.deep.equal(pids);
  });

  it('takes an edit of the configuration over in both processes, and decides by it', async () => {
    const before = await one('select max(id)::int as id from configuration_history');
    writeConfig(folder, LIVELY.replace('overbought: 85', 'overbought: 84'));
    const inForce = (name: string) =>
      run.lines().some(line => line.name === name && /is in force: .*overbought/.test(line.msg));
    await until('both have it', () => Promise.resolve(ROLES.every(inForce)));
    const { id } = await one('select max(id)::int as id from configuration_history');
    expect(id).to.equal((before['id'] as number) + 1);
    await until(
      'it is decided by',
      async () => (await counts(`select count(*)::int from market_data where configuration_id = ${String(id)}`)) > 3,
    );
  });

  it('refuses an edit that is wrong, naming the line, and goes on as it was', async () => {
    const { id } = await one(`select max(id)::int as id from configuration_history where status = 'accepted'`);
    writeFileSync(config, LIVELY.replace('overbought: 85', 'overbought: 850'));
    const refused = (name: string) =>
      run.lines().some(line => line.name === name && /edit rejected, nothing changed: .*:3\b/.test(line.msg));
    await until('both refuse it', () => Promise.resolve(ROLES.every(refused)));
    expect(await one('select status, problems from configuration_history order by id desc limit 1'))
      .to.have.property('status')
      .that.equals('refused');
    await goesOn();
    const newest = await one(
      'select configuration_id as id from market_data where decision is not null order by timestamp desc limit 1',
    );
    expect(newest['id']).to.equal(id);
    writeConfig(folder);
  });

  it('starts either process again after kill -9: no minute is missing, and nothing is there twice', async () => {
    const pids = childrenOf(run.process.pid!);
    ROLES.forEach(role => process.kill(pids.get(role)!, 'SIGKILL'));
    await bothUp(run);
    ROLES.forEach(role => expect(childrenOf(run.process.pid!).get(role)).not.to.equal(pids.get(role)));
    await goesOn();
    expect(await rows(`select * from (${BROKEN_LIVE}) as found where count > 0`)).to.deep.equal([]);
    expect(await counts(MISSING)).to.equal(0);
  });

  it('waits at a start for what is left of a run that was killed, as long as that may take', async () => {
    const left = childrenOf(run.process.pid!).get('positions')!;
    process.kill(left, 'SIGSTOP');
    run.process.kill('SIGKILL');
    run = startRun(args, world);
    const waits = new RegExp(
      `^the role "positions" is still taken by process ${left} on \\S+, since \\S+: waiting up to 10 s for it to end`,
    );
    await until('it waits', () => Promise.resolve(run.said(waits)));
    process.kill(left, 'SIGCONT');
    await bothUp(run);
    await until('it has ended', () => Promise.resolve(!isThere(left))); // it gives its role away first
  });

  const health = () => runHere(['status', '--check', '--simulated', '--config', config], world);

  it('is at work for status --check while it works', async () => {
    const { code, stdout } = await health();
    // 120 times as fast as real time on a busy machine, it may be late
    expect(code).to.be.oneOf([0, 1]);
    expect(stdout).to.match(
      code === 0
        ? /^ok: simulated run 1, positions (\d+ s behind the market|starting), scanner (\d+ s behind the market|starting), \d+ open trades?\n$/
        : /^(degraded: .* (behind the market|had an error .*)\. .*\n)+$/,
    );
  });

  it('leaves no process behind when it is killed itself, and is down for status --check', async () => {
    const children = childrenOf(run.process.pid!);
    const pids = ROLES.map(role => children.get(role)!); // the database goes on: others use it
    expect(pids.every(isThere)).to.equal(true);
    const began = performance.now();
    run.process.kill('SIGKILL');
    await until('all have ended', () => Promise.resolve(!pids.some(isThere)));
    expect(performance.now() - began).to.be.below(5_000);
    // what could not be said within these seconds is known by its silence
    await rows(`update process_state set heartbeat_at = heartbeat_at - interval '1 hour'`);
    const { code, stdout } = await health();
    expect(code).to.equal(3);
    const lines = stdout.split('\n');
    expect(lines).to.have.length(3);
    expect(lines[0]).to.match(
      /^down: the process "positions" (ended at \S+ \S+ UTC \(.*\)|has been silent for 6\d min): open trades are not being monitored\. .*restarts it, do so: bin\/bot run, or its service or container\.$/,
    );
    expect(lines[1]).to.match(
      /^degraded: the process "scanner" (ended at|has been silent) .*: no opportunities are found\. /,
    );
  });

  it('goes on with its run at the next start, and says at the end what was made of the time given', async () => {
    const made = () =>
      one(
        'select (select count(*)::int from simulated_trade) as bought, (select count(*)::int from partial_exit) as sold',
      );
    run.process.kill('SIGKILL');
    await run.ended;
    const before = await made();
    run = startRun([...args, '--for', '12s'], world);
    const { code, stderr } = await run.ended;
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const said = run.lines().map(({ msg }) => msg);
    expect(said.filter(msg => msg === 'resuming simulated run 1')).to.have.length(2);
    expect(said.filter(msg => /^(scanner|positions) /.test(msg))).to.deep.equal([
      'scanner has stopped',
      'positions has stopped',
    ]);
    const after = await made();
    const [bought, sold] = ['bought', 'sold'].map(what => (after[what] as number) - (before[what] as number));
    const told =
      /^--for 12 s has elapsed\. This session: \d+ opportunit(?:y|ies), (\d+) buys?, (\d+) sales? for [+-]?[\d.]+ USD, (\d+) open, equity [\d,.]+ USD$/.exec(
        said.at(-1)!,
      );
    const open = await counts(`select count(*)::int from simulated_trade where status <> 'closed'`);
    expect(told?.slice(1), said.at(-1)).to.deep.equal([bought, sold, open].map(String));
    const stops = await rows('select stop_reason, stop_requested from process_state where stopped_at is not null');
    expect(stops).to.deep.equal(ROLES.map(() => ({ stop_reason: '--for 12 s has elapsed', stop_requested: true })));
    expect(await counts('select count(*)::int from run')).to.equal(1);
  });

  it('is used wrongly, with code 2 and a line that says how to use it, where options do not go together', async () => {
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [['--speed', '60'], /--speed is for a simulated market: add --simulate/],
      [['--only', 'scanner', '--for', '1m'], /leave out --simulate and --for/],
      [['--config', 'nowhere.yaml'], /nowhere\.yaml: found no such file/],
    ];
    const ends = await Promise.all(wrong.map(([options]) => runBot(['run', ...options], world)));
    ends.forEach(({ code, stdout, stderr }, i) => {
      expect({ code, stdout }, wrong[i]![0].join(' ')).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.match(wrong[i]![1]);
    });
  });
});

describe('bin/bot run without an exchange', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-run-'));
  const config = writeConfig(folder, 'exchange: { rate_limit_retries: 0 }'); // it is reported sooner
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('says in a line when it tries again and how to do without a network; the second Ctrl-C ends it at once', async () => {
    const database = await migratedDatabase();
    const env = { DATABASE_URL: urlOf(database.connection), BOT_EXCHANGE_URL: 'http://kraken.invalid' };
    const run = startRun(['--config', config], { env });
    try {
      const away =
        /^the exchange cannot be reached \(.+\); the next try is in \d+ s\. Without a network: bin\/bot run --simulate$/;
      await until('it is said', () => Promise.resolve(run.said(away)));
      const pids = childrenOf(run.process.pid!);
      process.kill(pids.get('scanner')!, 'SIGSTOP'); // so that it cannot stop in order
      run.process.kill('SIGINT');
      await new Promise(resolve => setTimeout(resolve, 300));
      const began = performance.now();
      run.process.kill('SIGINT');
      expect((await run.ended).code).to.equal(130);
      await until('all have ended', () => Promise.resolve(![...pids.values()].some(isThere)));
      expect(performance.now() - began).to.be.below(5_000);
    } finally {
      run.process.kill('SIGKILL');
      await run.ended;
      await database.drop();
    }
  });

  it('begins as soon as the exchange is there', async () => {
    const database = await migratedDatabase();
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise(resolve => probe.close(resolve));
    const env = {
      DATABASE_URL: urlOf(database.connection),
      BOT_EXCHANGE_URL: `http://127.0.0.1:${port}`,
      BOT_MARKET_CAP_URL: `http://127.0.0.1:${port}/api/v3`,
      BOT_CLOCK_SPEED: '120',
    };
    const began = performance.now();
    const run = startRun(['--only', 'scanner', '--config', config], { env });
    const clock = () => Date.UTC(2026, 2, 14, 14, 45) + (performance.now() - began) * 120;
    try {
      await until('it is said', () =>
        Promise.resolve(run.said(/^the exchange cannot be reached .* the next try is in/)),
      );
      expect(run.said(/--simulate/)).to.equal(false);
      const exchange = simulatedExchange({ seed: 1, symbols: SYMBOLS, clock, isLimited: false });
      const server = await serveExchange(exchange, port);
      try {
        await until('candles are stored', async () => {
          const [found] = await query(database.connection, 'select count(*)::int as count from market_data');
          return (found!['count'] as number) > 0;
        });
        expect(run.said(/^the exchange answers$/)).to.equal(true);
        run.process.kill('SIGINT');
        expect((await run.ended).code).to.equal(0);
      } finally {
        await server.close();
      }
    } finally {
      run.process.kill('SIGKILL');
      await run.ended;
      await database.drop();
    }
  });
});
