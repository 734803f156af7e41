import { expect } from 'chai';
import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { PartialExit } from '../../../entities/partial-exit.js';
import { SimulatedTrade } from '../../../entities/simulated-trade.js';
import { toMoney } from '../../../lib/money.js';
import type { PositionEvent } from '../../../lib/portfolio/events.js';
import type { EquityMark } from '../../../lib/portfolio/mark.js';
import { StoreError } from '../../../lib/world/store/errors.js';
import { candle, minute, opportunity, play } from '../../support/broker.js';
import { backtest, openScene, query, type Scene } from './fixtures.js';

const costs = { takerFee: 0.004, spread: 0.0005, slippage: 0.0002 };

/** Bought at 100, sold a third at +1.5 %, another at +3 %, the rest at +5 %: three exits. */
const ladder = () =>
  play({
    candles: [
      candle(0, 100, 100, 100, 100),
      candle(1, 100, 100.5, 99.5, 100),
      candle(2, 100, 102, 100, 102),
      candle(3, 102, 103.5, 102, 103),
      candle(4, 103, 106, 103, 106),
    ],
    opportunities: [opportunity(0)],
    costs,
  }).events;

/**
 * A seeded walk over three markets with more opportunities than can be taken: every kind of event.
 */
const walk = (seed: number, minutes: number): readonly PositionEvent[] => {
  let state = seed;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const candles = [];
  const opportunities = [];
  for (let market = 0; market < 3; market++) {
    let price = 100;
    for (let n = 0; n < minutes; n++) {
      const close = price * (1 + (random() - 0.5) * 0.04);
      candles.push(candle(n, price, Math.max(price, close) * 1.002, Math.min(price, close) * 0.998, close, market));
      price = close;
    }
  }
  for (let n = 0; n < minutes - 1; n++)
    for (let market = 0; market < 3; market++) if (random() < 0.4) opportunities.push(opportunity(n, market, random()));
  return play({ candles, opportunities, costs }).events;
};

const ROWS = `
  select t.trade_number, t.status, t.entry_price, t.size, t.remaining_size, t.exit_timestamp, t.exit_price, t.profit_loss,
    t.profit_loss_percentage, t.stop_loss_price, t.take_profit_price, t.highest_price, t.trailing_stop_active, t.ambiguous,
    o.status as taken, e.sequence, e.size as sold, e.exit_percentage, e.profit_loss as gained, e.reason, e.level
  from simulated_trade t join opportunity o on o.id = opportunity_id left join partial_exit e on trade_id = t.id
  where t.run_id = RUN order by trade_number, sequence`;
const RAISES = `
  select trade_number, raise.timestamp, stop, reason from stop_raise raise join simulated_trade trade on trade.id = trade_id
  where run_id = RUN order by trade_number, stop`;
const DECISIONS = `select cryptocurrency_id, timestamp, status, reason, decided_at from opportunity where run_id = RUN order by 1, 2`;

