import { expect } from 'chai';
import fc from 'fast-check';
import { TripleBarrier, lookAhead, type NoOutcome, type BarrierOutcome } from '../../lib/training/barrier.js';
import { forwardReturns } from '../../lib/training/forward.js';
import { laneOf } from '../../lib/training/lane.js';
import { DEFAULT_AMOUNT_STEP, marketOf } from '../../lib/market.js';
import type { CandleValues } from '../../lib/portfolio/exit-rule.js';
import { CandleBroker } from '../../lib/portfolio/settle.js';
import { emptyPortfolio } from '../../lib/portfolio/portfolio.js';
import type { CostSettings, RiskSettings } from '../../lib/settings/settings.js';
import { Cell, sliceTape, type Candle, type Tape } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { START, candle, free, minute, quiet, risk } from '../support/broker.js';

const MARKET = marketOf('AAA/USD');
const terms = (over: { risk?: RiskSettings; costs?: CostSettings; maxHoldingMinutes?: number } = {}) => ({
  risk: risk(),
  costs: free,
  maxHoldingMinutes: 240,
  balance: 10_000,
  ...over,
});
const outcomeOf = (candles: readonly Candle[], over: Parameters<typeof terms>[0] = {}): BarrierOutcome | NoOutcome =>
  new TripleBarrier(MARKET, terms(over)).outcome(laneOf(tapeOf(candles, 1), 0), 0);

/**
 * The same trade by the paper broker that a backtest uses, minute by minute, closed when its time
 * is up.
 */
const byBroker = (
  tape: Tape,
  row: number,
  { risk: exits, costs, maxHoldingMinutes }: ReturnType<typeof terms>,
  values: CandleValues,
  signals: Uint8Array,
) => {
  const broker = new CandleBroker(emptyPortfolio([MARKET], 10_000), 'USD');
  const at = tape.start + row * MINUTE_MS;
  const opportunities = [{ market: 0, at, close: tape.close[row]!, score: 0.5, values }];
  const events = [];
  let held = 0;
  for (let next = row; ; next++) {
    const waitedMs = (next - row - 1) * MINUTE_MS;
    if (next === tape.minutes || tape.cell[next] === Cell.absent)
      return held === 0 && waitedMs > exits.maxOpportunityAgeMs ? 'no_entry' : 'cut_off';
    const minuteTape = {
      ...sliceTape(tape, next, next + 1),
      opportunities: next === row ? opportunities : [],
      exits: signals.subarray(next, next + 1),
    };
    events.push(...broker.settle(minuteTape, START, START + 1e6 * MINUTE_MS, { risk: exits, costs }).events);
    if (events.some(({ kind }) => kind === 'expired')) return 'no_entry';
    const opened = events.find(event => event.kind === 'opened');
    if (!opened) continue;
    held++;
    const over = held === maxHoldingMinutes && broker.portfolio.open.length > 0;
    const closeAt = tape.start + (next + 1) * MINUTE_MS;
    if (over) events.push(...broker.finish(closeAt, { risk: exits, costs }).events);
    if (broker.portfolio.open.length > 0) continue;
    const { trade } = opened;
    const profit = trade.exits.reduce((sum, exit) => sum + exit.profitLoss, 0);
    return {
      netReturn: (100 * profit) / (trade.size * trade.entryPrice),
      exit: over ? 'max_holding' : trade.exits.at(-1)!.reason,
      minutesHeld: held,
      ambiguous: trade.ambiguous,
      availableAt: closeAt,
    };
  }
};

/**
 * A random walk of minutes, some quiet, suspect or missing; steps are large enough for every exit
 * to happen.
 */
const walks = fc
  .array(
    fc.record({
      step: fc.integer({ min: -80, max: 85 }),
      up: fc.integer({ min: 0, max: 60 }),
      down: fc.integer({ min: 0, max: 60 }),
      gap: fc.integer({ min: -10, max: 10 }),
      kind: fc.integer({ min: 0, max: 99 }),
    }),
    { minLength: 2, maxLength: 120 },
  )
  .map(steps => {
    let last = 100;
    return steps.flatMap(({ step, up, down, gap, kind }, n): Candle[] => {
      if (kind === 0 && n > 0) return [];
      if (kind < 8) return [{ ...quiet(n, last), cell: kind < 3 ? Cell.suspect : Cell.quiet }];
      const open = last * (1 + gap / 1e4);
      const close = open * (1 + step / 1e4);
      last = close;
      return [candle(n, open, Math.max(open, close) * (1 + up / 1e4), Math.min(open, close) * (1 - down / 1e4), close)];
    });
  });
