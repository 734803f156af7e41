import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../lib/errors.js';
import { minute } from '../../support/broker.js';
import { backtest, configuration, openScene, query, type Scene } from './fixtures.js';

const STARTER = fileURLToPath(new URL('starter.ts', import.meta.url));

describe('a run', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openScene()));
  afterEach(() => scene.close());

  const statusOf = async (id: number) => (await scene.store.runs(10)).find(run => run.id === id)?.status;

  it('is running until it ends, and then has its result', async () => {
    const { store, run } = scene;
    expect(await store.abandonDeadRuns()).to.deep.equal([]);
    expect(await statusOf(run.id)).to.equal('running');
    await run.finish('completed', { finalBalance: 10_123.456, report: { sharpe: 1.5 } });
    const [summary] = await store.runs(1);
    expect(summary).to.include({
      id: run.id,
      status: 'completed',
      initialBalance: 10_000,
      finalBalance: 10_123.456,
      trades: 0,
    });
    expect(summary?.symbols).to.deep.equal(['AAA/USD', 'BBB/USD', 'CCC/USD']);
    const [row] = await query(scene.database.connection, `select report from run where id = ${run.id}`);
    expect(row?.report).to.deep.equal({ sharpe: 1.5 });
  });

  it('does not look running for ever after its process was killed', async () => {
    const { database, store } = scene;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx/esm', STARTER, JSON.stringify({ connection: database.connection, run: backtest() })],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const id = Number(said.toString());
    expect(await store.abandonDeadRuns()).to.deep.equal([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // the server notices the closed socket when it next looks at it
    let abandoned: readonly number[] = [];
    for (let tries = 0; abandoned.length === 0 && tries < 50; tries++) {
      abandoned = await store.abandonDeadRuns();
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    expect(abandoned).to.deep.equal([id]);
    expect(await statusOf(id)).to.equal('aborted');
    expect(await statusOf(scene.run.id)).to.equal('running');
  });

  it('never shares a database between a simulated and the real exchange', async () => {
    const { store } = scene;
    const before = await query(scene.database.connection, 'select id from configuration_history');
    const start = { ...backtest(), mode: 'simulated' as const, marketSource: 'simulator' as const };
    const run = await store.startRun(start);
    const error = await store
      .startRun({ ...start, configuration: configuration('b'), mode: 'live', marketSource: 'exchange' })
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(UserError).with.property('exitCode', 2);
    expect((error as UserError).message).to.contain('simulated');
    const after = await query(scene.database.connection, 'select id from configuration_history');
    expect(after, 'a start that is refused accepts no configuration').to.deep.equal(before);
    await run.finish('completed');
  });

  it('never shares a database between two exchanges', async () => {
    const { store } = scene;
    const on = (letter: string, name: string) => ({
      ...backtest(),
      mode: 'live' as const,
      marketSource: 'exchange' as const,
      configuration: { ...configuration(letter), document: { exchange: { name } } },
    });
    const run = await store.startRun(on('c', 'kraken'));
    const error: unknown = await store.startRun(on('d', 'toy')).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(UserError).with.property('exitCode', 2);
    expect((error as UserError).lines[0]).to.equal(
      'This database holds runs on kraken; a run on toy never shares a database with them.',
    );
    await run.finish('completed');
    await (await store.startRun(on('c', 'kraken'))).finish('completed');
  });

  it('keeps one row of metrics a moment', async () => {
    const { store, run, configurationId } = scene;
    const metrics = {
      totalTrades: 3,
      winningTrades: 2,
      losingTrades: 1,
      winRate: 2 / 3,
      averageProfit: 10,
      averageLoss: -5,
      profitFactor: 4,
      maxDrawdown: 0.1,
      sharpe: null,
      sortino: null,
      calmar: null,
      expectancy: 5,
      exposure: 0.2,
      turnover: 1.5,
      sqn: null,
      totalProfitLoss: 15,
      fees: 1,
      spread: 0.1,
      slippage: 0.1,
    };
    const event = { kind: 'accepted' as const, configuration: configuration('b'), changes: [] };
    const edited = await store.saveConfigurationEvent(event, run.id);
    await store.saveMetrics({ runId: run.id, strategy: 'momentum' }, minute(1), configurationId, metrics);
    await store.saveMetrics({ runId: run.id, strategy: 'momentum' }, minute(1), edited, {
      ...metrics,
      totalProfitLoss: 16,
    });
    const rows = await query(
      scene.database.connection,
      'select configuration_id, total_profit_loss, sharpe_ratio, win_rate from performance_metric',
    );
    expect(rows).to.deep.equal([
      {
        configuration_id: edited,
        total_profit_loss: '16',
        sharpe_ratio: null,
        win_rate: 2 / 3,
      },
    ]);
  });
});

describe('the markets', () => {
  let scene: Scene;
  before(async () => (scene = await openScene()));
  after(() => scene.close());

  it('come sorted by symbol, each once, also when entered by two at a time', async () => {
    const { store } = scene;
    const [one, two] = await Promise.all([
      store.ensureMarkets(['ZZZ/USD', '1INCH/EUR', 'AAA/USD']),
      store.ensureMarkets(['1INCH/EUR', 'ZZZ/USD', 'AAA/USD']),
    ]);
    expect(one).to.deep.equal(two);
    expect(one.map(({ symbol }) => symbol)).to.deep.equal(['1INCH/EUR', 'AAA/USD', 'ZZZ/USD']);
    expect(one[0]).to.include({ base: '1INCH', quote: 'EUR', isActive: true, amountStep: 1e-8, minimumAmount: 0 });
    expect((await store.markets()).map(({ symbol }) => symbol)).to.deep.equal([
      '1INCH/EUR',
      'AAA/USD',
      'BBB/USD',
      'CCC/USD',
      'ZZZ/USD',
    ]);
  });

  for (const symbol of [
    'btc/usd',
    'BTCUSD',
    'BTC/USD/X',
    '../etc',
    "A'; drop table run; --/USD",
    `${'A'.repeat(21)}/USD`,
  ])
    it(`refuse ${symbol.slice(0, 25)}`, async () => {
      const error = await scene.store.ensureMarkets([symbol]).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UserError);
    });
});
