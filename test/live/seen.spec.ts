import { expect } from 'chai';
import { LANE_RULES } from '../../lib/live/lane.js';
import { Lanes } from '../../lib/live/lanes.js';
import { seenIn } from '../../lib/live/seen.js';
import { CandleColumns } from '../../lib/series/candles.js';
import { NOTHING_JUDGED } from '../../lib/series/judge.js';
import { MINUTE_MS } from '../../lib/units.js';

const START = Date.UTC(2026, 2, 14);
const minute = (n: number) => START + n * MINUTE_MS;
const MAX_JUMP = 0.5;

/** Stored: 100 traded, quiet at 100, 300 suspect, 101 traded. */
const stored = () => {
  const candles = new CandleColumns(4);
  candles.push(minute(0), 100, 100, 100, 100, 5, 2, 100);
  candles.quiet[candles.push(minute(1), 100, 100, 100, 100, 0)] = 1;
  candles.suspect[candles.push(minute(2), 100, 300, 100, 300, 1, 1, 300)] = 1;
  candles.push(minute(3), 101, 101, 101, 101, 4, 2, 101);
  return candles;
};

describe('what had been seen before a restart', () => {
  const all = { has: () => true };

  it('is every row with the good close before it', () => {
    const seen = seenIn(stored(), NOTHING_JUDGED, all, MAX_JUMP);
    expect(seen.map(({ good }) => good)).to.deep.equal([Number.NaN, 100, 100, 100]);
    expect(seen[0]!.row).to.deep.equal({
      ...{ at: minute(0), open: 100, high: 100, low: 100, close: 100, vwap: 100, volume: 5, trades: 2 },
    });
    expect(seen[1]!.row).to.include({ vwap: null, trades: 0 });
  });

  it('is nothing that was made of trades', () => {
    const seen = seenIn(stored(), NOTHING_JUDGED, new Set([minute(3)]), MAX_JUMP);
    expect(seen.map(({ row }) => row.at)).to.deep.equal([minute(3)]);
  });

  it('tells what the exchange says otherwise afterwards as a revision, and nothing else', () => {
    const seen = seenIn(stored(), NOTHING_JUDGED, all, MAX_JUMP);
    const series = { at: minute(3), close: 101, good: 101, pending: Number.NaN };
    const lanes = new Lanes([{ series, from: START, seen }], { ...LANE_RULES, maxJump: MAX_JUMP });
    const rows = [...seen.map(({ row }) => row), { ...seen[3]!.row, at: minute(4) }];
    rows[1] = { ...rows[0]!, at: minute(1), volume: 9 }; // was traded after all
    rows[3] = { ...rows[3]!, close: 400, high: 400 };
    const now = minute(6);
    const [revised, tape, ...rest] = lanes.take(
      [{ market: 0, kind: 'candles', askedAt: now, answer: { rows, rejected: [], newest: minute(5) } }],
      now,
    );
    expect(rest).to.deep.equal([]);
    if (revised?.kind !== 'revised' || tape?.kind !== 'tape') throw new Error('a revision and a tape');
    expect([...revised.candles.at.subarray(0, revised.candles.length)]).to.deep.equal([minute(1), minute(3)]);
    expect([...revised.candles.suspect.subarray(0, 2)]).to.deep.equal([0, 1]); // 400 is 300 % from 100
    expect(tape.tape).to.include({ start: minute(4), minutes: 1 });
  });
});
