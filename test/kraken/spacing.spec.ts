import { expect } from 'chai';
import { spacing } from '../../lib/kraken/spacing.js';
import { MINUTE_MS } from '../../lib/units.js';
import { drawsFrom } from '../market-data/oracle-market.js';

const lengthOf = (minutes: readonly number[], isNamed: boolean): number | null => {
  const apart = spacing();
  for (const minute of minutes) apart.row(Date.UTC(2024, 0, 1) + minute * MINUTE_MS);
  return apart.minutes(isNamed);
};
/** So many minutes of a market in which each is traded with a certain chance. */
const sparse = (count: number, chance: number, draw: () => number): number[] => {
  const minutes: number[] = [];
  for (let minute = 0; minutes.length < count; minute++) if (draw() < chance) minutes.push(minute);
  return minutes;
};
const every = (step: number, count: number): number[] => Array.from({ length: count }, (_, i) => i * step);

describe('the distance of the rows of a file', () => {
  it('is found for candles of 5 minutes and more, without holes and with them', () => {
    const draw = drawsFrom(1);
    for (const length of [5, 15, 30, 60, 240, 720, 1_440])
      for (const isNamed of [true, false]) {
        expect(lengthOf(every(length, 6), isNamed), `${length}`).to.equal(length);
        const holes = sparse(200, 0.3, draw).map(n => n * length);
        expect(lengthOf(holes, isNamed), `${length} with holes`).to.equal(length);
        expect(lengthOf(holes.toReversed(), isNamed), `${length} backwards`).to.equal(length);
      }
  });

  it('is none of minutes, however rarely a market is traded', () => {
    const draw = drawsFrom(2);
    let files = 0;
    for (const chance of [0.9, 0.5, 0.2, 0.05, 0.01, 0.002, 0.0005])
      for (let count = 1; count <= 300; count = Math.ceil(count * 1.3))
        for (let n = 0; n < 20; n++, files++)
          expect(lengthOf(sparse(count, chance, draw), true), `${count} rows of ${chance}`).to.equal(null);
    expect(files).to.be.above(2_000);
  });

  it('is that of a market in which someone trades every fifth minute only where there are many rows', () => {
    const bot = [0, 35, 40, 95, 100, 140, 200, 205, 260, 300];
    expect(lengthOf(bot, true)).to.equal(null);
    expect(lengthOf([...bot, 301], true)).to.equal(null);
  });

  it('takes fewer rows where the name does not say one minute', () => {
    expect(lengthOf([0, 5], false)).to.equal(null);
    expect(lengthOf([0, 5, 10], false)).to.equal(5);
    expect(lengthOf([0, 60], false)).to.equal(60);
    expect(lengthOf([0, 2, 4], false)).to.equal(null);
    expect(lengthOf([0, 5, 10, 12], false)).to.equal(null);
  });

  it('is unknown for rows of one time', () => {
    expect(lengthOf([3, 3, 3], false)).to.equal(null);
    expect(lengthOf([], false)).to.equal(null);
  });
});
