import { expect } from 'chai';
import * as fc from 'fast-check';
import { repeatLimiter } from '../../lib/log/limit.js';

describe('the repeat limiter', () => {
  it('says a cause once a minute and then how often it was held back', () => {
    const limiter = repeatLimiter<string>(60_000);
    expect(limiter.admit('down', 'a', 0)).to.equal(0);
    expect(limiter.admit('down', 'b', 1)).to.equal(null);
    expect(limiter.admit('other', 'x', 2)).to.equal(0);
    expect(limiter.admit('down', 'c', 59_999)).to.equal(null);
    expect(limiter.admit('down', 'd', 60_000)).to.equal(2); // b and c
    expect(limiter.admit('down', 'e', 60_001)).to.equal(null);
  });

  it('hands out what was held back once its minute is over, and only once', () => {
    const limiter = repeatLimiter<string>(60_000);
    limiter.admit('down', 'first', 0);
    limiter.admit('down', 'second', 10);
    expect(limiter.due(59_999)).to.deep.equal([]);
    expect(limiter.due(60_000)).to.deep.equal([{ last: 'second', times: 1 }]);
    expect(limiter.due(60_001)).to.deep.equal([]);
    expect(limiter.admit('down', 'third', 60_002)).to.equal(null); // it was said at 60,000
    expect(limiter.rest()).to.deep.equal([{ last: 'third', times: 1 }]);
  });

  it('never says a cause twice within the window and never loses count, whatever happens when', () => {
    const events = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(50_000), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(events, steps => {
        const limiter = repeatLimiter<string>(60_000);
        const said = new Map<string, number>();
        const told = { a: 0, b: 0, c: 0 } as Record<string, number>;
        const asked = { a: 0, b: 0, c: 0 } as Record<string, number>;
        const say = (cause: string, at: number) => {
          expect(at - (said.get(cause) ?? -Infinity)).to.be.at.least(60_000);
          said.set(cause, at);
        };
        let at = 0;
        for (const [cause, wait, look] of steps) {
          at += wait;
          asked[cause]!++;
          const times = limiter.admit(cause, cause, at);
          if (times !== null) {
            say(cause, at);
            told[cause]! += 1 + times;
          }
          if (look)
            for (const held of limiter.due(at)) {
              say(held.last, at);
              told[held.last]! += held.times;
            }
        }
        for (const held of limiter.rest()) told[held.last]! += held.times;
        expect(told).to.deep.equal(asked);
      }),
    );
  });

  it('forgets the cause said longest ago rather than grow without end', () => {
    const limiter = repeatLimiter<number>(60_000, 100);
    for (let n = 0; n < 10_000; n++) expect(limiter.admit(`cause ${n}`, n, n)).to.equal(0);
    expect(limiter.admit('cause 9900', 0, 10_000)).to.equal(null); // among the last hundred
    expect(limiter.admit('cause 9899', 0, 10_000)).to.equal(0); // forgotten
  });
});
