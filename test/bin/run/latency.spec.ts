import { expect } from 'chai';
import { latencyOf } from '../../../bin/run/latency.js';
import type { TapeEvent } from '../../../lib/live/events.js';
import { emptyTape } from '../../../lib/tape.js';

const tapeOf = (source: 'ohlc' | 'trades', ...markets: number[]): TapeEvent => ({
  kind: 'tape',
  tape: emptyTape(0, 1, 3),
  late: false,
  rows: markets.map(market => ({ market, source, candles: {} as TapeEvent['rows'][number]['candles'] })),
});

describe('how long after its answer a decision is stored', () => {
  it('is counted from the last answer of its tape', () => {
    let time = 0;
    const latency = latencyOf(() => time);
    expect(latency.counters()).to.deep.equal({});
    for (const [at, market] of [
      [10, 0],
      [25, 1],
      [40, 2],
    ] as const) {
      time = at;
      latency.answered(market);
    }
    const answeredAt = latency.answeredAt(tapeOf('ohlc', 0, 1));
    time = 90; // the next minute's answer does not change what this tape is made of
    latency.answered(0);
    time = 100;
    latency.stored(answeredAt);
    expect(latency.counters()).to.deep.equal({ stored_ms: 75, stored_ms_p99: 75 }); // 100 − 25
  });

  it('is what 99 in 100 of the latest tapes keep to', () => {
    let time = 0;
    const latency = latencyOf(() => time);
    latency.answered(0);
    for (let tape = 1; tape <= 200; tape++) {
      time = tape;
      latency.stored(0);
    }
    expect(latency.counters()).to.deep.equal({ stored_ms: 200, stored_ms_p99: 198 }); // 0.99 · 200
    for (let tape = 0; tape < 1_440; tape++) {
      time = 7;
      latency.stored(0);
    }
    expect(latency.counters()).to.deep.equal({ stored_ms: 7, stored_ms_p99: 7 });
  });

  it('is not counted where no candle was asked for', () => {
    const latency = latencyOf(() => 5);
    latency.answered(0);
    latency.stored(latency.answeredAt(tapeOf('trades', 0)));
    expect(latency.counters()).to.deep.equal({});
  });
});
