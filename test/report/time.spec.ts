import { expect } from 'chai';
import fc from 'fast-check';
import { spanOf } from '../../lib/report/time.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';

describe('a length of time in words', () => {
  it('is in the unit that a reader would choose', () => {
    const words = [
      0,
      1_000,
      90_000,
      MINUTE_MS,
      30 * MINUTE_MS,
      90 * MINUTE_MS,
      HOUR_MS,
      36 * HOUR_MS,
      DAY_MS,
      7 * DAY_MS,
    ];
    expect(words.map(spanOf)).to.deep.equal([
      '0 seconds',
      '1 second',
      '90 seconds',
      '1 minute',
      '30 minutes',
      '90 minutes',
      '1 hour',
      '36 hours',
      '1 day',
      '7 days',
    ]);
    expect(spanOf(DAY_MS + MINUTE_MS)).to.equal('24 hours');
    expect(spanOf(2.5 * DAY_MS)).to.equal('2.5 days');
    expect(spanOf(4_000 * DAY_MS)).to.equal('4,000 days');
  });

  it('never reads as 0 nor as more than it is', () => {
    expect(spanOf(30 * DAY_MS - MINUTE_MS)).to.equal('29.9 days');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), minutes => {
        const [amount, unit] = spanOf(minutes * MINUTE_MS).split(' ');
        const each = { minute: 1, hour: 60, day: 1440 }[unit!.replace(/s$/, '')]!;
        const read = Number(amount!.replaceAll(',', '')) * each;
        expect(read).to.be.above(0);
        expect(read).to.be.within(minutes - each / 10, minutes + 1e-6);
      }),
    );
  });
});
