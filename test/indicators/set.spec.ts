import { expect } from 'chai';
import fc from 'fast-check';
import { indicatorKeys } from '../../lib/indicators/catalogue.js';
import { IndicatorSet, type IndicatorValues } from '../../lib/indicators/set.js';
import { Cell, sliceTape, type Tape } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { CHARACTERS, generated, PERIODS, START, together } from './series.js';

const KEYS = indicatorKeys(PERIODS);
const ordinary = CHARACTERS['ordinary']!;
const restless = { ...CHARACTERS['flat for hours at a time']!, flat: 0.02 };

const run = (tape: Tape, settings = PERIODS): IndicatorValues => new IndicatorSet(settings, tape.markets).advance(tape);

/** The rows `from` to `to` of one lane of all columns and candle counts, by key. */
const rows = ({ columns, candles }: IndicatorValues, tape: Tape, market: number, from: number, to: number) => {
  const [first, end] = [market * tape.minutes + from, market * tape.minutes + to];
  return Object.fromEntries(
    [...columns, ...candles].map(([key, column]) => [String(key), [...column.slice(first, end)]]),
  );
};

/** Three lanes, two of them with gaps. */
const market3 = (minutes: number, seed: number): Tape => {
  const tape = together(
    [ordinary, restless, ordinary].map((c, n) => generated(c, minutes, seed + n, START + 777 * MINUTE_MS)),
  );
  for (const gap of [3, 500, 501, 502, minutes - 1]) tape.cell[minutes + gap] = Cell.absent;
  tape.cell.fill(Cell.absent, 2 * minutes, 2 * minutes + 650);
  return tape;
};

describe('the cut law of indicators', () => {
  const tape = market3(1500, 21);
  const whole = run(tape);

  it('gives the very same values however the candles are cut into tapes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 1499 }), { maxLength: 60 }), cuts => {
        const set = new IndicatorSet(PERIODS, 3);
        const edges = [0, ...cuts.sort((a, b) => a - b), 1500];
        let spent: IndicatorValues | undefined;
        for (const [n, to] of edges.slice(1).entries()) {
          const part = sliceTape(tape, edges[n]!, to);
          spent = set.advance(part, spent);
          for (let market = 0; market < 3; market++)
            expect(rows(spent, part, market, 0, part.minutes)).to.deep.equal(rows(whole, tape, market, edges[n]!, to));
        }
      }),
      { numRuns: 20, seed: 3 },
    );
  });

  it('gives the very same values minute by minute', () => {
    const set = new IndicatorSet(PERIODS, 3);
    for (let i = 0; i < 1500; i++) {
      const part = sliceTape(tape, i, i + 1);
      const values = set.advance(part);
      for (const key of KEYS)
        for (let market = 0; market < 3; market++) {
          const [ours, wanted] = [values.columns.get(key)![market]!, whole.columns.get(key)![market * 1500 + i]!];
          if (!Object.is(ours, wanted))
            expect.fail(`${key} of market ${market} at minute ${i}: ${ours}, not ${wanted}`);
        }
    }
  });

  it('gives the very same values whether a spent result is handed back or not', () => {
    const set = new IndicatorSet(PERIODS, 3);
    const first = set.advance(sliceTape(tape, 0, 750));
    const part = sliceTape(tape, 750, 1500);
    const second = set.advance(part, first);
    expect(second).to.equal(first);
    for (let market = 0; market < 3; market++)
      expect(rows(second, part, market, 0, 750)).to.deep.equal(rows(whole, tape, market, 750, 1500));
  });
});

describe('the causality of indicators', () => {
  it('lets no later candle change a value', () => {
    const tape = market3(1500, 31);
    const before = run(tape);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1498 }), fc.constantFrom('remove', 'raise'), (t, change) => {
        const other = sliceTape(tape, 0, 1500);
        for (let market = 0; market < 3; market++)
          for (let i = market * 1500 + t + 1; i < (market + 1) * 1500; i++)
            if (change === 'remove') other.cell[i] = Cell.absent;
            else for (const column of [other.high, other.low, other.close, other.volume]) column[i]! *= 3;
        const after = run(other);
        for (let market = 0; market < 3; market++)
          expect(rows(after, tape, market, 0, t + 1)).to.deep.equal(rows(before, tape, market, 0, t + 1));
      }),
      { numRuns: 20, seed: 4 },
    );
  });
});

