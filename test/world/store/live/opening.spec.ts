import { expect } from 'chai';
import fc from 'fast-check';
import { UserError } from '../../../../lib/errors.js';
import type { PositionEvent } from '../../../../lib/portfolio/events.js';
import { emptyPortfolio } from '../../../../lib/portfolio/portfolio.js';
import { CandleBroker } from '../../../../lib/portfolio/settle.js';
import { minute } from '../../../support/broker.js';
import { spelled, walk, WALK_MARKETS, walkTerms } from '../../../support/walk.js';
import { configuration, query } from '../fixtures.js';
import { openLiveScene, scanOf, Trader } from './scene.js';

const MINUTES = 90;
type Scene = Awaited<ReturnType<typeof openLiveScene>>;

/** Trades until something is held. */
const holdSomething = async (scene: Awaited<ReturnType<typeof openLiveScene>>): Promise<void> => {
  const tape = walk(5, MINUTES);
  const { trader } = await Trader.start(scene, 'w');
  for (let n = 0; trader.broker.portfolio.open.length === 0; n++) {
    await scene.live.saveScan(scene, scanOf(tape, n, scene.ids));
    await trader.settle(tape, n).save();
  }
};

describe('a live run that is read back', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openLiveScene()));
  afterEach(() => scene.close());

  const endRun = () =>
    query(scene.database.connection, `update run set status = 'aborted', ended_at = now() where status = 'running'`);
  const nextRun = async () => {
    await endRun();
    const start = {
      mode: 'simulated' as const,
      codeVersion: 'test',
      symbols: [],
      configuration: configuration('a'),
      initialBalance: 10_000,
    };
    return { ...scene, runId: (await scene.live.openRun(start)).id };
  };

  it('trades on as one that was never interrupted, to the last bit, wherever it was interrupted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.uniqueArray(fc.nat(MINUTES - 1), { minLength: 1, maxLength: 6 }),
        async (seed, cuts) => {
          const tape = walk(seed, MINUTES);
          const whole = new CandleBroker(emptyPortfolio(WALK_MARKETS, 10_000), 'USD');
          const expected = whole.settle(tape, minute(0), minute(MINUTES), walkTerms);

          const desk = await nextRun();
          const events: PositionEvent[] = [];
          let { trader, next } = await Trader.start(desk, 'w0');
          for (let n = 0; n < MINUTES; n++) {
            expect(next).to.equal(n);
            await desk.live.saveScan(desk, scanOf(tape, n, desk.ids));
            const settled = trader.settle(tape, n);
            await settled.save();
            events.push(...settled.events);
            next = n + 1;
            if (cuts.includes(n)) ({ trader, next } = await Trader.start(desk, `w${n + 1}`));
          }
          expect(spelled(events)).to.deep.equal(spelled(expected.events));
          expect(trader.broker.portfolio.cash).to.equal(whole.portfolio.cash);
          const points = await query(
            scene.database.connection,
            `select equity::float8 as equity from equity_point where run_id = ${desk.runId} and kind = 'minute' order by timestamp`,
          );
          expect(points.map(({ equity }) => Number(equity).toFixed(6))).to.deep.equal(
            [...expected.equity].map(equity => equity.toFixed(6)),
          );
        },
      ),
      { numRuns: 4 },
    );
  }).timeout(120_000);

  it('tells what is held, up to where it was observed, and what is still to be decided', async () => {
    const tape = walk(5, MINUTES);
    const { trader } = await Trader.start(scene, 'w');
    let n = 0;
    for (; trader.broker.portfolio.open.length === 0 || trader.broker.portfolio.pending.length === 0; n++) {
      await scene.live.saveScan(scene, scanOf(tape, n, scene.ids));
      await trader.settle(tape, n).save();
    }
    // the scanner runs ahead while no position manager runs
    for (let ahead = n; ahead < n + 20; ahead++) await scene.live.saveScan(scene, scanOf(tape, ahead, scene.ids));

    const opening = await scene.live.opening(scene, scene.markets);
    expect(opening.settledUntil).to.equal(minute(n));
    // prices of what is not held any more do not count
    const lastPrice = new Float64Array(WALK_MARKETS.length).fill(NaN);
    const { portfolio } = trader.broker;
    for (const { market } of portfolio.open) lastPrice[market] = portfolio.lastPrice[market]!;
    expect(opening.portfolio).to.deep.equal({ ...portfolio, lastPrice });
    const held = portfolio.open.map(({ market }) => market);
    expect([...opening.observedAt].map(at => (Number.isNaN(at) ? null : at))).to.deep.equal(
      WALK_MARKETS.map((_, lane) => (held.includes(lane) ? minute(n) : null)),
    );
    expect(opening.waiting).to.deep.equal(
      tape.opportunities.filter(({ at }) => at >= minute(n) && at < minute(n + 20)),
    );
    expect(await scene.live.heldSymbols(scene.runId)).to.have.members(held.map(lane => WALK_MARKETS[lane]!.symbol));
    expect((await scene.live.pending(scene.runId, scene.ids)).get('momentum')).to.have.length(
      opening.waiting.length + opening.portfolio.pending.length,
    );

    const [first, ...others] = scene.ids;
    const strays = await scene.live.expireStrays(scene.runId, [first!], minute(n));
    expect(strays).to.be.above(0);
    expect(await scene.live.pending(scene.runId, others)).to.deep.equal(new Map());
  });

  for (const [what, sql] of [
    [
      'whose stop somebody has raised',
      `update simulated_trade set stop_loss_price = stop_loss_price * 1.001 where status <> 'closed'`,
    ],
    ['whose cash somebody has spent', `update portfolio_state set state = jsonb_set(state, '{cash}', '1')`],
    ['whose portfolio somebody has deleted', 'delete from portfolio_state'],
  ] as const)
    it(`is refused, saying what disagrees, if it is one ${what}`, async () => {
      await holdSomething(scene);
      await scene.live.opening(scene, scene.markets);
      await query(scene.database.connection, sql);
      const error = await scene.live.opening(scene, scene.markets).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UserError).with.property('exitCode', 1);
      expect((error as UserError).lines).to.have.length.above(2);
    });

  it('goes on across restarts, and is another one only after its end', async () => {
    const start = {
      mode: 'simulated' as const,
      codeVersion: 'newer',
      symbols: [],
      configuration: configuration('a'),
      initialBalance: 5,
    };
    const again = await Promise.all([1, 2, 3].map(() => scene.live.openRun(start)));
    expect(again).to.deep.equal(
      Array.from({ length: 3 }, () => ({ id: scene.runId, configurationId: scene.configurationId, resumed: true })),
    );
    expect(await scene.store.abandonDeadRuns()).to.deep.equal([]); // no process of it may live at the moment
    const error = await scene.live.openRun({ ...start, mode: 'live' }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(UserError).with.property('exitCode', 2);

    await endRun();
    const fresh = await Promise.all([1, 2, 3].map(() => scene.live.openRun(start)));
    expect(new Set(fresh.map(({ id }) => id))).to.have.property('size', 1);
    expect(fresh.filter(({ resumed }) => !resumed)).to.have.length(1);
    expect(fresh[0]!.id).not.to.equal(scene.runId);
  });
});
