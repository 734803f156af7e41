import { expect } from 'chai';
import { marketOf } from '../../lib/market.js';
import { bitcoinHeld, equalWeightHeld, type BenchmarkWorld } from '../../lib/report/benchmark.js';
import { type Candle } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { candle, minute, quiet, START } from '../support/broker.js';

const world = (minutes: number, symbols: readonly string[], over: Partial<BenchmarkWorld> = {}): BenchmarkWorld => ({
  markets: symbols.map(marketOf),
  currency: 'USD',
  initialBalance: 1000,
  takerFee: 0.004,
  from: START,
  to: minute(minutes),
  ...over,
});

const held = (benchmark: ReturnType<typeof bitcoinHeld>, candles: readonly Candle[], markets: number) => {
  benchmark.add(tapeOf(candles, markets));
  benchmark.finish();
  return benchmark.metrics();
};

describe('buy and hold', () => {
  it('buys bitcoin at the first open and sells at the last close, a fee on each side', () => {
    const metrics = held(
      bitcoinHeld(world(2, ['ADA/USD', 'BTC/USD'])),
      [candle(0, 100, 120, 90, 110, 1), candle(1, 110, 120, 100, 120, 1)],
      2,
    );
    // 1000/1.004/100 = 9.960159 bitcoin · 120 · 0.996 = 1190.438247
    expect(metrics.finalBalance).to.be.closeTo((1000 / 1.004 / 100) * 120 * 0.996, 1e-9);
    expect(metrics.return).to.be.closeTo(0.190438247, 1e-9);
  });

  it('falls at once by the fee of the purchase', () => {
    const metrics = held(bitcoinHeld(world(1, ['BTC/USD'])), [candle(0, 100, 100, 100, 100)], 1);
    expect(metrics.maxDrawdown).to.be.closeTo(1 - 0.996 / 1.004, 1e-12); // bought and sold at 100
  });

  it('holds an equal share of each market, in cash until its first traded candle', () => {
    const metrics = held(
      equalWeightHeld(world(3, ['AAA/USD', 'BBB/USD'], { takerFee: 0 }), [0, 1]),
      [
        candle(0, 10, 10, 10, 10),
        candle(1, 10, 20, 10, 20),
        candle(2, 20, 20, 20, 20),
        quiet(0, 5, 1),
        quiet(1, 5, 1),
        candle(2, 50, 50, 40, 40, 1),
      ],
      2,
    );
    // 500 → 50 AAA · 20 = 1000; 500 in cash until 10 BBB at 50 · 40 = 400
    expect(metrics.finalBalance).to.be.closeTo(1400, 1e-9);
  });

  it('carries the last close over gaps and tapes, and counts nothing outside of the period', () => {
    const benchmark = bitcoinHeld(world(6, ['BTC/USD'], { takerFee: 0 }));
    benchmark.add(tapeOf([candle(-1, 1, 1, 1, 1), candle(0, 100, 100, 100, 100)], 1));
    benchmark.add(tapeOf([candle(3, 100, 100, 50, 50)], 1)); // minutes 1 and 2 are missing
    benchmark.add(tapeOf([candle(5, 75, 75, 75, 75), candle(6, 1, 1, 1, 1)], 1)); // minute 6 is after the end
    benchmark.finish();
    expect(benchmark.metrics()).to.include({ finalBalance: 750, maxDrawdown: 0.5 });
  });

  it('converts another quote currency at the last known rate', () => {
    // AAA/EUR bought at 10 EUR while EUR/USD is 2 (known before): 1000/20 = 50; at the end 12 EUR ·
    // 3 USD · 50 = 1800
    const metrics = held(
      equalWeightHeld(world(2, ['AAA/EUR', 'EUR/USD'], { takerFee: 0 }), [0]),
      [candle(-1, 9, 9, 9, 9), candle(0, 10, 10, 10, 10), candle(1, 12, 12, 12, 12)].concat([
        candle(-1, 2, 2, 2, 2, 1),
        candle(0, 2, 2, 2, 2, 1),
        candle(1, 3, 3, 3, 3, 1),
      ]),
      2,
    );
    expect(metrics.finalBalance).to.be.closeTo(1800, 1e-9);
  });

  it('is null with the reason where there is nothing to buy', () => {
    const missing = held(bitcoinHeld(world(1, ['ADA/USD'])), [candle(0, 1, 1, 1, 1)], 1);
    expect(missing).to.include({ return: null, sharpe: null, finalBalance: null });
    expect(missing.reasons['return']).to.equal('no candle of BTC/USD is stored in the period');
    const silent = held(bitcoinHeld(world(1, ['BTC/USD'])), [quiet(0, 1)], 1);
    expect(silent.reasons['return']).to.equal('no candle of the period was traded');
    const foreign = held(equalWeightHeld(world(1, ['ADA/XYZ']), [0]), [candle(0, 1, 1, 1, 1)], 1);
    expect(foreign.reasons['return']).to.equal('no market of the run can be valued in USD');
  });
});
