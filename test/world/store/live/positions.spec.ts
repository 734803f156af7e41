import { expect } from 'chai';
import { Superseded } from '../../../../lib/world/store/live/index.js';
import { walk } from '../../../support/walk.js';
import { StoreError } from '../../../../lib/world/store/errors.js';
import { openStore } from '../../../../lib/world/store/index.js';
import { openLive } from '../../../../lib/world/store/live/index.js';
import { query } from '../fixtures.js';
import { openProxy } from './proxy.js';
import { openLiveScene, scanOf, Trader } from './scene.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

const tape = walk(5, 60);

describe('an opportunity', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openLiveScene()));
  afterEach(() => scene.close());

  const sql = (text: string) => query(scene.database.connection, text);

  /** Stores minutes until the next one would open a trade, and says which one that is. */
  const untilEntry = async (trader: Trader): Promise<number> => {
    for (let n = 0; ; n++) {
      await scene.live.saveScan(scene, scanOf(tape, n, scene.ids));
      if (trader.broker.portfolio.pending.length > 0) return n;
      await trader.settle(tape, n).save();
    }
  };

  it('is taken by exactly one of twenty processes that go for it at once', async () => {
    const { trader } = await Trader.start(scene, 'first');
    const n = await untilEntry(trader);
    const stores = await Promise.all(
      Array.from({ length: 20 }, () => openStore(scene.database.connection, { poolSize: 1 })),
    );
    try {
      const traders = await Promise.all(
        stores.map((store, i) =>
          Trader.start({ ...scene, store, live: openLive(store, scene.database.connection) }, `w${i}`),
        ),
      );
      const settled = traders.map(started => started.trader.settle(tape, n));
      expect(settled.every(({ events }) => events.some(({ kind }) => kind === 'opened'))).to.equal(true);
      const outcomes = await Promise.allSettled(settled.map(({ save }) => save()));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).to.be.instanceOf(Superseded);
      expect(await sql('select count(*)::int as trades from simulated_trade')).to.deep.equal([{ trades: 1 }]);
      expect(await sql(`select count(*)::int as taken from opportunity where status = 'taken'`)).to.deep.equal([
        { taken: 1 },
      ]);
    } finally {
      await Promise.all(stores.map(store => store.close()));
    }
  });

  it('is taken once when the answer to the save was lost and it is saved again', async () => {
    const { trader } = await Trader.start(scene, 'w');
    const n = await untilEntry(trader);
    const { save } = trader.settle(tape, n);
    await save();
    const stored = await sql('select * from simulated_trade');
    await save();
    expect(await sql('select * from simulated_trade')).to.deep.equal(stored);
    await trader.settle(tape, n + 1).save();
  });

  it('is taken once when the connection broke between its commit and the answer', async () => {
    const proxy = await openProxy(scene.database.connection);
    const store = await openStore(proxy.connection, { poolSize: 1 });
    try {
      const live = openLive(store, proxy.connection);
      const { trader } = await Trader.start({ ...scene, store, live }, 'w');
      const n = await untilEntry(trader);
      const { save } = trader.settle(tape, n);
      const lost = proxy.loseCommit();
      const error = await save().catch((reason: unknown) => reason);
      await lost;
      expect(error).to.be.instanceOf(StoreError).with.property('transient', true);
      const stored = await sql('select * from simulated_trade');
      expect(stored).to.have.length(1);
      await save();
      expect(await sql('select * from simulated_trade')).to.deep.equal(stored);
      await trader.settle(tape, n + 1).save();
    } finally {
      await store.close();
      await proxy.close();
    }
  });

  it('is not taken by a process that read the portfolio before another one went on', async () => {
    const { trader: slow } = await Trader.start(scene, 'slow');
    const { trader: quick } = await Trader.start(scene, 'quick');
    await quick.settle(tape, 0).save();
    const error = await slow
      .settle(tape, 0)
      .save()
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Superseded);
    expect((error as Error).message).to.contain(`run ${scene.runId}`);
  });

  it('stays pending if anything of what taking it means cannot be stored', async () => {
    const { trader } = await Trader.start(scene, 'w');
    const n = await untilEntry(trader);
    await sql('alter table simulated_trade add constraint none check (false)');
    const error = await trader
      .settle(tape, n)
      .save()
      .catch((reason: unknown) => reason);
    expect(error).to.have.property('constraint', 'none');
    expect(await sql(`select status from opportunity where status <> 'pending'`)).to.deep.equal([]);
    expect(await sql('select version from portfolio_state')).to.deep.equal([{ version: n }]);
  });

  it('ends as taken, rejected or expired, once, and every trade has its own', async () => {
    const { trader } = await Trader.start(scene, 'w');
    const tape = walk(2, 100);
    for (let n = 0; n < tape.minutes; n++) {
      await scene.live.saveScan(scene, scanOf(tape, n, scene.ids));
      await trader.settle(tape, n).save();
    }
    const counts = await sql(
      `select o.status, count(*)::int as n, count(t.id)::int as trades from opportunity o left join simulated_trade t on opportunity_id = o.id group by o.status`,
    );
    const of = (status: string) => counts.find(row => row['status'] === status);
    expect(of('taken')).to.have.property('n', of('taken')!['trades']);
    for (const status of ['rejected', 'expired']) expect(of(status)).to.have.property('trades', 0);
    expect(counts.reduce((sum, { n }) => sum + Number(n), 0)).to.equal(tape.opportunities.length);
    expect(Number(of('pending')?.['n'] ?? 0)).to.equal(trader.broker.portfolio.pending.length);
  });
});
