import { expect } from 'chai';
import fc from 'fast-check';
import { indicatorKeys } from '../../lib/indicators/catalogue.js';
import type { HigherCandles, TimeframeHistory } from '../../lib/indicators/timeframe-history.js';
import { IndicatorSet, type IndicatorValues } from '../../lib/indicators/set.js';
import { Cell, sliceTape, type Tape } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { CHARACTERS, generated, higherOf, PERIODS, START, together } from './series.js';
import { casesOf } from '../support/runs.js';

const HIGHER = indicatorKeys(PERIODS).filter(key => key.includes('.'));
const MINUTE = indicatorKeys(PERIODS).filter(key => !key.includes('.'));

/** Everything that the tape's own candles make is known. */
const allOf = (tape: Tape, kept?: (at: number, minutes: number) => boolean): TimeframeHistory => {
  const known = new Map<string, HigherCandles>();
  for (let market = 0; market < tape.markets; market++)
    for (const minutes of PERIODS.timeframes)
      known.set(`${market} ${minutes}`, higherOf(tape, minutes, kept && (at => kept(at, minutes)), market));
  return (market, minutes) => known.get(`${market} ${minutes}`) ?? null;
};

const run = (tape: Tape, timeframeHistory?: TimeframeHistory): IndicatorValues =>
  new IndicatorSet(PERIODS, tape.markets, timeframeHistory).advance(tape);

/** The rows `from` to `to` of a lane's higher timeframes, by key. */
const higherRows = (
  { columns, candles }: IndicatorValues,
  { minutes }: Tape,
  market: number,
  from: number,
  to: number,
) =>
  Object.fromEntries(
    [
      ...HIGHER.map(key => [key, columns.get(key)!] as const),
      ...PERIODS.timeframes.map(t => [t, candles.get(t)!] as const),
    ].map(([key, column]) => [String(key), [...column.slice(market * minutes + from, market * minutes + to)]]),
  );

const LONG = 4_000;
const long = generated(CHARACTERS['ordinary']!, LONG, 71, START + 7 * MINUTE_MS);
const seen = run(long);

describe('known candles of higher timeframes', () => {
  it('stand for the minutes before a series: its higher values are as if it had seen those', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: LONG - 50 }), start => {
        const part = sliceTape(long, start, LONG);
        expect(higherRows(run(part, allOf(long)), part, 0, 0, part.minutes)).to.deep.equal(
          higherRows(seen, long, 0, start, LONG),
        );
      }),
      { numRuns: casesOf(20), seed: 11 },
    );
  });

  it('make the higher timeframes warm from the first row on, and leave the minute alone', () => {
    const part = sliceTape(long, 3_500, LONG);
    const [primed, bare] = [run(part, allOf(long)), run(part)];
    for (const key of HIGHER) expect(primed.columns.get(key)![0], key).not.to.be.NaN;
    for (const key of HIGHER) expect(bare.columns.get(key)![0], key).to.be.NaN;
    for (const key of MINUTE) expect([...primed.columns.get(key)!], key).to.deep.equal([...bare.columns.get(key)!]);
    expect([...primed.candles.get(1)!]).to.deep.equal([...bare.candles.get(1)!]);
  });

  it('change no bit where there are none', () => {
    const none = {
      at: new Float64Array(0),
      high: new Float64Array(0),
      low: new Float64Array(0),
      close: new Float64Array(0),
    };
    for (const timeframeHistory of [() => null, () => none])
      expect(higherRows(run(long, timeframeHistory), long, 0, 0, LONG)).to.deep.equal(
        higherRows(seen, long, 0, 0, LONG),
      );
  });

  it('give the very same values however the minutes are cut into tapes', () => {
    const both = together([long, generated(CHARACTERS['ordinary']!, LONG, 72, START + 7 * MINUTE_MS)]);
    const tape = sliceTape(both, 3_002, 3_302);
    for (const gap of [1, 40, 41, 42, 43, 44, 45, 46, 300 + 17, 300 + 200]) tape.cell[gap] = Cell.absent;
    const timeframeHistory = allOf(both, at => at % 240 > 0);
    const whole = run(tape, timeframeHistory);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 299 }), { maxLength: 80 }), cuts => {
        const set = new IndicatorSet(PERIODS, 2, timeframeHistory);
        const edges = [0, ...cuts.sort((a, b) => a - b), 300];
        for (const [n, to] of edges.slice(1).entries()) {
          const part = sliceTape(tape, edges[n]!, to);
          const values = set.advance(part);
          for (const market of [0, 1])
            expect(higherRows(values, part, market, 0, part.minutes)).to.deep.equal(
              higherRows(whole, tape, market, edges[n]!, to),
            );
        }
      }),
      { numRuns: casesOf(20), seed: 12 },
    );
  });

  it('have no say before the row on whose close they have closed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 1_100 }),
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom('remove', 'raise'),
        (start, t, change) => {
          const part = sliceTape(long, start, start + 80);
          const closed = (at: number, minutes: number) =>
            (at + minutes) * MINUTE_MS <= part.start + (t + 1) * MINUTE_MS;
          const raised: TimeframeHistory = (market, minutes) => {
            const { at, ...prices } = allOf(long)(market, minutes)!;
            const raise = (column: Float64Array) =>
              column.map((price, n) => (closed(at[n]! / MINUTE_MS, minutes) ? price : 3 * price));
            return { at, high: raise(prices.high), low: raise(prices.low), close: raise(prices.close) };
          };
          const other = run(part, change === 'remove' ? allOf(long, closed) : raised);
          expect(higherRows(other, part, 0, 0, t + 1)).to.deep.equal(
            higherRows(run(part, allOf(long)), part, 0, 0, t + 1),
          );
        },
      ),
      { numRuns: casesOf(50), seed: 13 },
    );
  });

  it('end at a hole: what is before it is as unknown', () => {
    const part = sliceTape(long, 3_001, 3_400);
    const [first, hole] = [part.start / MINUTE_MS, part.start / MINUTE_MS - 600];
    const holed = allOf(long, (at, minutes) => at + minutes <= hole || at > hole);
    const short = allOf(long, at => at > hole);
    const values = run(part, holed);
    expect(higherRows(values, part, 0, 0, 399)).to.deep.equal(higherRows(run(part, short), part, 0, 0, 399));
    // of 600 minutes behind the hole: whole 5-minute candles after the one that holds its minute,
    // up to the first bucket
    const [after, end] = [Math.floor(hole / 5) + 1, Math.floor(first / 5)];
    expect(values.candles.get(5)![0]).to.equal(end - after);
  });

  it('count for nothing where the newest one before the series is lacking', () => {
    const part = sliceTape(long, 3_003, 3_400);
    const first = part.start / MINUTE_MS;
    const old = allOf(long, (at, minutes) => at + minutes <= Math.floor(first / minutes) * minutes - minutes);
    expect(higherRows(run(part, old), part, 0, 0, 397)).to.deep.equal(higherRows(run(part), part, 0, 0, 397));
  });

  it('come anew after a gap', () => {
    const holed = sliceTape(long, 0, LONG);
    holed.cell.fill(Cell.absent, 2_000, 2_011);
    expect(higherRows(run(holed, allOf(long)), holed, 0, 2_011, LONG)).to.deep.equal(
      higherRows(seen, long, 0, 2_011, LONG),
    );
  });
});

