import { expect } from 'chai';
import type { PositionEvent } from '../../../../lib/portfolio/events.js';
import { emptyPortfolio } from '../../../../lib/portfolio/portfolio.js';
import { CandleBroker, type Settlement } from '../../../../lib/portfolio/settle.js';
import { Performance, type Metrics } from '../../../../lib/report/performance.js';
import { defaultConfiguration } from '../../../../lib/settings/read.js';
import { sliceTape } from '../../../../lib/tape.js';
import type { EquityMark } from '../../../../lib/portfolio/mark.js';
import { minute } from '../../../support/broker.js';
import { walk, WALK_MARKETS, walkTerms } from '../../../support/walk.js';
import { backtest, query } from '../fixtures.js';
import { openLiveScene, scanOf, Trader } from './scene.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

/**
 * Reckoned from prices, of which twelve decimals are stored: seven digits of the walk's cheapest
 * coin, at 0.000007.
 */
const OF_PRICES = ['expectancyR', 'sqn', 'turnover'];

/** The same to a billionth, where prices have as many digits. */
const expectSame = (found: Metrics, expected: Metrics): void => {
  expect(Object.keys(found)).to.have.members(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) {
    const other: unknown = found[name as keyof Metrics];
    const share = OF_PRICES.includes(name) ? 1e-7 : 1e-9;
    if (typeof value === 'number') expect(other, name).to.be.closeTo(value, share * Math.max(1, Math.abs(value)));
    else expect(other, name).to.deep.equal(value);
  }
};

/** The marks of a settled stretch as a live process stores them: one a minute. */
const marksOf = ({ start, equity, exposed }: Settlement): EquityMark[] =>
  [...equity].map((worth, i) => ({
    at: start + (i + 1) * 60_000,
    kind: 'minute',
    cash: worth - exposed[i]!,
    openValue: exposed[i]!,
  }));

const BY_DEFAULT = { kind: 'accepted', configuration: defaultConfiguration, changes: [] } as const;

describe('the metrics of a live run, recomputed from what is stored', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openLiveScene()));
  afterEach(() => scene.close());

  /**
   * Plays stretches of a walk, minutes `from` to `to` each, and stores them; says what they came to
   * as it saw it.
   */
  const play = async (seed: number, ...stretches: readonly (readonly [from: number, to: number])[]) => {
    const { store, runId } = scene;
    const configurationId = await store.saveConfigurationEvent(BY_DEFAULT, runId); // its stop is that of the walk: 2 %
    const tape = walk(seed, stretches.at(-1)![1]);
    const broker = new CandleBroker(emptyPortfolio(WALK_MARKETS, 10_000), 'USD');
    const performance = new Performance({ initialBalance: 10_000, from: minute(stretches[0]![0]) });
    let last = 10_000;
    for (const [from, to] of stretches) {
      const opportunities = tape.opportunities.filter(({ at }) => at >= minute(from) && at < minute(to));
      const part = { ...sliceTape(tape, from, to), opportunities };
      const settled = broker.settle(part, minute(from), minute(to), walkTerms);
      performance.add(settled);
      await store.saveChanges({ ...scene, configurationId }, settled.events, marksOf(settled));
      last = settled.equity.at(-1)!;
    }
    performance.finish(last, minute(stretches.at(-1)![1]));
    return { configurationId, metrics: performance.metrics() };
  };

  it('are those that a process which never stopped has, over more days than are read at once', async () => {
    const { metrics } = await play(3, [0, 12_000]);
    expect(metrics.totalTrades).to.be.above(500);
    expect(metrics.elapsedDays).to.be.closeTo(12_000 / 1_440, 1e-12);
    expect([metrics.sharpe, metrics.sortino, metrics.calmar, metrics.sqn, metrics.maxDrawdown]).to.not.include(null);
    expectSame(await scene.live.metrics(scene), metrics);
  }).timeout(30_000);

  it('go on at the last equity over minutes in which no process ran', async () => {
    const { metrics } = await play(5, [0, 700], [1_900, 3_000]);
    expectSame(await scene.live.metrics(scene), metrics);
  });

  it('are the same after each restart, and when they are saved again', async () => {
    const { live, runId, database } = scene;
    const tape = walk(7, 120);
    const id = await scene.store.saveConfigurationEvent(BY_DEFAULT, runId);
    const performance = new Performance({ initialBalance: 10_000, from: minute(0) });
    const events: PositionEvent[] = [];
    for (let n = 0; n < tape.minutes;) {
      const { trader, next } = await Trader.start({ ...scene, configurationId: id }, `w${n}`);
      expect(next).to.equal(n);
      for (const until = n + 40; n < until; n++) {
        await live.saveScan({ ...scene, configurationId: id }, scanOf(tape, n, scene.ids));
        const settled = trader.settle(tape, n);
        await settled.save();
        performance.add(settled);
        events.push(...settled.events);
      }
      const before = await live.saveMetrics(scene, minute(n), id);
      expect(await live.saveMetrics(scene, minute(n), id)).to.deep.equal(before);
    }
    const points = await query(
      database.connection,
      `select extract(epoch from timestamp)::float8 * 1000 as at, configuration_id, total_trades, fees::float8 as fees from performance_metric order by timestamp`,
    );
    expect(points.map(({ at, configuration_id }) => [at, configuration_id])).to.deep.equal(
      [40, 80, 120].map(n => [minute(n), id]),
    );
    const closedBy = (at: number) =>
      events.filter(event => event.kind === 'exited' && event.closed && event.at <= at).length;
    expect(points.map(point => point['total_trades'])).to.deep.equal([40, 80, 120].map(n => closedBy(minute(n))));
    const [{ equity }] = (await query(
      database.connection,
      'select equity::float8 as equity from equity_point order by timestamp desc limit 1',
    )) as [{ equity: number }];
    performance.finish(equity, minute(120));
    expectSame(await live.metrics(scene), performance.metrics());
  }).timeout(20_000);

  it('are those of a moment when they are saved for one, whatever came after it', async () => {
    const { configurationId } = await play(9, [0, 400], [400, 800]);
    const early = await scene.live.saveMetrics(scene, minute(400), configurationId);
    const whole = await scene.live.metrics(scene);
    expect(early.elapsedDays).to.be.closeTo(400 / 1_440, 1e-12);
    expect(whole.elapsedDays).to.be.closeTo(800 / 1_440, 1e-12);
    expect(early.totalTrades).to.be.within(1, whole.totalTrades - 1);
  });

  it('begin where the run began, where that is stored', async () => {
    const mark = { cash: 10_000, openValue: 0 };
    await scene.store.saveChanges(
      scene,
      [],
      [
        { ...mark, at: minute(0) + 31_250, kind: 'start' },
        { ...mark, at: minute(60), kind: 'minute' },
      ],
    );
    expect((await scene.live.metrics(scene)).elapsedDays).to.be.closeTo(60 / 1_440, 1e-12);
  });

  it('are undefined, each with its reason, before anything has happened', async () => {
    const metrics = await scene.live.metrics(scene);
    expect(metrics).to.include({ totalTrades: 0, finalBalance: 10_000, elapsedDays: 0, sharpe: null, exposure: null });
    expect(metrics.reasons).to.include({ winRate: 'there are no trades', exposure: 'no time has passed' });
  });

  it('are refused for a backtest, of whose equity only a few points are stored', async () => {
    const run = await scene.store.startRun(backtest());
    const error = await scene.live.metrics({ runId: run.id, strategy: 'momentum' }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error).with.property('message', `there is no live run ${run.id}`);
    await run.abandon();
  });
});
