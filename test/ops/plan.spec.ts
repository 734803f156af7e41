import { expect } from 'chai';
import { cutoffOf, dueMonths, type Keeping, type Month } from '../../lib/ops/plan.js';
import { DAY_MS, HOUR_MS } from '../../lib/units.js';

const month = (n: number): Month => ({
  name: `2026-0${n}`,
  from: Date.UTC(2026, n - 1),
  to: Date.UTC(2026, n),
});
const MONTHS = [3, 1, 2, 4].map(month);
const NOON = Date.UTC(2026, 3, 15, 12);
const keeping = (over: Partial<Keeping> = {}): Keeping => ({
  days: 30,
  newest: NOON,
  now: NOON,
  neededFrom: Infinity,
  ...over,
});
const due = (over: Partial<Keeping>): readonly string[] => dueMonths(MONTHS, keeping(over)).map(({ name }) => name);

describe('which months are due', () => {
  it('are those whose last day is older than the limit, the oldest first', () => {
    expect(cutoffOf(keeping())).to.equal(Date.UTC(2026, 2, 16)); // 15 April, 00:00, less 30 days
    expect(due({})).to.deep.equal(['2026-01', '2026-02']);
    expect(due({ days: 14 })).to.deep.equal(['2026-01', '2026-02', '2026-03']); // everything before 1 April
    expect(due({ days: 15 })).to.deep.equal(['2026-01', '2026-02']); // 31 March is to be kept
    expect(due({ days: 46 })).to.deep.equal(['2026-01']);
  });

  it('are none where all is to be kept, or nothing is stored', () => {
    expect(due({ days: null })).to.deep.equal([]);
    expect(due({ newest: NaN })).to.deep.equal([]);
  });

  it('does not depend on the hour, and on a clock only where it is behind what is stored', () => {
    expect(due({ newest: NOON - 12 * HOUR_MS, days: 14 })).to.deep.equal(due({ days: 14 }));
    expect(due({ now: NOON + 4_000 * DAY_MS })).to.deep.equal(due({}));
    expect(due({ now: NOON - 31 * DAY_MS })).to.deep.equal(['2026-01']); // 14 March less 30 days is 13 February
  });

  it('leaves what an open trade or a replay still needs', () => {
    expect(due({ neededFrom: Date.UTC(2026, 1, 1) })).to.deep.equal(['2026-01']);
    expect(due({ neededFrom: Date.UTC(2026, 1, 1) - 1 })).to.deep.equal([]);
  });
});