describe('the first bucket of a series, if it lacks minutes', () => {
  // rows 0–12 are 00:13–00:25; the 5-minute candle of 00:10 lacks three minutes and is over with
  // row 1
  const minute = (n: number) => START + n * MINUTE_MS;
  const tape = tapeOf(
    Array.from({ length: 13 }, (_, i) => {
      const price = 100 + i;
      return { market: 0, at: minute(13 + i), open: price, high: price, low: price, close: price, volume: 1 };
    }),
    1,
  );
  const known = (...bars: readonly (readonly [at: number, close: number])[]): TimeframeHistory => {
    const close = Float64Array.from(bars, bar => bar[1]);
    return (_, minutes) =>
      minutes === 5 ? { at: Float64Array.from(bars, bar => minute(bar[0])), high: close, low: close, close } : null;
  };
  const told = (timeframeHistory: TimeframeHistory) => {
    const { columns, candles } = run(tape, timeframeHistory);
    return { counts: [...candles.get(5)!], rates: [...columns.get('5m.roc_1')!] };
  };
  const percent = (from: number, to: number) => 100 * ((to - from) / from);
  const times = (n: number, value: number) => Array<number>(n).fill(value);

  it('is the known candle, from the row on with which it ends', () => {
    const { counts, rates } = told(known([0, 80], [5, 90], [10, 95]));
    expect(counts).to.deep.equal([2, ...times(5, 3), ...times(5, 4), 5, 5]);
    // closes: 80, 90, 95 (row 1), 106 (row 6), 111 (row 11)
    const wanted = [percent(80, 90), ...times(5, percent(90, 95)), ...times(5, percent(95, 106)), percent(106, 111)];
    expect(rates).to.deep.equal([...wanted, percent(106, 111)]);
  });

  it('is a hole where it is not known: the timeframe starts anew behind it', () => {
    const { counts, rates } = told(known([0, 80], [5, 90]));
    expect(counts).to.deep.equal([2, ...times(5, 0), ...times(5, 1), 2, 2]);
    expect(rates).to.deep.equal([percent(80, 90), ...times(10, NaN), percent(106, 111), percent(106, 111)]);
  });

  it('is the first candle where only it is known', () => {
    const { counts, rates } = told(known([0, 80], [10, 95]));
    expect(counts).to.deep.equal([0, ...times(5, 1), ...times(5, 2), 3, 3]);
    expect(rates).to.deep.equal([
      ...times(6, NaN),
      ...times(5, percent(95, 106)),
      percent(106, 111),
      percent(106, 111),
    ]);
  });
});
