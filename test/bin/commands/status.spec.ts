import { expect } from 'chai';
import { tryAcquire, BUDGET_KEY, OPEN_GATE, budgetOf, type GateState } from '../../../lib/exchange/request-budget.js';
import { KRAKEN } from '../../../lib/kraken/index.js';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import type { LiveStatus } from '../../../lib/report/live-status.js';
import type { StorageForecast } from '../../../lib/ops/forecast.js';
import { minute } from '../../support/broker.js';
import { walk } from '../../support/walk.js';
import { query } from '../../world/store/fixtures.js';
import { openLiveScene, scanOf, Trader } from '../../world/store/live/scene.js';
import { jsonHere, runHere } from '../../support/here.js';
import { startBot, until, urlOf } from '../child.js';

const BUDGET = budgetOf(KRAKEN.limits);

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

describe('bin/bot status of a live run', () => {
  let scene: Scene;
  let env: Record<string, string>;
  let trader: Trader;
  before(async () => {
    scene = await openLiveScene();
    env = { DATABASE_URL: urlOf(scene.database.connection) };
    const { live, runId, configurationId, ids } = scene;
    const tape = walk(7, 200);
    trader = (await Trader.start(scene, 'w')).trader;
    for (let n = 0; n < 20 || trader.broker.portfolio.open.length === 0; n++) {
      await live.saveScan(scene, scanOf(tape, n, ids));
      await trader.settle(tape, n).save();
    }
    await live.saveMetrics(scene, minute(20), configurationId);
    const beat = { codeVersion: '1.2.3', runId, lagMs: 1_500, error: null, counters: { tapes: 12_345 } };
    await live.beat({ ...beat, role: 'positions' });
    await live.beat({ ...beat, role: 'scanner', error: 'Kraken: maintenance' });
    const candidate = { rank: 'candles', cost: 1, pair: null } as const;
    await live.shared<GateState>(BUDGET_KEY).update((state, now) => ({
      state: tryAcquire(state ?? OPEN_GATE, 'scanner', [candidate], now, BUDGET, BREAKER_RULES).state,
      result: null,
    }));
  });
  after(() => scene.close());

  it('shows portfolio, open trades, processes, requests and metrics, and says what is wrong', async () => {
    const { code, stdout } = await runHere(['status'], { env });
    expect(code).to.equal(0);
    expect(stdout).to.contain(`Run under way  ${scene.runId}, simulated, since `);
    expect(stdout).to.match(
      /^health +degraded\n {2}- the process "scanner" had an error \d+ s ago: Kraken: maintenance$/m,
    );
    expect(stdout).to.match(/^positions +\d+@\S+ +alive +\d+ s ago +2 s +1\.2\.3$/m);
    expect(stdout).to.contain('scanner: tapes 12,345').and.contain('scanner, last error (');
    expect(stdout).to.match(/^Requests +1 of 60 in the last minute \(candles 1\)$/m);
    expect(stdout).to.match(/^breaker +closed$/m);
    expect(stdout).to.match(/^Metrics +of 2026-01-01 00:20: \d+ trades?, /m);
    const { symbol } = scene.markets[trader.broker.portfolio.open[0]!.market]!;
    expect(stdout).to.match(new RegExp(`^${symbol} +2026-01-01 00:\\d\\d +[\\d,.]+ +[\\d,.]+ +[\\d,.]+`, 'm'));
    // a few minutes are no measure, and the disk is another's
    expect(stdout).to.match(
      /^size +\d+(\.\d)? MB, its growth is known once a live run has decided on an hour of minutes$/m,
    );
    expect(stdout).to.contain('Stored candles').and.contain('Last runs');
  });

  it('is a document for programs, that agrees with the broker', async () => {
    const { live, storage } = await jsonHere<{ live: LiveStatus; storage: StorageForecast }>(['status'], { env });
    expect(storage).to.deep.include({ perDayBytes: null, storageDays: 30, disk: null, warnings: [] });
    expect(storage.bytes).to.be.above(1e6);
    const { portfolio } = trader.broker;
    expect(live.health).to.equal('degraded');
    expect(live.portfolio.cash).to.equal(portfolio.cash);
    expect(live.trades.map(({ number, stop }) => [number, stop])).to.deep.equal(
      portfolio.open.map(({ number, stop }) => [number, stop]),
    );
    const [row] = await query(
      scene.database.connection,
      'select equity::float8 as equity from equity_point order by timestamp desc limit 1',
    );
    expect(live.portfolio.equity).to.be.closeTo(row!['equity'] as number, 1e-9);
    expect(live.metrics).to.include({ at: '2026-01-01T00:20:00.000Z' });
  });

  it('says with --watch what has changed, until it is stopped, and that is a good end', async () => {
    const { process: child, ended } = startBot(['status', '--watch', '--json'], { env });
    let said = '';
    child.stdout!.on('data', (text: string) => (said += text));
    const seen = () =>
      said
        .split('\n')
        .slice(0, -1)
        .map(line => (JSON.parse(line) as LiveStatus).health);
    await until('it has been shown once', () => Promise.resolve(seen().length > 0));
    await query(scene.database.connection, `update process_state set heartbeat_at = now() - interval '1 hour'`);
    await until('both processes are missed', () => Promise.resolve(seen().includes('down')));
    child.kill('SIGINT');
    expect((await ended).code).to.equal(0);
    expect(seen()[0]).to.equal('degraded');
  }).timeout(30_000);

  const checked = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runHere(['status', '--check', ...args], { env });
    return { code, said: `${stdout}${stderr}`.trim() };
  };

  it('is an exit code with --check, and a line for each fault that says what to do', async () => {
    const set = (sql: string) => query(scene.database.connection, `update process_state set ${sql}`);
    await set(`heartbeat_at = now(), last_error = null`);
    const open = trader.broker.portfolio.open.length;
    expect(await checked()).to.deep.equal({
      code: 0,
      said: `ok: simulated run ${scene.runId}, positions 2 s behind the market, scanner 2 s behind the market, ${open} open ${open === 1 ? 'trade' : 'trades'}`,
    });
    expect(await checked('--json')).to.deep.equal({ code: 0, said: '{"ok":true,"health":"ok","faults":[]}' });
    await set(`lag_ms = 600000`);
    const late = await checked();
    expect(late.code).to.equal(1);
    expect(late.said.split('\n')).to.deep.equal(
      ['positions', 'scanner'].map(
        role =>
          `degraded: the process "${role}" is 10 min behind the market. If it does not catch up, check its log, the network and the load of this machine and of the database.`,
      ),
    );
    await set(`heartbeat_at = now() - interval '1 hour', lag_ms = 0`);
    const { code, said } = await checked('--json');
    expect(code).to.equal(3);
    const action = 'Its log has the reason. If nothing restarts it, do so: bin/bot run, or its service or container';
    expect(JSON.parse(said)).to.deep.equal({
      ok: false,
      health: 'down',
      faults: [
        {
          health: 'down',
          problem: 'the process "positions" has been silent for 60 min: open trades are not being monitored',
          action,
        },
        {
          health: 'degraded',
          problem: 'the process "scanner" has been silent for 60 min: no opportunities are found',
          action,
        },
      ],
    });
    await set(`stopped_at = '2026-11-30T10:03Z', stop_reason = '--for 6 s has elapsed', stop_requested = true`);
    const stopped = await checked();
    expect(stopped.code).to.equal(4);
    expect(stopped.said).to.match(
      /^stopped: since 2026-11-30 10:03 UTC: --for 6 s has elapsed\. Start it again: bin\/bot run, .*\.\nstopped: \d open trades? (is|are) not monitored until it is started again\.$/,
    );
    const { stdout } = await runHere(['status'], { env });
    expect(stdout).to.match(/^Last live run +\d+, .*\nhealth +stopped\n {2}- since 2026-11-30 10:03 UTC: --for 6 s/m);
    expect(stdout).to.match(/^ *\d+ +simulated +stopped /m);
  }).timeout(120_000);

  it('is down for --check where the database is away, and used wrongly where its settings are wrong', async () => {
    const at = async (url: string) => runHere(['status', '--check'], { env: { DATABASE_URL: url } });
    const away = await at('postgres://bot:hushhush@127.0.0.1:1/x');
    expect([away.code, away.stdout]).to.deep.equal([
      3,
      'down: The database at 127.0.0.1:1 cannot be reached: ECONNREFUSED. Start it, or check host and port in DATABASE_URL or database.connection_string.\n',
    ]);
    expect((await at('nonsense')).code).to.equal(2);
  }).timeout(60_000);

  it('shows the wallets of several strategies side by side, and whose each open trade is', async () => {
    const shadow = { ...scene, strategy: 'loose' };
    const tape = walk(7, 200);
    const { trader: other } = await Trader.start(shadow, 'w');
    for (let n = 0; n < 20 || other.broker.portfolio.open.length === 0; n++) {
      const { opportunities, ...scan } = scanOf(tape, n, scene.ids);
      const own = opportunities.map(one => ({ ...one, strategy: 'loose' }));
      await scene.live.saveScan(scene, { ...scan, candles: [], decisions: [], opportunities: own });
      await other.settle(tape, n).save();
    }
    const listed = (strategies: string) =>
      query(scene.database.connection, `update run set strategies = '${strategies}' where status = 'running'`);
    await listed('[{"name":"momentum","wallet":"main"},{"name":"loose","wallet":"shadow"}]');
    const { stdout } = await runHere(['status'], { env });
    expect(stdout).to.match(/^Strategies +wallet +equity +return +realised +unrealised +closed +open +pending$/m);
    expect(stdout).to.match(/^momentum +main +[\d,.]+ +[-+\d.]+ % /m);
    expect(stdout).to.match(/^loose +shadow +[\d,.]+ +[-+\d.]+ % /m);
    expect(stdout).to.match(/^Open trades +market +entered /m);
    expect(stdout).to.match(/^loose +\S+\/\S+ +2026-01-01 /m);
    const { live } = await jsonHere<{ readonly live: LiveStatus }>(['status'], { env });
    expect(live.strategy).to.equal('momentum');
    expect(live.shadows.map(({ strategy, trades }) => [strategy, trades.length])).to.deep.equal([
      ['loose', other.broker.portfolio.open.length],
    ]);
    const { cash, openValue, equity } = live.shadows[0]!.portfolio;
    expect(cash).to.equal(other.broker.portfolio.cash);
    expect(equity).to.be.closeTo(cash + openValue, 1e-9);
    await listed('[{"name":"momentum","wallet":"main"}]');
    const removed = await runHere(['status'], { env });
    expect(removed.stdout).to.match(/^momentum +main +.*\nloose +removed +[\d,.]+ +/m);
  });

  it('says that none is under way where none is', async () => {
    await query(scene.database.connection, `update run set status = 'completed', ended_at = now()`);
    expect(await jsonHere<{ live: null }>(['status'], { env })).to.have.property('live', null);
    expect(await checked()).to.deep.equal({
      code: 4,
      said: 'stopped: no live run has been started on this database. Start one: bin/bot run.',
    });
    const { process: child, ended } = startBot(['status', '--watch'], { env });
    let said = '';
    child.stdout!.on('data', (text: string) => (said += text));
    await until('it was said', () => Promise.resolve(said.includes('No live run is under way')));
    child.kill('SIGTERM');
    expect((await ended).code).to.equal(0);
  }).timeout(30_000);
});