describe('a gap', () => {
  const lane = generated(ordinary, 1200, 41);

  it('restarts the series: later values do not depend on earlier candles', () => {
    const holed = sliceTape(lane, 0, 1200);
    holed.cell[407] = Cell.absent;
    const [after, fresh] = [sliceTape(lane, 408, 1200), run(sliceTape(lane, 408, 1200))];
    expect(rows(run(holed), holed, 0, 408, 1200)).to.deep.equal(rows(fresh, after, 0, 0, 792));
  });

  it('has no values and no candles itself', () => {
    const holed = sliceTape(lane, 0, 1200);
    holed.cell.fill(Cell.absent, 400, 410);
    const { columns, candles } = run(holed);
    for (const key of KEYS) expect([...columns.get(key)!.slice(400, 410)], key).to.deep.equal(Array(10).fill(NaN));
    for (const count of candles.values()) expect([...count.slice(400, 410)]).to.deep.equal(Array(10).fill(0));
  });

  it('may lie between two tapes', () => {
    const set = new IndicatorSet(PERIODS, 1);
    set.advance(sliceTape(lane, 0, 600));
    const after = sliceTape(lane, 601, 1200);
    expect(rows(set.advance(after), after, 0, 0, 599)).to.deep.equal(rows(run(after), after, 0, 0, 599));
  });

  it('of one market leaves the others alone', () => {
    const both = together([lane, lane]);
    both.cell[600] = Cell.absent;
    expect(rows(run(both), both, 1, 0, 1200)).to.deep.equal(rows(run(lane), lane, 0, 0, 1200));
  });
});

describe('an earlier or later start', () => {
  const long = generated({ ...restless, flat: 0.01 }, 14_000, 51);
  const late = sliceTape(long, 2003, 14_000);
  const [early, fresh] = [run(long), run(late)];

  it('changes no bit of what looks back on a window, once that is full', () => {
    const warmUp = {
      roc_15: 15,
      volume_sma_10: 9,
      volume_roc_10: 10,
      obv: 720,
      bb_lower: 19,
      bb_middle: 19,
      bb_upper: 19,
    };
    for (const [key, from] of Object.entries(warmUp))
      expect([...fresh.columns.get(key)!.slice(from)], key).to.deep.equal([
        ...early.columns.get(key)!.slice(2003 + from),
      ]);
  });

  it('changes no bit of the VWAP from the next midnight on, which is unknown until then', () => {
    const midnight = 2880 - 2003;
    const vwap = fresh.columns.get('vwap')!;
    expect([...vwap.slice(0, midnight)].every(Number.isNaN)).to.equal(true);
    expect([...vwap.slice(midnight)]).to.deep.equal([...early.columns.get('vwap')!.slice(2880)]);
  });

  it('is forgotten by the smoothed ones within 1e-9 after 10,800 minutes', () => {
    for (const key of KEYS)
      for (let i = 10_800; i < late.minutes; i++) {
        const [a, b] = [fresh.columns.get(key)![i]!, early.columns.get(key)![i + 2003]!];
        if (Number.isNaN(a) && Number.isNaN(b)) continue;
        const scale = /macd/.test(key) ? late.close[i]! : Math.max(Math.abs(a), Math.abs(b));
        if (!(Math.abs(a - b) <= 1e-9 * scale)) expect.fail(`${key} at ${i}: ${a} and ${b}`);
      }
  });
});

/** Candles of one market, each flat at its close, with a volume each. */
const closes = (prices: readonly number[], volumes: readonly number[] = [], start = START): Tape =>
  tapeOf(
    prices.map((price, i) => ({
      market: 0,
      at: start + i * MINUTE_MS,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: volumes[i] ?? 1,
    })),
    1,
  );

describe('a value that is undefined', () => {
  const flat = Array<number>(40).fill(100.1);

  it('is null while the market is flat, and known again with the first move', () => {
    const { columns } = run(closes([...flat, 101, 102, 100]));
    for (const key of ['rsi_14', 'plus_di_14', 'minus_di_14', 'bb_lower', 'bb_upper']) {
      expect(columns.get(key)![39], key).to.be.NaN;
      expect(columns.get(key)![40], key).not.to.be.NaN;
    }
    expect(columns.get('rsi_14')![40]).to.equal(100); // the only move so far is up
  });

  it('leaves the middle band a value: the price itself', () => {
    expect(run(closes(flat)).columns.get('bb_middle')![39]).to.equal(100.1);
  });

  it('counts as 0 in the ADX, which recovers after a flat start', () => {
    const adx = run(closes([...flat, 101, 102, 103])).columns.get('adx_14')!;
    expect(adx[39]).to.equal(0);
    // one candle with a directional index of 100 after any number of zeros: 100 / 14
    expect(adx[40]).to.be.closeTo(100 / 14, 1e-12);
  });

  it('is the rate of change of a volume from 0', () => {
    const volumes = Array.from({ length: 30 }, (_, i) => (i < 15 ? 0 : 2));
    const { columns } = run(closes(Array<number>(30).fill(5), volumes));
    expect([...columns.get('volume_roc_10')!.slice(9)]).to.deep.equal([
      ...Array<number>(16).fill(NaN), // minutes 9 (too young) and 10–24: from 0, be it to 0 or to 2
      ...Array<number>(5).fill(0), // minutes 25–29: 2 from 2
    ]);
  });

  it('is the VWAP of a day without trades so far', () => {
    const { columns } = run(closes([10, 11, 20], [0, 0, 3]));
    expect([...columns.get('vwap')!]).to.deep.equal([NaN, NaN, 20]);
  });
});

