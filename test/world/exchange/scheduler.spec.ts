import { expect } from 'chai';
import { setMaxListeners } from 'node:events';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import { budgetOf, type GateState, type Priority } from '../../../lib/exchange/request-budget.js';
import { KRAKEN } from '../../../lib/kraken/index.js';
import type { SharedGate } from '../../../lib/exchange/ports.js';
import { ownState } from '../../../lib/world/exchange/pace.js';
import { openScheduler, type SchedulerOptions, type Turn } from '../../../lib/world/exchange/scheduler.js';
import { virtualPace, type VirtualPace } from './virtual-pace.js';

const BUDGET = budgetOf(KRAKEN.limits);

describe('the scheduler of requests', () => {
  let pace: VirtualPace;
  /** Who had their turn, and when. */
  let turns: string[];
  const never = new AbortController().signal;
  setMaxListeners(0, never);

  const open = (options: Partial<SchedulerOptions> = {}) =>
    openScheduler({
      pace,
      caller: 'scanner',
      budget: BUDGET,
      breaker: BREAKER_RULES,
      shared: null,
      capacity: 100,
      inFlight: 100,
      ...options,
    });
  type Scheduler = ReturnType<typeof open>;
  const ask = (
    scheduler: Scheduler,
    name: string,
    rank: Priority = 'candles',
    { withinMs = 60_000, signal = never, pair = null as string | null, end = (turn: Turn) => turn.succeeded() } = {},
  ) =>
    scheduler.turn({ rank, cost: 1, pair, withinMs, signal }).then(
      async turn => {
        turns.push(`${name} ${pace.elapsed() / 1_000}`);
        await end(turn);
      },
      (error: unknown) => {
        turns.push(`${name} ${error instanceof ExchangeFailure ? error.kind : (error as Error).name}`);
      },
    );

  beforeEach(() => {
    pace = virtualPace();
    turns = [];
  });

  it('gives turns by rank, and in order of asking within one', async () => {
    const scheduler = open();
    void ask(scheduler, 'first', 'warm_up');
    void ask(scheduler, 'warm', 'warm_up');
    void ask(scheduler, 'candle', 'candles');
    void ask(scheduler, 'other candle', 'candles');
    void ask(scheduler, 'exit', 'exits');
    await pace.pass(10_000);
    expect(turns).to.deep.equal(['first 0', 'exit 1', 'candle 2', 'other candle 3', 'warm 4']);
  });

  it('wakes up for an exit that comes while a market has to wait', async () => {
    const scheduler = open();
    void ask(scheduler, 'rows', 'candles', { pair: 'XBTUSD' });
    void ask(scheduler, 'again', 'candles', { pair: 'XBTUSD' });
    await pace.pass(1_500);
    void ask(scheduler, 'exit', 'exits');
    await pace.pass(5_000);
    expect(turns).to.deep.equal(['rows 0', 'exit 1.5', 'again 3']);
  });

  it('notices an exit that comes while the shared state is being asked', async () => {
    const whole = ownState<GateState>(pace);
    const shared: SharedGate = { update: change => pace.sleep(100, never).then(() => whole.update(change)) };
    const scheduler = open({ shared });
    for (const name of ['rows', 'again']) void ask(scheduler, name, 'candles', { pair: 'XBTUSD' });
    await pace.pass(250); // "rows" went at 0.1 and is reported at 0.2; now it is asked about "again", which waits until 3.1
    void ask(scheduler, 'exit', 'exits');
    await pace.pass(5_000);
    expect(turns.map(turn => turn.split(' ')[0])).to.deep.equal(['rows', 'exit', 'again']);
    expect(Number(turns[1]!.split(' ')[1])).to.be.below(1.5);
  });

  it('drops requests that are older than their cycle', async () => {
    const scheduler = open();
    for (let i = 0; i < 5; i++) void ask(scheduler, `candle${i}`, 'candles', { withinMs: 2_500 });
    await pace.pass(10_000);
    expect(turns).to.deep.equal(['candle0 0', 'candle1 1', 'candle2 2', 'candle3 dropped', 'candle4 dropped']);
    expect((await scheduler.usage()).dropped).to.equal(2);
  });

  it('drops the least urgent request where too many wait', async () => {
    const scheduler = open({ capacity: 2 });
    for (const [name, rank] of [
      ['a', 'candles'],
      ['b', 'warm_up'],
      ['c', 'candles'],
      ['d', 'warm_up'],
      ['e', 'exits'],
    ] as const)
      void ask(scheduler, name, rank);
    await pace.pass(10_000);
    expect(turns).to.deep.equal(['b dropped', 'd dropped', 'c dropped', 'a 0', 'e 1']);
  });

  it('admits only exits while too many are unanswered', async () => {
    const scheduler = open({ inFlight: 2 });
    const hangs = { end: () => new Promise<void>(() => undefined) };
    for (const name of ['a', 'b', 'c']) void ask(scheduler, name, 'candles', hangs);
    await pace.pass(5_000);
    void ask(scheduler, 'exit', 'exits');
    await pace.pass(5_000);
    expect(turns).to.deep.equal(['a 0', 'b 1', 'exit 5']);
    await pace.pass(60_000);
    expect(turns.at(-1)).to.equal('c dropped');
  });

  it('forgets a request as soon as it is aborted', async () => {
    const scheduler = open();
    const stop = new AbortController();
    void ask(scheduler, 'a');
    void ask(scheduler, 'b', 'candles', { signal: stop.signal });
    void ask(scheduler, 'c');
    await pace.pass(500);
    stop.abort();
    await pace.pass(5_000);
    expect(turns).to.deep.equal(['a 0', 'b Aborted', 'c 1']);
    void ask(scheduler, 'd', 'candles', { signal: stop.signal });
    await pace.pass(1);
    expect(turns.at(-1)).to.equal('d Aborted');
  });

  it('tells everybody who waits that the exchange is left alone, and for how long', async () => {
    const scheduler = open();
    const lockout = new ExchangeFailure('lockout', 'EGeneral:Temporary lockout');
    void ask(scheduler, 'a', 'candles', { end: turn => turn.failed(lockout) });
    await pace.pass(0);
    const error = await scheduler.turn({ rank: 'exits', cost: 1, pair: null, withinMs: 60_000, signal: never }).then(
      () => null,
      (reason: unknown) => reason as ExchangeFailure,
    );
    expect(error).to.include({ kind: 'circuit_open', next: 'wait', retryAfterMs: 900_000 });
    expect(error!.message).to.equal('requests are paused for 900 s: EGeneral:Temporary lockout');
  });

  it('sends at most a dozen requests into a lockout of an hour', async () => {
    const scheduler = open();
    const end = (turn: Turn) => turn.failed(new ExchangeFailure('lockout', 'EGeneral:Temporary lockout'));
    for (let second = 0; second < 3_600; second += 10) {
      void ask(scheduler, 'exit', 'exits', { end });
      void ask(scheduler, 'candle', 'candles', { end });
      await pace.pass(10_000);
    }
    expect(turns.filter(turn => /\d$/.test(turn)).length).to.be.within(4, 12); // one each 15 minutes
  });

  describe('shared by two processes', () => {
    it('spends one budget, by rank across both', async () => {
      const shared = ownState<GateState>(pace);
      const [scanner, positions] = [open({ shared }), open({ shared, caller: 'positions' })];
      for (const name of ['a', 'b', 'c', 'd']) void ask(scanner, name, 'candles');
      await pace.pass(1_500);
      void ask(positions, 'exit', 'exits');
      void ask(positions, 'next exit', 'exits');
      await pace.pass(10_000);
      expect(turns.map(turn => turn.split(' ')[0])).to.deep.equal(['a', 'b', 'exit', 'next', 'c', 'd']);
      const times = turns.map(turn => Number(turn.split(' ').at(-1)));
      times.forEach((time, i) => expect(time - (times[i - 1] ?? -1)).to.be.at.least(1));
      expect((await scanner.usage()).spent).to.include({ exits: 2, candles: 4 });
      expect((await positions.usage()).spent).to.include({ exits: 2, candles: 4 });
    });

    it('is silent in both as soon as one is refused', async () => {
      const shared = ownState<GateState>(pace);
      const [scanner, positions] = [open({ shared }), open({ shared, caller: 'positions' })];
      const end = (turn: Turn) => turn.failed(new ExchangeFailure('rate_limit', 'EAPI:Rate limit exceeded'));
      void ask(scanner, 'refused', 'candles', { end });
      await pace.pass(0);
      void ask(positions, 'exit', 'exits');
      await pace.pass(59_000);
      void ask(positions, 'early', 'exits');
      await pace.pass(1_000);
      void ask(positions, 'probe', 'exits');
      await pace.pass(1_000);
      void ask(scanner, 'candle');
      await pace.pass(1_000);
      expect(turns).to.deep.equal(['refused 0', 'exit circuit_open', 'early circuit_open', 'probe 60', 'candle 61']);
    });

    it('keeps to half the budget, and to a silence it knows of, while the other cannot be asked', async () => {
      const whole = ownState<GateState>(pace);
      let reachable = true;
      const shared: SharedGate = {
        update: change => (reachable ? whole.update(change) : Promise.reject(new Error('the database is away'))),
      };
      const scheduler = open({ shared });
      expect((await scheduler.usage()).budget).to.equal('shared');
      reachable = false;
      for (const name of ['a', 'b', 'c']) void ask(scheduler, name);
      await pace.pass(5_000);
      expect(turns).to.deep.equal(['a 0', 'b 2', 'c 4']);
      expect(await scheduler.usage()).to.include({ budget: 'unreachable', perMinute: 30 });
      reachable = true;
      const end = (turn: Turn) => turn.failed(new ExchangeFailure('lockout', 'EGeneral:Temporary lockout'));
      void ask(scheduler, 'refused', 'candles', { end });
      await pace.pass(2_000);
      reachable = false;
      void ask(scheduler, 'silent');
      await pace.pass(2_000);
      expect(turns.slice(3)).to.deep.equal(['refused 5', 'silent circuit_open']);
    });
  });
});
