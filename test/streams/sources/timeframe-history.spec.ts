import { expect } from 'chai';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { OhlcAnswer, OhlcRow } from '../../../lib/exchange/ports.js';
import { KRAKEN_HISTORY } from '../../../lib/kraken/limits.js';
import { timeframeHistory, type HistoryEvent, type HistoryInputs } from '../../../streams/sources/timeframe-history.js';
import { minute } from '../../support/broker.js';
import { marbles } from '../../support/marbles.js';

const row: OhlcRow = {
  at: minute(-15),
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  vwap: 10,
  volume: 5,
  trades: 7,
};
const answer: OhlcAnswer = { rows: [row], rejected: [], newest: minute(0) };
const come = (market: number, minutes = 15): HistoryEvent => ({
  kind: 'timeframeHistory',
  market,
  minutes,
  rows: [row],
});
const failed = (market: number, reason: string, minutes = 15): HistoryEvent => ({
  kind: 'trouble',
  market,
  minutes,
  reason,
});
/** Ten days of minutes: nothing lacks. */
const full = { from: minute(-14_400), to: minute(0) };

const world = (over: Partial<HistoryInputs>): HistoryInputs => ({
  history: KRAKEN_HISTORY,
  stretches: [undefined],
  timeframes: [15],
  known: undefined,
  now: () => minute(0),
  timeoutMs: 20,
  ask: () => [answer],
  save: () => [undefined],
  ...over,
});

describe('timeframeHistory', () => {
  it(
    'come when they are stored, for each market and timeframe that lacks them, timeframe by timeframe',
    marbles(({ cold, expectObservable, flush }) => {
      const asked: string[] = [];
      const ask = (market: number, minutes: number, since: number) => {
        asked.push(`${market} ${minutes}m ${(minute(0) - since) / 60_000}`);
        return cold('-(a|)', { a: answer });
      };
      const save = () => cold('--|');
      expectObservable(
        timeframeHistory(world({ stretches: [undefined, full, undefined], timeframes: [5, 6, 15], ask, save })),
      ).toBe('---(abcd|)', { a: come(0, 5), b: come(2, 5), c: come(0), d: come(2) });
      flush();
      expect(asked).to.deep.equal(['0 5m 3600', '2 5m 3600', '0 15m 10800', '2 15m 10800']);
    }),
  );

  it(
    'are not asked for where the store has them',
    marbles(({ cold, expectObservable }) => {
      const ask = () => cold<OhlcAnswer>('#');
      expectObservable(timeframeHistory(world({ stretches: [full], ask }))).toBe('|');
      expectObservable(timeframeHistory(world({ stretches: [], ask }))).toBe('|');
      const at = Float64Array.from({ length: 720 }, (_, n) => minute(-60 - (719 - n) * 15));
      const joined = world({
        stretches: [{ from: minute(-45), to: minute(0) }],
        known: () => ({ at, high: at, low: at, close: at }),
        ask,
      });
      expectObservable(timeframeHistory(joined)).toBe('|');
    }),
  );

  it(
    'of one market that fail are reported and skipped, without an effect on others',
    marbles(({ cold, expectObservable }) => {
      const ask = (market: number) =>
        market === 0
          ? cold<OhlcAnswer>('-#', undefined, new ExchangeFailure('market', 'delisted'))
          : cold('--(a|)', { a: answer });
      expectObservable(timeframeHistory(world({ stretches: [undefined, undefined], ask }))).toBe('-t(a|)', {
        t: failed(0, 'delisted'),
        a: come(1),
      });
    }),
  );

  it(
    'that never come delay no others',
    marbles(({ cold, expectObservable }) => {
      const ask = (market: number) =>
        market === 0 ? cold<OhlcAnswer>('-') : cold(market < 4 ? '---(a|)' : '------(a|)', { a: answer });
      const stretches = Array.from({ length: 5 }, () => undefined);
      // four are asked at once; the fifth when there is room, at 3; the patience is 20
      expectObservable(timeframeHistory(world({ stretches, ask }))).toBe('---(abc)-d----------(t|)', {
        a: come(1),
        b: come(2),
        c: come(3),
        d: come(4),
        t: failed(0, 'no answer in time'),
      });
    }),
  );

  it(
    'fail permanently or if they cannot be stored, and are aborted once nothing is subscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const bug = new TypeError('no');
      expectObservable(timeframeHistory(world({ ask: () => cold('-#', undefined, bug) }))).toBe('-#', undefined, bug);
      expectObservable(timeframeHistory(world({ save: () => cold('-#', undefined, bug) }))).toBe('-#', undefined, bug);
      const pending = cold<OhlcAnswer>('-');
      expectObservable(timeframeHistory(world({ ask: () => pending })), '--!').toBe('-');
      expectSubscriptions(pending.subscriptions).toBe('^-!');
    }),
  );
});