const settings = fc.record({
  stopLoss: fc.constantFrom(0.003, 0.01, 0.02),
  activation: fc.constantFrom(0, 0.003, 0.02),
  offset: fc.constantFrom(0.001, 0.005, 0.02),
  first: fc.constantFrom(0.002, 0.006),
  second: fc.constantFrom(0.007, 0.02),
  maxHoldingMinutes: fc.constantFrom(1, 7, 40, 240),
  takerFee: fc.constantFrom(0, 0.004),
  multiple: fc.constantFrom(null, null, 1, 3),
  evenFrom: fc.constantFrom(null, null, 0.002, 0.005),
  limit: fc.constantFrom(null, null, 3, 20),
});

describe('a triple barrier', () => {
  it('ends at the stop, with the loss that the stop allows', () => {
    // Bought at 100, the stop is at 98: -2 %.
    const outcome = outcomeOf([candle(0, 90, 95, 85, 95), candle(1, 100, 101, 99, 100), candle(2, 100, 100, 97, 97)]);
    const { best, worst, ...told } = outcome as BarrierOutcome;
    expect(told).to.deep.equal({
      netReturn: -2,
      exit: 'stop_loss',
      minutesHeld: 2,
      ambiguous: false,
      availableAt: minute(3),
    });
    expect(best).to.be.closeTo(1, 1e-9); // 101 / 100
    expect(worst).to.be.closeTo(-3, 1e-9); // 97 / 100
  });

  it('pays all costs', () => {
    const costs = { takerFee: 0.004, spread: 0.0005, slippage: 0.0002 };
    const flat = [0, 1, 2].map(n => candle(n, 100, 100, 100, 100));
    const { netReturn } = outcomeOf(flat, { costs, maxHoldingMinutes: 2 }) as BarrierOutcome;
    // Bought at 100 · 1.00045, sold at 100 · 0.99955, 0.4 % of each: -(0.09 + 0.4 · (100.045 +
    // 99.955) / 100) of 100.045
    expect(netReturn).to.be.closeTo((100 * (99.955 - 100.045 - 0.004 * (99.955 + 100.045))) / 100.045, 1e-9);
  });

  it('ends by time at the close of its last minute, a quiet one included', () => {
    const outcome = outcomeOf([candle(0, 100, 100, 100, 100), candle(1, 100, 101, 100, 101), quiet(2, 101)], {
      maxHoldingMinutes: 2,
    }) as BarrierOutcome;
    expect(outcome.exit).to.equal('max_holding');
    expect(outcome.minutesHeld).to.equal(2);
    expect(outcome.netReturn).to.be.closeTo(1, 1e-9);
  });

  it('has no outcome where the candles end, or without a trade in time', () => {
    const one = candle(0, 100, 100, 100, 100);
    expect(outcomeOf([one])).to.equal('cut_off');
    expect(outcomeOf([one, candle(1, 100, 100, 100, 100)])).to.equal('cut_off');
    expect(outcomeOf([one, candle(2, 100, 100, 97, 97)]), 'a gap before the entry').to.equal('cut_off');
    // At 90 s of age the minute after next is the last one.
    expect(outcomeOf([one, quiet(1, 100), quiet(2, 100), candle(3, 100, 100, 97, 97)])).to.equal('no_entry');
    expect(outcomeOf([one, quiet(1, 100), candle(2, 100, 100, 97, 97)])).to.have.property('exit', 'stop_loss');
  });

  it('is what the paper broker makes of the same trade, whatever the market does', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(walks, settings, (candles, { stopLoss, activation, offset, first, second, ...rest }) => {
        const { multiple, evenFrom, limit } = rest;
        const tape = tapeOf(candles, 1);
        const takeProfitLevels = [
          { gain: first, position: 0.5, sellsRest: false },
          { gain: second, position: 0.5, sellsRest: true },
        ];
        const by = terms({
          risk: risk({
            stopLoss,
            takeProfitLevels,
            trailingStop: { activation, offset },
            atrStop: { multiple },
            breakEven: { activation: evenFrom, offset: 0.001 },
            maxHoldingMs: limit === null ? null : limit * MINUTE_MS,
          }),
          costs: { takerFee: rest.takerFee, spread: 0.0005, slippage: 0.0002 },
          maxHoldingMinutes: rest.maxHoldingMinutes,
        });
        const signals = Uint8Array.from({ length: tape.minutes }, (_, row) => Number(limit === null && row % 7 === 6));
        const lane = laneOf(tape, 0, signals);
        const barrier = new TripleBarrier(MARKET, by);
        for (let row = 0; row < tape.minutes; row++) {
          if (tape.cell[row] === Cell.absent) continue;
          const values = row % 5 === 0 ? {} : { atr: tape.close[row]! * 0.002 };
          const outcome = barrier.outcome(lane, row, values);
          const expected = byBroker(tape, row, by, values, signals);
          seen.add(typeof outcome === 'string' ? outcome : outcome.exit);
          if (typeof outcome === 'string' || typeof expected === 'string') {
            expect(outcome).to.equal(expected);
            continue;
          }
          const { best, worst, ...told } = outcome;
          expect(told).to.deep.equal(expected);
          expect(best).to.be.at.least(worst);
        }
      }),
      { numRuns: 500 },
    );
    expect([...seen].sort()).to.deep.equal([
      'break_even',
      'cut_off',
      'exit_signal',
      'max_holding',
      'no_entry',
      'stop_loss',
      'stop_loss_atr',
      'take_profit',
      'time_limit',
      'trailing_stop',
    ]);
  });

  it('looks no further ahead than it says', () => {
    fc.assert(
      fc.property(walks, fc.integer({ min: 1, max: 30 }), (candles, maxHoldingMinutes) => {
        const tape = tapeOf(candles, 1);
        const by = terms({ maxHoldingMinutes });
        const far = new TripleBarrier(MARKET, by).outcome(laneOf(tape, 0), 0);
        const enough = Math.min(tape.minutes, 1 + lookAhead(by));
        expect(new TripleBarrier(MARKET, by).outcome(laneOf(sliceTape(tape, 0, enough), 0), 0)).to.deep.equal(far);
      }),
      { numRuns: 100 },
    );
  });

  it('buys in the steps of the market', () => {
    expect(MARKET.amountStep).to.equal(DEFAULT_AMOUNT_STEP);
    const coarse = { ...MARKET, amountStep: 100 }; // 5 % of 10,000 buys 5 at 100
    const tape = tapeOf([candle(0, 100, 100, 100, 100), candle(1, 100, 100, 97, 97)], 1);
    expect(new TripleBarrier(coarse, terms()).outcome(laneOf(tape, 0), 0)).to.equal('size_too_small');
  });
});

describe('a forward return', () => {
  it('compares the close with the one a horizon later', () => {
    const lane = laneOf(tapeOf([candle(0, 100, 100, 100, 100), quiet(1, 100), candle(2, 100, 110, 100, 110)], 1), 0);
    // 110 / 100 - 1 two minutes later, then 110 / 100 - 1 one minute later than the quiet one
    expect([...forwardReturns(lane, 0, 3, 2)].map(value => Math.round(value * 1e9) / 1e9)).to.deep.equal([
      10,
      NaN,
      NaN,
    ]);
    expect(forwardReturns(lane, 1, 2, 1)[0]).to.be.closeTo(10, 1e-9);
  });

  it('is unknown across a gap', () => {
    const lane = laneOf(
      tapeOf(
        [0, 1, 3, 4].map(n => candle(n, 100, 100, 100, 100)),
        1,
      ),
      0,
    );
    expect([...forwardReturns(lane, 0, 5, 1)]).to.deep.equal([0, NaN, NaN, 0, NaN]);
    expect([...forwardReturns(lane, 0, 5, 3)]).to.deep.equal([NaN, NaN, NaN, NaN, NaN]);
  });
});
