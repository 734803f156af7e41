import { expect } from 'chai';
import { NO_LATENCY, afterStored, latencyCounters, type Latency } from '../../lib/market-data/latency.js';

const after = (...times: readonly number[]): Latency => times.reduce(afterStored, NO_LATENCY);

describe('how long after its answer a decision is stored', () => {
  it('is that of the latest tape', () => {
    expect(latencyCounters(NO_LATENCY)).to.deep.equal({});
    expect(latencyCounters(after(75))).to.deep.equal({ stored_ms: 75, stored_ms_p99: 75 });
    expect(latencyCounters(after(75, 12.4))).to.deep.equal({ stored_ms: 12, stored_ms_p99: 75 });
  });

  it('is what 99 in 100 of the last day’s tapes keep to', () => {
    const tapes = after(...Array.from({ length: 200 }, (_, n) => n + 1));
    expect(latencyCounters(tapes)).to.deep.equal({ stored_ms: 200, stored_ms_p99: 198 }); // 0.99 · 200
    const day = Array.from({ length: 1_440 }, () => 7).reduce(afterStored, tapes);
    expect(latencyCounters(day)).to.deep.equal({ stored_ms: 7, stored_ms_p99: 7 });
  });

  it('is not counted where no candle was asked for', () => {
    expect(latencyCounters(after(NaN))).to.deep.equal({});
  });
});
