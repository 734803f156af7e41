import { expect } from 'chai';
import fc from 'fast-check';
import { EquityCurve } from '../../lib/report/equity-curve.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { APRIL } from './sample.js';

/**
 * Everything from the whole path at once, by the formulas of the definition and nothing shared with
 * the code.
 */
const naive = (initial: number, from: number, marks: readonly number[]) => {
  const path = [
    { at: from, equity: initial },
    ...marks.map((equity, i) => ({ at: from + (i + 1) * MINUTE_MS, equity })),
  ];
  const end = path.at(-1)!;
  const closes = path.filter(({ at }, i) => i > 0 && (at % DAY_MS === 0 || at === end.at)).map(({ equity }) => equity);
  const returns = closes.map((close, i) => close / (closes[i - 1] ?? initial) - 1);
  const mean = returns.reduce((a, b) => a + b, 0) / returns.length;
  const std = Math.sqrt(returns.reduce((a, r) => a + (r - mean) ** 2, 0) / (returns.length - 1));
  const downside = Math.sqrt(returns.reduce((a, r) => a + Math.min(r, 0) ** 2, 0) / returns.length);
  let drawdown = 0;
  let peak = 0;
  for (const { equity } of path) {
    peak = Math.max(peak, equity);
    drawdown = Math.max(drawdown, (peak - equity) / peak);
  }
  const cagr = (end.equity / initial) ** ((365 * DAY_MS) / (end.at - from)) - 1;
  return {
    sharpe: (mean / std) * Math.sqrt(365),
    sortino: (mean / downside) * Math.sqrt(365),
    drawdown,
    cagr,
    calmar: cagr / drawdown,
    long: end.at - from >= 2 * DAY_MS,
  };
};

const near = (actual: number | null, expected: number) =>
  expect(actual).to.be.closeTo(expected, 1e-9 * Math.max(1, Math.abs(expected)));

/** A curve of these marks a minute from `from`, ended at its last mark. */
const curveOf = (
  initial: number,
  from: number,
  marks: readonly number[],
  cuts: readonly number[] = [],
): EquityCurve => {
  const curve = new EquityCurve(initial, from);
  const all = Float64Array.from(marks);
  const edges = [0, ...[...cuts].sort((a, b) => a - b).filter(cut => cut <= marks.length), marks.length];
  edges.slice(1).forEach((edge, i) => curve.add(from + edges[i]! * MINUTE_MS, all.subarray(edges[i], edge)));
  curve.finish(marks.at(-1)!, from + marks.length * MINUTE_MS);
  return curve;
};

/** Marks of whole days: flat within a day, the last minute of each being its close. */
const days = (...closes: readonly number[]): number[] => closes.flatMap(close => new Array<number>(1440).fill(close));

