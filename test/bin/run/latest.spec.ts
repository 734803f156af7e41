import { expect } from 'chai';
import { latestOf } from '../../../bin/run/latest.js';
import { CONTEXT_KEYS } from '../../../lib/context/columns.js';
import { tapeOf } from '../../../lib/tape.js';
import { Verdict } from '../../../lib/universe/verdict.js';
import type { SignalTape } from '../../../streams/momentum.js';
import { candle } from '../../support/broker.js';
import { settingsOf } from '../../support/settings.js';

const settings = settingsOf();

/** A tape of two markets of which only these have a candle, with every value of the context at `value`. */
const signal = (n: number, lanes: readonly number[], value: number): SignalTape => ({
  ...tapeOf(
    lanes.map(lane => candle(n, 100 + lane, 102, 99, 101 + n, lane)),
    2,
  ),
  ...{ settings, candles: new Map(), decision: new Uint8Array(2), opportunities: [] },
  indicators: new Map([['rsi_14', Float64Array.of(40 + n, 60 + n)]]),
  context: new Map(CONTEXT_KEYS.map(key => [key, Float64Array.of(value, value)])),
  verdict: Uint8Array.of(Verdict.tradable, Verdict.notJudged),
});

describe('what a snapshot keeps of a market', () => {
  it('is all as of its last candle, the context among it', () => {
    const latest = latestOf(2);
    expect(latest.of(0)).to.equal(null);
    latest.take(signal(0, [0, 1], 0.25));
    latest.take(signal(1, [1], -0.5));
    expect(latest.of(0)).to.deep.equal({
      ohlcv: { open: 100, high: 102, low: 99, close: 101, volume: 1 },
      indicators: { rsi_14: 40, ...Object.fromEntries(CONTEXT_KEYS.map(key => [key, 0.25])) },
      ...{ sentiment: 0.25, correlationBtc: 0.25 },
    });
    expect(latest.of(1)).to.deep.include({ sentiment: -0.5, correlationBtc: -0.5 });
    expect(latest.tradable()).to.deep.equal([0]);
  });

  it('is null where the context is not known', () => {
    const latest = latestOf(2);
    latest.take(signal(0, [0], NaN));
    expect(latest.of(0)).to.deep.include({ sentiment: null, correlationBtc: null });
  });
});
