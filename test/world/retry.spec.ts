import { expect } from 'chai';
import { Aborted } from '../../lib/errors.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import { constantWait, retryWaitMs } from '../../lib/retry.js';
import { withRetry, type RetryOptions } from '../../lib/world/retry.js';

const GROWING = { backoff: { firstMs: 100, factor: 2, maxMs: 1_000 }, random: () => 0.5 };

describe('the wait before the next try', () => {
  it('grows with the failures up to a limit, with jitter, after what the server requested', () => {
    const away = new Error('away');
    const waits = [0, 1, 2, 3, 4, 9].map(tries => retryWaitMs(away, tries, GROWING));
    expect(waits).to.deep.equal([50, 100, 200, 400, 500, 500]);
    const busy = new ExchangeFailure('rate_limit', 'busy', 3_000);
    expect(retryWaitMs(busy, 1, GROWING)).to.equal(3_100);
    expect(retryWaitMs(busy, 1, { ...GROWING, minMs: 7 })).to.equal(3_107);
    expect(retryWaitMs(busy, 1, { ...GROWING, maxMs: 2_000 })).to.equal(2_000);
    expect([0, 5].map(tries => retryWaitMs(away, tries, constantWait(80)))).to.deep.equal([80, 80]);
  });
});

describe('an operation that is retried', () => {
  /** Fails so many times, then succeeds; what was reported, and the waits. */
  const run = async (failures: number, options: Partial<RetryOptions> = {}) => {
    const waits: number[] = [];
    const reports: string[] = [];
    let calls = 0;
    const act = () => (calls++ < failures ? Promise.reject(new Error(`failure ${calls}`)) : Promise.resolve(calls));
    const result: unknown = await withRetry(act, {
      ...GROWING,
      mayRepeat: () => true,
      onFailure: (failure, waitMs, tries) => reports.push(`${(failure as Error).message}, ${waitMs} ms, ${tries}`),
      pause: ms => Promise.resolve(waits.push(ms)),
      ...options,
    }).catch((error: unknown) => (error as Error).message);
    return { result, waits, reports };
  };

  it('succeeds after waits that grow, and reports each failure before its wait', async () => {
    expect(await run(0)).to.deep.equal({ result: 1, waits: [], reports: [] });
    expect(await run(2)).to.deep.equal({
      result: 3,
      waits: [50, 100],
      reports: ['failure 1, 50 ms, 0', 'failure 2, 100 ms, 1'],
    });
    expect((await run(2, { speed: 10 })).waits).to.deep.equal([5, 10]);
  });

  it('fails with what the policy does not repeat, which knows the tries and the wait to come', async () => {
    const seen: string[] = [];
    const mayRepeat = (_: unknown, tries: number, waitMs: number) => (seen.push(`${tries} ${waitMs}`), tries < 2);
    expect(await run(9, { mayRepeat })).to.include({ result: 'failure 3' });
    expect(seen).to.deep.equal(['0 50', '1 100', '2 200']);
  });

  it('waits no longer once it is cancelled', async () => {
    const stop = new AbortController();
    const away = () => Promise.reject(new Error('away'));
    const options = { ...constantWait(60_000), mayRepeat: () => true, signal: stop.signal };
    const ended = withRetry(away, { ...options, onFailure: () => setImmediate(() => stop.abort()) });
    expect(await ended.catch((error: unknown) => error)).to.be.instanceOf(Aborted);
  });
});