describe('an equity curve', () => {
  it('agrees with a computation from the whole path, however it is cut into tapes', () => {
    const path = fc.record({
      startMinute: fc.integer({ min: 0, max: 1439 }),
      steps: fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 3, maxLength: 60 }),
      each: fc.integer({ min: 100, max: 700 }),
      cuts: fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(path, ({ startMinute, steps, each, cuts }) => {
        const from = APRIL + startMinute * MINUTE_MS;
        let equity = 10_000;
        const marks = steps.flatMap(step => new Array<number>(each).fill((equity *= 1 + step / 10_000)));
        const expected = naive(10_000, from, marks);
        const got = curveOf(10_000, from, marks, cuts).metrics();
        near(got.return, equity / 10_000 - 1);
        near(got.maxDrawdown, expected.drawdown);
        if (!expected.long) {
          expect(got).to.include({ cagr: null, sharpe: null, sortino: null, calmar: null });
          return;
        }
        if (Number.isFinite(expected.cagr)) near(got.cagr, expected.cagr);
        if (Math.abs(expected.sharpe) < 1e6) near(got.sharpe, expected.sharpe);
        if (Number.isFinite(expected.sortino)) near(got.sortino, expected.sortino);
        if (Number.isFinite(expected.calmar)) near(got.calmar, expected.calmar);
      }),
      { numRuns: 150 },
    );
  });

  it('takes daily returns from the initial balance on', () => {
    // returns: 1010/1000 − 1 = 0.01; 989.8/1010 − 1 = −0.02; 1019.494/989.8 − 1 = 0.03
    // mean = 0.02/3 = 1/150; deviations 1/300, −8/300, 7/300: std = √((1 + 64 + 49)/90000/2) =
    // √114/424.264 = 0.0251661 Sharpe = 0.00666667/0.0251661·√365 = 5.06098; downside = √(0.0004/3)
    // = 0.01154701: Sortino = 0.57735·√365 = 11.03026
    const metrics = curveOf(1000, APRIL, days(1010, 989.8, 1019.494)).metrics();
    expect(metrics.sharpe).to.be.closeTo(5.06098, 1e-4);
    expect(metrics.sortino).to.be.closeTo(11.03026, 1e-4);
    // deepest fall from 1010 to 989.8: 20.2/1010 = 0.02; CAGR = 1.019494^(365/3) − 1 = 9.47136;
    // Calmar = CAGR/0.02
    expect(metrics.maxDrawdown).to.be.closeTo(0.02, 1e-12);
    expect(metrics.cagr).to.be.closeTo(Math.exp((365 / 3) * Math.log(1.019494)) - 1, 1e-9);
    expect(metrics.calmar).to.be.closeTo(metrics.cagr! / 0.02, 1e-9);
  });

  it('counts flat days, the days that no tape covers, and a part of a day at the end', () => {
    const curve = new EquityCurve(1000, APRIL);
    curve.add(APRIL, Float64Array.from(days(1100)));
    curve.add(APRIL + 3 * DAY_MS, new Float64Array(60).fill(1100)); // two days without a tape between
    curve.finish(1045, APRIL + 3 * DAY_MS + HOUR_MS);
    // returns 0.1, 0, 0, −0.05 (the part of a day): mean 0.0125, Σmin² = 0.0025: Sortino =
    // 0.0125/√(0.0025/4)·√365 = 0.5·√365
    expect(curve.metrics().sortino).to.be.closeTo(0.5 * Math.sqrt(365), 1e-9);
  });

  it('gives the mark of 00:00 to the day that ends there', () => {
    // 600 minutes from 14:00 end at 00:00; the next marks are of other days: returns 0.1, 0 and 0
    // (a part of a day)
    const from = APRIL + 14 * HOUR_MS;
    const flat = new Array<number>(2280).fill(1100);
    const metrics = curveOf(1000, from, [...new Array<number>(599).fill(1000), 1100, ...flat]).metrics();
    // mean 1/30, std = √((2·(1/30)² + (2/30)²)/2) = √3/30: Sharpe = √365/√3
    expect(metrics.sharpe).to.be.closeTo(Math.sqrt(365 / 3), 1e-9);
  });

  it('names peak, trough and recovery of the deepest fall', () => {
    // minutes: 100 → 120 (+2) → 90 (+4) → 120 (+6) → 110 (+7): (120 − 90)/120 = 0.25, back at 120 after 6 minutes
    const metrics = curveOf(100, APRIL, [110, 120, 100, 90, 100, 120, 110]).metrics();
    expect(metrics).to.include({
      maxDrawdown: 0.25,
      maxDrawdownPeakTime: '2026-04-01T00:02:00Z',
      maxDrawdownTroughTime: '2026-04-01T00:04:00Z',
      maxDrawdownRecoveryTime: '2026-04-01T00:06:00Z',
    });
  });

  it('falls from the first point on, and says that a fall had not recovered', () => {
    const metrics = curveOf(100, APRIL, [90, 80, 99]).metrics();
    expect(metrics).to.include({ maxDrawdown: 0.2, maxDrawdownPeakTime: '2026-04-01T00:00:00Z' });
    expect(metrics.maxDrawdownRecoveryTime).to.equal(null);
    expect(metrics.reasons['maxDrawdownRecoveryTime']).to.equal('it had not recovered by the end');
  });

  it('forgets the recovery of an earlier fall when a deeper one comes', () => {
    // 100 → 90 is 10 % and recovers; 200 → 140 is 30 % and does not
    expect(curveOf(100, APRIL, [90, 200, 140, 180]).metrics()).to.include({
      maxDrawdown: 0.3,
      maxDrawdownPeakTime: '2026-04-01T00:02:00Z',
      maxDrawdownRecoveryTime: null,
    });
  });

  it('replaces the last mark by the equity after the final liquidation', () => {
    const curve = new EquityCurve(100, APRIL);
    curve.add(APRIL, Float64Array.of(100, 50));
    curve.finish(98, APRIL + 2 * MINUTE_MS);
    expect(curve.metrics()).to.include({ finalBalance: 98, maxDrawdown: 0.02 });
  });

  it('leaves out the minutes before the period', () => {
    const curve = new EquityCurve(100, APRIL);
    curve.add(APRIL - 2 * MINUTE_MS, Float64Array.of(1, 1, 110));
    curve.finish(110, APRIL + MINUTE_MS);
    expect(curve.metrics()).to.include({ maxDrawdown: 0 });
  });

  it('is null with a reason where a ratio is not defined, never 0 nor infinite', () => {
    const flat = curveOf(100, APRIL, days(100, 100)).metrics();
    expect(flat).to.include({ return: 0, cagr: 0, maxDrawdown: 0, sharpe: null, sortino: null, calmar: null });
    expect(flat.reasons).to.include({
      sharpe: 'every day had the same return',
      sortino: 'no day lost money',
      calmar: 'the equity never fell',
    });
    const steady = curveOf(100, APRIL, days(110, 121, 133.1)).metrics(); // 10 % each day but for rounding
    expect(steady.sharpe).to.equal(null);
    const explosive = curveOf(100, APRIL, days(1e-150, 1e150)).metrics(); // 1e148^(365/2)
    expect(explosive.cagr).to.equal(null);
    expect(explosive.calmar).to.equal(null);
    const nothing = new EquityCurve(100, APRIL);
    nothing.finish(100, APRIL);
    expect(nothing.metrics().reasons['cagr']).to.equal('no time has passed');
  });

  it('scales nothing to a year that lasted less than two days, by its length and not by its day closes', () => {
    const reasonOf = (length: string) => `a figure for a year needs at least 2 days, the period has ${length}`;
    const withheld = (from: number, marks: readonly number[], length: string) => {
      const metrics = curveOf(100, from, marks).metrics();
      expect(metrics).to.include({ cagr: null, sharpe: null, sortino: null, calmar: null });
      for (const name of ['cagr', 'sharpe', 'sortino', 'calmar'])
        expect(metrics.reasons[name], name).to.equal(reasonOf(length));
      expect(metrics.maxDrawdown, length).to.be.above(0); // what needs no year is there
    };
    withheld(APRIL, [99], '1 minute');
    withheld(APRIL, days(99), '1 day');
    const half = [...new Array<number>(15).fill(101), ...new Array<number>(15).fill(99)];
    withheld(APRIL - 15 * MINUTE_MS, half, '30 minutes'); // over midnight: two day closes
    withheld(APRIL, days(101, 99).slice(1), '47.9 hours');
    expect(curveOf(100, APRIL, days(101, 99)).metrics().reasons).to.deep.equal({
      maxDrawdownRecoveryTime: 'it had not recovered by the end',
    });
  });

  it('keeps a bounded number of even points besides one a day, the end included', () => {
    const points = curveOf(100, APRIL, days(101, 102, 103)).curve();
    expect(points.length).to.be.within(64, 128 + 3 + 1);
    expect(points[0]).to.deep.equal({ at: APRIL, equity: 100 });
    expect(points.at(-1)).to.deep.equal({ at: APRIL + 3 * DAY_MS, equity: 103 });
  });

  it('refuses marks that go back in time and equity that is no number', () => {
    const curve = new EquityCurve(100, APRIL);
    curve.add(APRIL, Float64Array.of(100, 100));
    expect(() => curve.add(APRIL, Float64Array.of(100))).to.throw(RangeError);
    expect(() => curveOf(100, APRIL, days(NaN, 100))).to.throw('NaN');
  });
});