describe('what happened to the portfolio', () => {
  let scene: Scene;
  before(async () => (scene = await openScene()));
  after(() => scene.close());

  const save = (events: readonly PositionEvent[], equity: readonly EquityMark[] = [], runId = scene.run.id) =>
    scene.store.saveChanges({ ...scene, runId, strategy: 'momentum' }, events, equity);
  const rows = (sql: string, runId: number) => query(scene.database.connection, sql.replaceAll('RUN', String(runId)));
  const stored = async (runId: number) => [
    await rows(ROWS, runId),
    await rows(DECISIONS, runId),
    await rows(RAISES, runId),
  ];
  const newRun = () => scene.store.startRun(backtest());

  it('is stored as a trade with its three exits, whose sums are exact', async () => {
    const run = await newRun();
    const events = ladder();
    await save(events, [], run.id);
    const em = scene.store.orm.em.fork();
    const trade = await em.findOneOrFail(SimulatedTrade, { runId: run.id });
    const exits = await em.find(PartialExit, { trade }, { orderBy: { sequence: 'asc' } });
    const original = (events[0] as Extract<PositionEvent, { kind: 'opened' }>).trade;

    expect(trade).to.include({ tradeNumber: 1, status: 'closed', strategyUsed: 'momentum', positionType: 'long' });
    expect(Number(trade.size)).to.equal(original.size);
    expect(trade.entryTimestamp.getTime()).to.equal(minute(1));
    expect(trade.exitTimestamp?.getTime()).to.equal(minute(5));
    expect(exits.map(({ reason, level }) => [reason, level])).to.deep.equal([
      ['take_profit', 0],
      ['take_profit', 1],
      ['take_profit', 2],
    ]);
    // Σ PnL of the exits, to the twelfth place: one unit of the last place each is all that
    // rounding may move
    const sum = original.exits.reduce((total, { profitLoss }) => total + profitLoss, 0);
    expect(Number(trade.profitLoss)).to.be.closeTo(sum, 3e-12);
    // percent of size · entry price
    expect(Number(trade.profitLossPercentage)).to.be.closeTo((100 * sum) / (original.size * original.entryPrice), 1e-9);
    // bought at 100 · 1.00045; sold at that · (0.3 · 1.015 + 0.4 · 1.03 + 0.3 · 1.05), times
    // 0.99955 for half a spread and slippage
    expect(Number(trade.exitPrice)).to.be.closeTo(100.045 * 1.0315 * 0.99955, 1e-6);
    await run.finish('completed');
  });

  it('keeps each rise of a stop with its time, its price and its rule', async () => {
    const run = await newRun();
    const events = walk(3, 60);
    await save(events, [], run.id);
    const raises = events.flatMap(event => (event.kind === 'stop_raised' ? [event] : []));
    expect(new Set(raises.map(({ trade }) => trade.number)).size, 'trades whose stop rises').to.be.above(1);
    const found = await rows(RAISES, run.id);
    expect(found.map(row => [row['trade_number'], row['reason'], row['stop']])).to.deep.equal(
      raises
        .toSorted((a, b) => a.trade.number - b.trade.number || a.stop - b.stop)
        .map(({ trade, reason, stop }) => [trade.number, reason, toMoney(stop)]),
    );
    const times = new Set(found.map(row => (row['timestamp'] as Date).getTime()));
    expect([...times].sort()).to.deep.equal([...new Set(raises.map(({ at }) => at))].sort());
    // the last one is the stop of the trade
    const last = await rows(
      `select count(*)::int as others from simulated_trade trade where run_id = RUN
       and stop_loss_price <> (select max(stop) from stop_raise where trade_id = trade.id)`,
      run.id,
    );
    expect(last).to.deep.equal([{ others: 0 }]);
    await run.finish('completed');
  });

  it('stays as it is when it is stored again', async () => {
    const run = await newRun();
    const events = walk(7, 120);
    const equity: EquityMark[] = [{ at: minute(5), kind: 'exit', cash: 9_990.1, openValue: 12.3 }];
    await save(events, equity, run.id);
    const first = await stored(run.id);
    await save(events, equity, run.id);
    expect(await stored(run.id)).to.deep.equal(first);
    expect(await rows('select kind, cash, equity from equity_point where run_id = RUN', run.id)).to.deep.equal([
      { kind: 'exit', cash: '9990.1', equity: '10002.4' },
    ]);
    await run.finish('completed');
  });

  it('comes out the same however it is cut into change sets', async () => {
    const events = walk(3, 60);
    expect(new Set(events.map(({ kind }) => kind))).to.include.members(['opened', 'exited', 'stop_raised', 'rejected']);
    const whole = await newRun();
    await save(events, [], whole.id);
    const expected = await stored(whole.id);
    expect(expected[0]).to.have.length.above(5);
    const cuts = fc.uniqueArray(fc.nat({ max: events.length }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async at => {
        const run = await newRun();
        const edges = [0, ...at.sort((a, b) => a - b), events.length];
        for (let i = 1; i < edges.length; i++) await save(events.slice(edges[i - 1], edges[i]), [], run.id);
        expect(await stored(run.id)).to.deep.equal(expected);
        await run.finish('completed');
      }),
      { numRuns: 8 },
    );
    await whole.finish('completed');
  });

  it('may be stored in the wrong order again after a failure, and the newest state stays', async () => {
    const run = await newRun();
    const events = ladder();
    for (const event of events) await save([event], [], run.id);
    const done = await stored(run.id);
    await save(events.slice(0, 1), [], run.id);
    expect(await stored(run.id)).to.deep.equal(done);
    await run.finish('completed');
  });

  it('is stored whole or not at all', async () => {
    const run = await newRun();
    const events = ladder();
    const broken = events.map((event, n) =>
      n === 2 && event.kind === 'exited' ? { ...event, exit: { ...event.exit, size: 1e6 } } : event,
    );
    const error = await save(broken, [], run.id).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(StoreError).with.property('transient', false);
    expect((await stored(run.id)).flat()).to.deep.equal([]);
    await run.finish('failed');
  });

  it('cannot take an opportunity that was rejected before', async () => {
    const run = await newRun();
    const events = ladder();
    const { trade } = events[0] as Extract<PositionEvent, { kind: 'opened' }>;
    await save([{ kind: 'rejected', opportunity: trade.opportunity, at: minute(1), reason: 'cooldown' }], [], run.id);
    const error = await save(events, [], run.id).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(StoreError).with.property('constraint', 'opportunity_once');
    await run.finish('failed');
  });

  it('makes room for the next trade of a market in the change set that closes the last one', async () => {
    const run = await newRun();
    const events = walk(11, 400);
    const opened = events.findIndex(({ kind }) => kind === 'opened');
    await save(events.slice(0, opened + 1), [], run.id);
    await save(events.slice(opened + 1), [], run.id);
    const [counts] = await rows(
      'select count(*)::int as trades, count(distinct cryptocurrency_id)::int as markets from simulated_trade where run_id = RUN',
      run.id,
    );
    expect(counts).to.have.property('trades').above(30);
    await run.finish('completed');
  });

  it('keeps the sums of sizes like a third exact', async () => {
    const sums = await query(
      scene.database.connection,
      `select count(*)::int as wrong from simulated_trade t join lateral (
         select sum(size) as size, sum(exit_percentage) as percentage, sum(profit_loss) as profit from partial_exit where trade_id = t.id
       ) e on true where status = 'closed' and (e.size <> t.size or e.percentage <> 100 or e.profit <> t.profit_loss)`,
    );
    expect(sums).to.deep.equal([{ wrong: 0 }]);
  });

  it('takes no more memory after hundreds of change sets', async function () {
    this.timeout(60_000);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const run = await newRun();
    const events = walk(5, 600);
    expect(events).to.have.length.above(700);
    const heap = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    for (const event of events.slice(0, 200)) await save([event], [], run.id);
    const before = heap();
    for (const event of events.slice(200, 700)) await save([event], [], run.id);
    // an EntityManager that is kept costs some 5 KB, and more for what it has read: 500 of them
    // over 2.5 MB
    expect(heap() - before).to.be.below(1_500_000);
    await run.finish('completed');
  });
});
