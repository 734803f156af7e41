import { expect } from 'chai';
import fc from 'fast-check';
import { marketOf } from '../../lib/market.js';
import type { PositionEvent } from '../../lib/portfolio/events.js';
import { emptyPortfolio, type Portfolio } from '../../lib/portfolio/portfolio.js';
import { marketsMissing, restorePortfolio, stateOf, type PortfolioState } from '../../lib/portfolio/restore.js';
import { PROTECTION_REASONS, type ProtectionSettings } from '../../lib/portfolio/protection-catalogue.js';
import { CandleBroker } from '../../lib/portfolio/settle.js';
import { emptyTape } from '../../lib/tape.js';
import { HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { minute } from '../support/broker.js';
import { unprotected } from '../support/protections.js';
import { minuteOf, spelled, walk, WALK_MARKETS, walkTerms } from '../support/walk.js';

const MINUTES = 240;
const all = { from: minute(0), to: minute(MINUTES) };

const throughJson = (portfolio: Portfolio, at: number): PortfolioState =>
  JSON.parse(JSON.stringify(stateOf(portfolio, () => at))) as PortfolioState;

const pastOf = ({ entered, stoppedAt, pending, markets }: Portfolio) => ({
  entered,
  pending,
  stoppedAt: new Map(markets.map(({ symbol }, lane) => [symbol, stoppedAt[lane]!])),
});

/** Each protection that pauses now and then within the walk, alone: another would hide it. */
const PROTECTED: readonly Partial<ProtectionSettings>[] = [
  {},
  { stopGuard: { stops: 3, withinMs: 20 * MINUTE_MS, pauseMs: 10 * MINUTE_MS, perMarket: false } },
  { maxDrawdown: { depth: 0.008, withinMs: HOUR_MS, pauseMs: 7 * MINUTE_MS } },
  { dailyLossLimit: { loss: 0.01 } },
  { lowProfitMarket: { trades: 2, withinMs: HOUR_MS, minimum: 0.01, pauseMs: 15 * MINUTE_MS } },
];
const termsOf = (seed: number) => ({
  ...walkTerms,
  risk: { ...walkTerms.risk, protections: { ...unprotected, ...PROTECTED[seed % PROTECTED.length] } },
});

/** A walk for each protection on which it rejects an opportunity. */
const PAUSED: [seed: number, cuts: number[]][] = [
  [1, [20, 60]], // stop_guard
  [7, [20, 60]], // max_drawdown
  [3, [20, 60]], // daily_loss_limit
  [4, [20, 60]], // low_profit_market
];

/** Lanes are the one thing that differs. */
const withoutLane = (line: string): string => line.replace(/"market":\d+/g, '');

describe('a portfolio that is restored', () => {
  it('trades on as the one that was never interrupted, to the last bit, whenever it was interrupted', () => {
    const kinds = new Set<PositionEvent['kind']>();
    const reasons = new Set<string>();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.uniqueArray(fc.nat(MINUTES - 1), { maxLength: 5 }),
        (seed, cuts) => {
          const tape = walk(seed, MINUTES);
          const terms = termsOf(seed);
          const whole = new CandleBroker(emptyPortfolio(WALK_MARKETS, 10_000), 'USD');
          const expected = whole.settle(tape, all.from, all.to, terms);
          expected.events.forEach(({ kind }) => kinds.add(kind));
          for (const event of expected.events) if (event.kind === 'rejected') reasons.add(event.reason);

          let broker = new CandleBroker(emptyPortfolio(WALK_MARKETS, 10_000), 'USD');
          const events: PositionEvent[] = [];
          const equity: number[] = [];
          for (let n = 0; n < MINUTES; n++) {
            const settled = broker.settle(minuteOf(tape, n), all.from, all.to, terms);
            events.push(...settled.events);
            equity.push(...settled.equity);
            if (!cuts.includes(n)) continue;
            const state = throughJson(broker.portfolio, minute(n + 1));
            broker = new CandleBroker(restorePortfolio(state, WALK_MARKETS, pastOf(broker.portfolio)), 'USD');
          }
          expect(spelled(events)).to.deep.equal(spelled(expected.events));
          expect(equity).to.deep.equal([...expected.equity]);
          expect(broker.portfolio.cash).to.equal(whole.portfolio.cash);
        },
      ),
      { numRuns: 60, examples: PAUSED },
    );
    expect([...kinds].sort()).to.deep.equal(['exited', 'expired', 'opened', 'rejected', 'stop_raised']);
    expect([...reasons]).to.include.members([...PROTECTION_REASONS]);
  });

  it('finds its markets again on other lanes', () => {
    const tape = walk(5, MINUTES);
    const expected = new CandleBroker(emptyPortfolio(WALK_MARKETS, 10_000), 'USD').settle(
      tape,
      all.from,
      all.to,
      walkTerms,
    );
    const wider = [marketOf('AAA/EUR'), ...WALK_MARKETS];
    const shifted = { ...tape, markets: wider.length } as { -readonly [K in keyof typeof tape]: (typeof tape)[K] };
    const absent = emptyTape(tape.start, MINUTES, wider.length);
    for (const name of ['cell', 'open', 'high', 'low', 'close', 'volume'] as const) {
      absent[name].set(tape[name], MINUTES);
      shifted[name] = absent[name] as never;
    }
    shifted.opportunities = tape.opportunities.map(found => ({ ...found, market: found.market + 1 }));

    const half = MINUTES / 2;
    const before = new CandleBroker(emptyPortfolio(WALK_MARKETS, 10_000), 'USD');
    const first = Array.from({ length: half }, (_, n) => before.settle(minuteOf(tape, n), all.from, all.to, walkTerms));
    expect(before.portfolio.open).not.to.be.empty;
    const { pending, ...past } = pastOf(before.portfolio);
    const moved = pending.map(found => ({ ...found, market: found.market + 1 }));
    const state = throughJson(before.portfolio, minute(half));
    const after = new CandleBroker(restorePortfolio(state, wider, { ...past, pending: moved }), 'USD');
    const second = Array.from({ length: half }, (_, n) =>
      after.settle(minuteOf(shifted, half + n), all.from, all.to, walkTerms),
    );
    expect(
      [
        ...spelled(first.flatMap(({ events }) => events)),
        ...spelled(
          second.flatMap(({ events }) => events),
          wider,
        ),
      ].map(withoutLane),
    ).to.deep.equal(spelled(expected.events).map(withoutLane));
  });

  it('does not change with the portfolio that its state was taken of', () => {
    const tape = walk(5, MINUTES);
    const broker = new CandleBroker(emptyPortfolio(WALK_MARKETS, 10_000), 'USD');
    broker.settle(minuteOf(tape, 0), all.from, all.to, walkTerms);
    for (let n = 1; n < MINUTES; n++) {
      const state = stateOf(broker.portfolio, () => 0);
      const spelledOut = JSON.stringify(state);
      broker.settle(minuteOf(tape, n), all.from, all.to, walkTerms);
      expect(JSON.stringify(state)).to.equal(spelledOut);
    }
  });

  it('refuses markets among which one is missing that it holds', () => {
    const tape = walk(5, MINUTES);
    const broker = new CandleBroker(emptyPortfolio(WALK_MARKETS, 10_000), 'USD');
    for (let n = 0; broker.portfolio.open.length === 0; n++)
      broker.settle(minuteOf(tape, n), all.from, all.to, walkTerms);
    const held = WALK_MARKETS[broker.portfolio.open[0]!.market]!.symbol;
    const others = WALK_MARKETS.filter(({ symbol }) => symbol !== held);
    const state = stateOf(broker.portfolio, () => 0);
    expect(marketsMissing(state, others)).to.deep.equal([held]);
    expect(() => restorePortfolio(state, others, pastOf(broker.portfolio))).to.throw(RangeError, held);
  });
});