describe('VWAP', () => {
  it('weighs the typical prices since midnight by their volumes', () => {
    const start = START - 2 * MINUTE_MS;
    const tape = tapeOf(
      [
        { market: 0, at: start, open: 1, high: 1, low: 1, close: 1, volume: 50 },
        { market: 0, at: start + MINUTE_MS, open: 1, high: 1, low: 1, close: 1, volume: 50 },
        { market: 0, at: START, open: 9, high: 12, low: 8, close: 10, volume: 1 }, // typical 10
        { market: 0, at: START + MINUTE_MS, open: 10, high: 24, low: 16, close: 20, volume: 3 }, // typical 20
      ],
      1,
    );
    // (10 · 1 + 20 · 3) / 4 = 17.5
    expect([...run(tape).columns.get('vwap')!]).to.deep.equal([NaN, NaN, 10, 17.5]);
  });
});

describe('OBV', () => {
  it('adds the volume of rises and takes away that of falls, over the last 720 candles', () => {
    const prices = Array.from({ length: 1500 }, (_, i) => (i === 0 ? 10 : 11));
    const volumes = prices.map((_, i) => (i === 1 ? 7 : 1));
    const obv = run(closes(prices, volumes)).columns.get('obv')!;
    // the only rise, of volume 7, is candle 1: in the window of candles 1 to 720
    expect([obv[0], obv[1], obv[720], obv[721]]).to.deep.equal([0, 7, 7, 0]);
    const falling = run(closes([10, 9, 9, 8], [1, 2, 4, 8])).columns.get('obv')!;
    expect([...falling]).to.deep.equal([0, -2, -2, -10]);
  });
});

describe('Bollinger bands', () => {
  it('are those of the closes of the window alone, whatever the period', () => {
    const tape = generated(ordinary, 3000, 61, START + 13 * MINUTE_MS);
    for (const period of [2, 3, 19, 20, 100, 499, 500]) {
      const { columns } = run(tape, { ...PERIODS, bollinger: { period, deviations: 2.5 } });
      for (let i = period - 1; i < 3000; i++) {
        const window = [...tape.close.slice(i + 1 - period, i + 1)];
        const mean = window.reduce((sum, close) => sum + close / period, 0);
        const deviation = Math.sqrt(window.reduce((sum, close) => sum + (close - mean) ** 2 / period, 0));
        for (const [key, side] of [
          ['bb_lower', -2.5],
          ['bb_middle', 0],
          ['bb_upper', 2.5],
        ] as const) {
          const wanted = mean + side * deviation;
          if (Math.abs(columns.get(key)![i]! - wanted) > 1e-12 * wanted)
            expect.fail(`${key} at ${i}, period ${period}`);
        }
      }
    }
  });
});

describe('a higher timeframe', () => {
  // 00:03 to 00:20: the 5-minute candle of 00:00 lacks three minutes, those of 00:05, 00:10 and
  // 00:15 are whole
  const start = START + 3 * MINUTE_MS;
  const prices = Array.from({ length: 18 }, (_, i) => 100 + i);
  const { columns, candles } = run(closes(prices, [], start));

  it('has candles of whole minutes only, known with the row on whose close they end', () => {
    // rows 0–6 are 00:03–00:09; the candle of 00:05 ends with row 6, that of 00:10 with row 11,
    // that of 00:15 with row 16
    const wanted = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3];
    expect([...candles.get(5)!]).to.deep.equal(wanted);
    expect([...candles.get(1)!]).to.deep.equal(prices.map((_, i) => i + 1));
    // the 15-minute candle of 00:00 lacks three minutes, that of 00:15 is not over
    expect([...candles.get(15)!]).to.deep.equal(prices.map(() => 0));
  });

  it('gives each row the value of the last candle closed by then', () => {
    // closes of the whole candles: 106 (row 6), 111 (row 11), 116 (row 16)
    const [first, second] = [100 * ((111 - 106) / 106), 100 * ((116 - 111) / 111)];
    expect([...columns.get('5m.roc_1')!]).to.deep.equal([
      ...Array<number>(11).fill(NaN),
      ...Array<number>(5).fill(first),
      second,
      second,
    ]);
  });
});
