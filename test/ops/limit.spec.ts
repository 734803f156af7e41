import { expect } from 'chai';
import * as fc from 'fast-check';
import { repeatLimiter, type Held } from '../../lib/ops/limit.js';

/** How often it was held back before; null where it still is. */
const timesOf = (held: Held<unknown> | null): number | null => held && held.times;

describe('the repeat limiter', () => {
  it('says a key once a minute and then how often it was held back', () => {
    const limiter = repeatLimiter<string>(60_000);
    expect(timesOf(limiter.admit('down', 'a', 0))).to.equal(0);
    expect(timesOf(limiter.admit('down', 'b', 1))).to.equal(null);
    expect(timesOf(limiter.admit('other', 'x', 2))).to.equal(0);
    expect(timesOf(limiter.admit('down', 'c', 59_999))).to.equal(null);
    expect(timesOf(limiter.admit('down', 'd', 60_000))).to.equal(2); // b and c
    expect(timesOf(limiter.admit('down', 'e', 60_001))).to.equal(null);
  });

  it('hands out what was held back once its minute is over, and only once', () => {
    const limiter = repeatLimiter<string>(60_000);
    limiter.admit('down', 'first', 0);
    limiter.admit('down', 'second', 10);
    expect(limiter.due(59_999)).to.deep.equal([]);
    expect(limiter.due(60_000)).to.deep.equal([{ last: 'second', times: 1, markets: 0 }]);
    expect(limiter.due(60_001)).to.deep.equal([]);
    expect(timesOf(limiter.admit('down', 'third', 60_002))).to.equal(null); // it was logged at 60,000
    expect(limiter.rest()).to.deep.equal([{ last: 'third', times: 1, markets: 0 }]);
  });

  it('counts the markets that a key was held back for, those included that were counted where it comes from', () => {
    const limiter = repeatLimiter<string>(60_000);
    limiter.admit('down', 'first', 0, 'A');
    for (const market of ['A', 'B', 'C', 'B']) limiter.admit('down', 'more', 1, market);
    expect(limiter.due(60_000)).to.deep.equal([{ last: 'more', times: 4, markets: 3 }]);
    limiter.admit('down', 'relayed', 60_001, 'A', { times: 39, markets: 22 });
    expect(limiter.admit('down', 'last', 120_001, 'B')).to.deep.equal({ last: 'last', times: 40, markets: 22 });
  });

  it('never says a key twice within the window and never loses count, whatever happens when', () => {
    const events = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(50_000), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(events, steps => {
        const limiter = repeatLimiter<string>(60_000);
        const said = new Map<string, number>();
        const told = { a: 0, b: 0, c: 0 } as Record<string, number>;
        const asked = { a: 0, b: 0, c: 0 } as Record<string, number>;
        const say = (key: string, at: number) => {
          expect(at - (said.get(key) ?? -Infinity)).to.be.at.least(60_000);
          said.set(key, at);
        };
        let at = 0;
        for (const [key, wait, look] of steps) {
          at += wait;
          asked[key]!++;
          const times = timesOf(limiter.admit(key, key, at));
          if (times !== null) {
            say(key, at);
            told[key]! += 1 + times;
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

  it('forgets the key that was logged longest ago instead of growing without limit', () => {
    const limiter = repeatLimiter<number>(60_000, 100);
    for (let n = 0; n < 10_000; n++) expect(timesOf(limiter.admit(`key ${n}`, n, n))).to.equal(0);
    expect(timesOf(limiter.admit('key 9900', 0, 10_000))).to.equal(null); // among the last hundred
    expect(timesOf(limiter.admit('key 9899', 0, 10_000))).to.equal(0); // forgotten
  });
});
