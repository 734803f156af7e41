import { expect } from 'chai';
import sinon from 'sinon';
import { ExchangeFailure, type FailureKind } from '../../../lib/exchange/failure.js';
import type { PublicTrade, TradesAnswer } from '../../../lib/exchange/ports.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { tradesAfter } from '../../../lib/world/live/missed-trades.js';

const MINUTE = Date.UTC(2026, 3, 12, 12);
const FROM = MINUTE + 2_000;
const GOAL = MINUTE + MINUTE_MS;
const PAGE = 1_000;

/** Trades of one each so many milliseconds, the first of them in the moment of the last look. */
const every = (ms: number, count: number): readonly PublicTrade[] =>
  Array.from({ length: count }, (_, n) => ({ id: n + 1, at: FROM + n * ms, price: 100, size: 1, side: 'buy' }));

/** An exchange with these trades, without those whose ids it leaves out. */
const exchangeOf = (trades: readonly PublicTrade[], leftOut: readonly number[] = []) => {
  const there = trades.filter(({ id }) => !leftOut.includes(id!));
  return (since: string): TradesAnswer => {
    const page = there.filter(({ at }) => BigInt(at) * 1_000_000n > BigInt(since)).slice(0, PAGE);
    return { trades: page, last: page.length > 0 ? `${page.at(-1)!.at}000000` : since, rejected: 0 };
  };
};

describe('the trades since a held market was last looked at', () => {
  afterEach(() => sinon.restore());

  /** What comes of them at `now`. An answer may be a failure. */
  const asked = async (now: number, answer: (since: string, n: number) => TradesAnswer | ExchangeFailure) => {
    const said: string[] = [];
    let requests = 0;
    const trades = (_: string, since: string) => {
      const page = answer(since, requests++);
      return page instanceof ExchangeFailure ? Promise.reject(page) : Promise.resolve(page);
    };
    const options = {
      exchange: { trades },
      signal: new AbortController().signal,
      onFailure: (symbol: string, reason: string) => void said.push(`${symbol}: ${reason}`),
      now: () => now,
      random: () => 0,
    };
    const stretch = await tradesAfter(options, 'BTC/USD', FROM, GOAL);
    return { stretch, requests, said };
  };
  const idsOf = ({ stretch }: Awaited<ReturnType<typeof asked>>) =>
    stretch?.trades.map(trade => (trade as PublicTrade).id);

  it('come with one request, up to now, where a page holds them all', async () => {
    const now = FROM + 3 * MINUTE_MS;
    const found = await asked(now, exchangeOf(every(60_000, 3)));
    expect([found.requests, found.stretch!.from, found.stretch!.to]).to.deep.equal([1, FROM, now]);
    expect(idsOf(found)).to.deep.equal([2, 3]); // the look itself saw the first
  });

  it('are known to be none where the exchange says so twice', async () => {
    const found = await asked(FROM + 5_000, exchangeOf([]));
    expect([found.requests, found.stretch]).to.deep.equal([2, { from: FROM, to: FROM + 5_000, trades: [] }]);
  });

  it('are all taken for the first minute only, where they fill page after page', async () => {
    const trades = every(40, 20_000); // 1,450 in the rest of the minute
    const found = await asked(FROM + 20_000 * 40, exchangeOf(trades));
    expect([found.requests, found.stretch!.to]).to.deep.equal([2, GOAL]);
    expect(idsOf(found)).to.deep.equal(trades.filter(({ at }) => at > FROM && at <= GOAL).map(({ id }) => id));
  });

  it('are left to the candle where a minute has more of them than five pages hold', async () => {
    const found = await asked(GOAL + MINUTE_MS, exchangeOf(every(5, 20_000)));
    expect([found.requests, found.stretch]).to.deep.equal([5, null]);
  });

  it('are requested again where one of them is missing, and left to the candle if it does not come', async () => {
    const trades = every(5_000, 9);
    const now = FROM + 9 * 5_000;
    const late = await asked(now, (since, n) => exchangeOf(trades, n === 0 ? [7] : [])(since));
    expect([late.requests, late.stretch!.to, idsOf(late)!.length]).to.deep.equal([2, now, 8]);
    const never = await asked(now, exchangeOf(trades, [7]));
    expect([never.requests, never.stretch]).to.deep.equal([4, null]);
  });

  it('end with the minute before a missing one, where that is not of the first minute', async () => {
    const found = await asked(FROM + 9 * 20_000, exchangeOf(every(20_000, 9), [7]));
    expect([found.requests, found.stretch!.to, idsOf(found)]).to.deep.equal([1, GOAL, [2, 3]]);
  });

  const failure = (kind: FailureKind) => new ExchangeFailure(kind, 'no answer', 1);
  it('are requested again while the exchange does not answer, not longer than half a minute', async () => {
    const page = exchangeOf(every(1_000, 3));
    const found = await asked(FROM + 5_000, (since, n) => (n < 2 ? failure('temporary') : page(since)));
    expect([found.requests, idsOf(found), found.said]).to.deep.equal([3, [2, 3], []]);

    const clock = sinon.stub(performance, 'now').returns(0);
    const none = await asked(FROM + 5_000, (_, n) => {
      clock.returns(n * 10_001);
      return failure('temporary');
    });
    expect([none.requests, none.stretch]).to.deep.equal([4, null]);
    expect(none.said).to.deep.equal(['BTC/USD: no answer']);
  });

  it('are not requested again of a market that is gone', async () => {
    const gone = await asked(FROM + 5_000, () => failure('market'));
    expect([gone.requests, gone.stretch]).to.deep.equal([1, null]);
  });
});
