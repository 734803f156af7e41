import { expect } from 'chai';
import fc from 'fast-check';
import { EPOCH, MARKET, coinOf } from '../../lib/simulator/market/coins.js';
import { dayPlan } from '../../lib/simulator/market/days.js';
import { Cell } from '../../lib/tape.js';
import { DAY_MS } from '../../lib/units.js';
import { correlation, median, returnsOf, sum, wholeTape } from './statistics.js';

const MAJORS = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD', 'ADA/USD', 'DOGE/USD', 'LINK/USD'];
const DAYS = 90;
const FROM = Date.UTC(2025, 9, 1);

describe('character of the synthetic market', () => {
  const tape = wholeTape(MAJORS, 5, FROM, FROM + DAYS * DAY_MS);
  const returns = MAJORS.map((_, lane) => returnsOf(tape, lane));
  /** Of one day of a lane, as the universe's rule measures it: percent. */
  const volatility = (lane: number, day: number) =>
    100 * Math.sqrt(sum(returns[lane]!.subarray(day * 1440, (day + 1) * 1440).map(value => value * value)));
  const days = Array.from({ length: DAYS }, (_, day) => day);

  it('moves coins with BTC, each with a will of its own', () => {
    for (let lane = 1; lane < MAJORS.length; lane++)
      expect(correlation(returns[lane]!, returns[0]!), MAJORS[lane]).to.be.within(0.35, 0.85);
  });

  it('has days of 1.5 to 6 % for the majors in the middle, and hardly one over 15 %', () => {
    MAJORS.forEach((symbol, lane) => {
      const all = days.map(day => volatility(lane, day));
      expect(median(all), symbol).to.be.within(1.5, 6);
      expect(all.filter(percent => percent > 15).length / DAYS, symbol).to.be.below(0.05);
      // Calm regimes beside turbulent ones.
      expect(Math.max(...all) / Math.min(...all), symbol).to.be.above(3);
    });
  });

  it('follows large moves by large moves', () => {
    for (const series of returns) {
      const sizes = series.map(Math.abs);
      expect(correlation(sizes.subarray(0, -10), sizes.subarray(10))).to.be.above(0.15);
    }
  });

  it('is livelier in the afternoon (UTC) than in the early morning', () => {
    const variance = (from: number, to: number) =>
      sum(returns[0]!.map((value, i) => (i % 1440 >= from * 60 && i % 1440 < to * 60 ? value * value : 0)));
    expect(variance(13, 17)).to.be.above(1.5 * variance(2, 6));
  });

  it('trades more than 5 million USD of each major a day, and more when prices move', () => {
    MAJORS.forEach((symbol, lane) => {
      const cells = (day: number) => [(lane * DAYS + day) * 1440, (lane * DAYS + day + 1) * 1440] as const;
      const turnover = (day: number) =>
        sum(tape.volume.subarray(...cells(day)).map((volume, i) => volume * tape.close[cells(day)[0] + i]!));
      expect(Math.min(...days.map(turnover)), symbol).to.be.above(5e6);
      const volumes = tape.volume.subarray(lane * tape.minutes + 1, (lane + 1) * tape.minutes);
      expect(correlation(volumes, returns[lane]!.map(Math.abs)), symbol).to.be.above(0.4);
    });
  });

  it('offers what a momentum strategy looks for: minutes of +0.5 % that crown +1 % in 5 and +1.5 % in 15', () => {
    const rising = MAJORS.map((_, lane) => {
      const close = tape.close.subarray(lane * tape.minutes, (lane + 1) * tape.minutes);
      const change = (i: number, minutes: number) => 100 * (close[i]! / close[i - minutes]! - 1);
      return close.reduce(
        (count, _price, i) =>
          count + Number(i >= 15 && change(i, 1) >= 0.5 && change(i, 5) >= 1 && change(i, 15) >= 1.5),
        0,
      );
    });
    // A minute in a thousand at most: the exception, not the rule.
    expect(sum(rising)).to.be.within(MAJORS.length * 20, (tape.minutes * MAJORS.length) / 200);
  });

  it('quiets MINA/USD three minutes in ten and BTC/USD never', () => {
    const { cell, minutes } = wholeTape(['MINA/USD', 'BTC/USD'], 2, FROM, FROM + 30 * DAY_MS);
    const quiet = (lane: number) =>
      cell.subarray(lane * minutes, (lane + 1) * minutes).filter(value => value === Cell.quiet).length / minutes;
    expect(quiet(0)).to.be.within(0.26, 0.34);
    expect(quiet(1)).to.equal(0);
  });

  it('stays within a band for twelve years, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('BTC', 'ETH', 'SOL', 'DOGE', 'MINA', 'NOBODY'), (seed, name) => {
        const { beta, own } = coinOf(name);
        for (let day = EPOCH / DAY_MS; day < EPOCH / DAY_MS + 12 * 365; day++) {
          const log = beta * dayPlan(MARKET, seed, day).to + (own.volatility > 0 ? dayPlan(own, seed, day).to : 0);
          // A factor of 20 either way.
          if (Math.abs(log) > Math.log(20)) expect.fail(`${name} of seed ${seed}: ${Math.exp(log)} times its centre`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lives through every regime', () => {
    const names = new Set<string>();
    for (let day = EPOCH / DAY_MS; day < EPOCH / DAY_MS + 365; day++) names.add(dayPlan(MARKET, 1, day).regime.name);
    expect([...names].sort()).to.deep.equal(['calm', 'down', 'range', 'up', 'volatile']);
  });
});
