import { expect } from 'chai';
import type { DecidingStrategy } from '../../../../lib/world/store/live/index.js';
import { minute } from '../../../support/broker.js';
import { walk, WALK_MARKETS } from '../../../support/walk.js';
import { query } from '../fixtures.js';
import { BROKEN } from './invariants.js';
import { openLiveScene, scanOf, Trader, type Desk } from './scene.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

const tape = walk(2, 100);

const TRADES = `
  select trade_number, cryptocurrency_id, entry_timestamp, entry_price, size, stop_loss_price, exit_timestamp, profit_loss, status
  from simulated_trade where strategy_used = 'NAME' order by trade_number`;
const EQUITY = `select timestamp, kind, equity from equity_point where strategy = 'NAME' order by 1, 2`;

describe('the wallets of a run', () => {
  let scene: Scene;
  let loose: Desk;
  beforeEach(async () => {
    scene = await openLiveScene();
    loose = { ...scene, strategy: 'loose' };
  });
  afterEach(() => scene.close());

  const rows = (sql: string, name = '') => query(scene.database.connection, sql.replaceAll('NAME', name));

  /** What the scanner stores if both strategies find the same. */
  const scan = (n: number) => {
    const found = scanOf(tape, n, scene.ids);
    const both = found.opportunities.flatMap(one => [one, { ...one, strategy: 'loose' }]);
    return scene.live.saveScan(scene, { ...found, opportunities: both });
  };

  it('trade the same opportunities independently, each with its own numbers, equity and cash', async () => {
    const { trader: main } = await Trader.start(scene, 'w');
    const { trader: shadow } = await Trader.start(loose, 'w');
    for (let n = 0; n < tape.minutes; n++) {
      await scan(n);
      await main.settle(tape, n).save();
      if (n < 50) await shadow.settle(tape, n).save();
      if (n % 20 === 19) expect((await rows(BROKEN)).filter(({ count }) => count !== 0)).to.deep.equal([]);
    }
    // the other one is resumed from where it was left
    const { trader, next } = await Trader.start(loose, 'another');
    expect([next, trader.version]).to.deep.equal([50, 50]);
    for (let n = next; n < tape.minutes; n++) await trader.settle(tape, n).save();

    for (const sql of [TRADES, EQUITY]) {
      const ours = await rows(sql, 'momentum');
      expect(ours).to.have.length.above(5);
      expect(await rows(sql, 'loose')).to.deep.equal(ours);
    }
    expect(await scene.live.metrics(loose)).to.deep.equal(await scene.live.metrics(scene));

    // the rule would have been seen to break
    await rows(`update equity_point set cash = cash + 1, equity = equity + 1 where strategy = 'loose'`);
    expect((await rows(BROKEN)).filter(({ count }) => count !== 0)).to.have.length(1);
  });

  it('hold markets that are watched for all of them, and no pending opportunity of another', async () => {
    const { trader } = await Trader.start(loose, 'w');
    let n = 0;
    for (; trader.broker.portfolio.open.length === 0; n++) {
      await scan(n);
      await trader.settle(tape, n).save();
    }
    const held = trader.broker.portfolio.open.map(({ market }) => WALK_MARKETS[market]!.symbol);
    expect(await scene.live.heldSymbols(scene.runId)).to.have.members(held);
    expect(await scene.live.holders(scene.runId)).to.deep.equal(['loose']);
    const opening = await scene.live.opening(scene, scene.markets);
    expect([opening.version, opening.portfolio.open, opening.portfolio.cash]).to.deep.equal([0, [], 10_000]);
    const pending = await scene.live.pending(scene.runId, scene.ids);
    expect(pending.get('loose') ?? []).to.have.length(trader.broker.portfolio.pending.length);
    expect(pending.get('momentum')).to.have.length(tape.opportunities.filter(({ at }) => at < minute(n)).length);
  });

  it('are measured apart', async () => {
    const { trader } = await Trader.start(loose, 'w');
    for (let n = 0; n < 60; n++) {
      await scan(n);
      await trader.settle(tape, n).save();
    }
    const { configurationId } = scene;
    const measured = await scene.live.saveMetrics(loose, minute(60), configurationId);
    const other = await scene.live.saveMetrics(scene, minute(60), configurationId);
    expect(measured.totalTrades).to.be.above(0);
    expect(other).to.include({ totalTrades: 0, totalProfitLoss: 0 });
    expect(await rows('select strategy, total_trades from performance_metric order by 1')).to.deep.equal([
      { strategy: 'loose', total_trades: measured.totalTrades },
      { strategy: 'momentum', total_trades: 0 },
    ]);
  });
});

describe('the versions of strategies', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openLiveScene()));
  afterEach(() => scene.close());

  const momentum: DecidingStrategy = {
    name: 'momentum',
    use: 'momentum',
    wallet: 'main',
    parameters: { rsi: { min: 50, max: 70 }, adx: 25 },
    sourceHash: null,
  };
  const file = { ...momentum, name: 'own', use: './own.ts', wallet: 'shadow' as const, sourceHash: 'a'.repeat(64) };
  const record = (at: number, ...strategies: DecidingStrategy[]) =>
    scene.live.recordStrategyVersions(scene.runId, scene.configurationId, at, strategies);

  it('are recorded when they change, and found by the opportunities that they decided', async () => {
    const first = await record(minute(0), momentum, file);
    const reordered = { ...momentum, parameters: { adx: 25, rsi: { max: 70, min: 50 } } };
    expect(await record(minute(1), file, reordered)).to.deep.equal(new Map([...first].toReversed()));
    const edited = await record(minute(2), momentum, { ...file, sourceHash: 'b'.repeat(64) });
    expect(edited.get('momentum')).to.equal(first.get('momentum'));
    expect(edited.get('own')).to.be.above(first.get('own')!);
    const tuned = { ...momentum, parameters: { ...momentum.parameters, adx: 20 } };
    await record(minute(1), tuned); // the clock was set back
    const stored = await scene.live.strategyVersions(scene.runId);
    expect(stored.map(({ name, at }) => [name, at])).to.have.deep.members([
      ['momentum', minute(0)],
      ['own', minute(0)],
      ['own', minute(2)],
      ['momentum', minute(1)],
    ]);
    expect(stored.at(-1)).to.deep.include({ ...file, sourceHash: 'b'.repeat(64), id: edited.get('own') });

    const n = tape.opportunities[0]!.at;
    const found = scanOf(tape, (n - minute(0)) / 60_000, scene.ids);
    const both = found.opportunities.flatMap(one => [one, { ...one, strategy: 'own' }]);
    await scene.live.saveScan({ ...scene, versions: edited }, { ...found, opportunities: both });
    const versions = await query(
      scene.database.connection,
      'select distinct strategy, strategy_version_id as version from opportunity order by 1',
    );
    expect(versions).to.deep.equal([
      { strategy: 'momentum', version: edited.get('momentum') },
      { strategy: 'own', version: edited.get('own') },
    ]);
  });
});
