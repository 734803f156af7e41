import { expect } from 'chai';
import { meanInterval } from '../../lib/report/bootstrap.js';
import { compareRuns, type Compared } from '../../lib/report/compare.js';
import { drawsOf, uniform } from '../../lib/simulator/market/random.js';
import { DAY_MS } from '../../lib/units.js';

const DAY = Date.UTC(2026, 0, 1);
const at = (day: number): number => DAY + day * DAY_MS;
const picker = (seed: number) => {
  const draw = drawsOf(seed, 'bootstrap', 0);
  return (below: number) => Math.floor(uniform(draw) * below);
};
/** Nearly normal values: mean 0, deviation 1. */
const noise = (seed: number, count: number): readonly number[] => {
  const draw = drawsOf(seed, 'noise', 0);
  return Array.from(
    { length: count },
    () => Math.sqrt(12 / 12) * (Array.from({ length: 12 }, () => uniform(draw)).reduce((sum, one) => sum + one, 0) - 6),
  );
};

describe('the interval of a mean', () => {
  it('is the mean itself where all values are the same', () => {
    expect(meanInterval([2, 2, 2, 2], picker(1))).to.deep.equal({ mean: 2, low: 2, high: 2, shareAbove: 1 });
    expect(meanInterval([], picker(1)).mean).to.satisfy(Number.isNaN);
  });

  it('is as wide as that of independent values: 1.645 deviations of the mean', () => {
    const values = noise(3, 400);
    const mean = values.reduce((sum, value) => sum + value, 0) / 400;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400 / 400);
    const { low, high } = meanInterval(values, picker(1));
    expect((high - low) / 2 / (1.645 * deviation)).to.be.within(0.8, 1.2);
  });

  it('is wider where one value goes on in the next', () => {
    const values = noise(4, 400);
    const smooth = values.map((_, i) => values.slice(Math.max(0, i - 4), i + 1).reduce((sum, value) => sum + value, 0));
    const width = (of: readonly number[]) => {
      const { low, high } = meanInterval(of, picker(1));
      return high - low;
    };
    const mixed = noise(5, 400)
      .map((rank, i) => [rank, smooth[i]!] as const)
      .sort(([a], [b]) => a - b);
    expect(width(smooth) / width(mixed.map(([, value]) => value))).to.be.above(1.4);
  });

  it('contains the true mean nine times in ten', () => {
    let inside = 0;
    for (let seed = 10; seed < 50; seed++) {
      const { low, high } = meanInterval(noise(seed, 100), picker(seed));
      if (low <= 0 && high >= 0) inside++;
    }
    expect(inside / 40).to.be.within(0.78, 1);
  });
});

describe('runs side by side', () => {
  const run = (id: number, over: Partial<Compared> = {}): Compared => ({
    label: `run ${id}`,
    id,
    mode: 'backtest',
    strategy: 'momentum',
    initialBalance: 100,
    from: at(0),
    days: [],
    trades: [],
    ...over,
  });
  const days = (first: number, ...equity: number[]) =>
    equity.map((value, i) => ({ day: at(first + i), equity: value }));

  it('are compared over the whole days that all of them have, from the equity before', () => {
    const {
      from,
      to,
      days: count,
      runs,
      differences,
      warnings,
    } = compareRuns([
      run(1, { days: days(0, 110, 121, 121, 60.5, 60.5) }),
      run(2, { from: at(0) + 3_600_000, days: days(0, 100, 105, 210, 210) }),
    ]);
    // Day 0 is no whole day of run 2, and it has no day 4: days 1 to 3.
    expect({ from, to, count }).to.deep.equal({
      from: '2026-01-02T00:00:00Z',
      to: '2026-01-05T00:00:00Z',
      count: 3,
    });
    // run 1: +10 %, 0 %, −50 %; run 2: +5 %, +100 %, 0 %
    expect(runs[0]!.returnPercentage).to.be.closeTo(-45, 1e-9);
    expect(runs[0]!.maxDrawdownPercentage).to.be.closeTo(50, 1e-9);
    expect(runs[1]!.returnPercentage).to.be.closeTo(110, 1e-9);
    expect(runs[1]!.bestDayPercentage).to.be.closeTo(100, 1e-9);
    expect(differences[0]!.meanPercentage).to.be.closeTo((-5 + 100 + 50) / 3, 1e-9);
    expect(differences[0]).to.include({ run: 2, against: 1, daysAhead: 2, daysBehind: 1 });
    expect(differences[0]!.lowPercentage).to.be.below(differences[0]!.meanPercentage);
    expect(warnings).to.deep.equal(['low sample: 3 days (under 30), too little to judge by']);
  });

  it('a day without a mark is a day without a change', () => {
    const { runs } = compareRuns([
      run(1, { days: [days(0, 110)[0]!, days(2, 121)[0]!] }),
      run(2, { days: days(0, 100, 100, 100) }),
    ]);
    expect(runs[0]!.returnPercentage).to.be.closeTo(21, 1e-9);
  });

  it('share the trades of the same market and minute', () => {
    const trade = (market: string, minute: number, profitLoss: number) => ({
      market,
      enteredAt: at(0) + minute * 60_000,
      profitLoss,
    });
    const [difference] = compareRuns([
      run(1, { days: days(0, 100, 100), trades: [trade('A/USD', 1, 5), trade('A/USD', 2, -1), trade('B/USD', 1, 2)] }),
      run(2, {
        days: days(0, 100, 100),
        trades: [trade('A/USD', 1, 4), trade('B/USD', 9, 7), trade('B/USD', 99_999, 7)],
      }),
    ]).differences;
    expect(difference).to.include({
      sharedTrades: 1,
      sharedProfitLoss: 4,
      sharedProfitLossAgainst: 5,
      ownTrades: 1, // the third one is after the last common day
      ownProfitLoss: 7,
      otherTrades: 2,
      otherProfitLoss: 1,
    });
  });

  it('without a day in common are not compared', () => {
    const {
      days: count,
      warnings,
      differences,
    } = compareRuns([run(1, { days: days(0, 100) }), run(2, { from: at(5), days: days(5, 100) })]);
    expect({ count, differences }).to.deep.equal({ count: 0, differences: [] });
    expect(warnings).to.deep.equal(['the runs have no whole day in common']);
  });

  it('of one run are compared without the strategies that have no day in common with the first', () => {
    const strategy = (label: string, over: Partial<Compared>) => run(1, { label, ...over });
    const {
      runs,
      days: count,
      warnings,
    } = compareRuns([
      strategy('main', { days: days(0, 101, 102, 103) }),
      strategy('removed', { days: [] }),
      strategy('loose', { days: days(0, 101, 99, 104) }),
      strategy('added', { from: at(2.5), days: days(3, 100) }),
    ]);
    expect(runs.map(({ label }) => label)).to.deep.equal(['main', 'loose']);
    expect(count).to.equal(3);
    expect(warnings).to.deep.equal([
      'left out, without a whole day in common with main: removed, added',
      'low sample: 3 days (under 30), too little to judge by',
    ]);
  });

  it('are the same each time', () => {
    const runs = [run(1, { days: days(0, 101, 99, 104, 100) }), run(2, { days: days(0, 100, 103, 102, 106) })];
    expect(compareRuns(runs)).to.deep.equal(compareRuns(runs));
  });
});
