import { expect } from 'chai';
import { asyncScheduler, filter, map, type Observable } from 'rxjs';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { OhlcAnswer } from '../../../lib/exchange/ports.js';
import type { CandleEvent, LiveEvent } from '../../../lib/market-data/events.js';
import { Lanes } from '../../../lib/market-data/lanes.js';
import { EMPTY_SERIES, type SeriesState } from '../../../lib/market-data/series.js';
import { tapeOf } from '../../support/tape.js';
import { candles, type CandleInputs } from '../../../streams/sources/candles.js';
import { pollCandles } from '../../../streams/sources/poll-candles.js';
import { warmUp } from '../../../streams/sources/warm-up.js';
import { answer, line, minute, row } from '../../market-data/answers.js';
import { START } from '../../market-data/oracle-market.js';
import { RULES } from '../../market-data/played.js';
import { marbles } from '../../support/marbles.js';

const never = () => {
  throw new Error('nobody asks for trades here');
};
/** Its last known minute. */
const known = (n: number): SeriesState => ({ at: minute(n), close: 100, good: 100, pending: Number.NaN });
const lanesOf = (...series: readonly SeriesState[]) =>
  new Lanes(
    series.map(each => ({ series: each, from: START })),
    RULES,
  );
const lines = (events$: Observable<readonly CandleEvent[]>) =>
  events$.pipe(map(events => events.map(line).join(' | ')));
const each = (events$: Observable<LiveEvent>) => events$.pipe(map(line));
/** The exchange's clock: the test begins when minute 10 does. */
const now = () => minute(10) + asyncScheduler.now();

describe('candles', () => {
  describe('each minute', () => {
    it(
      'come two seconds after it closed, all markets on one tape',
      marbles(({ cold, expectObservable }) => {
        const asked: Record<string, Observable<OhlcAnswer>> = {
          0: cold('  100ms (a|)', { a: answer([row(9), row(10)]) }),
          1: cold('    3s  (a|)', { a: answer([row(9), row(10, 107)]) }),
        };
        const candlesOf = (market: number) => asked[market]!;
        const rounds$ = pollCandles(lanesOf(known(9), known(9)), { now, candles: candlesOf, trades: never });
        const expected = '62s 3s t'; // asked at 62 s, the second market answers at 65 s
        expectObservable(lines(rounds$), '100s !').toBe(expected, { t: 'tape 10 t/t' });
      }),
    );

    it(
      'do not wait long for a slow market, whose minute follows on a late tape',
      marbles(({ cold, expectObservable }) => {
        const asked = [cold(' 100ms (a|)', { a: answer([row(10)]) }), cold('   40s (a|)', { a: answer([row(10)]) })];
        const rounds$ = pollCandles(lanesOf(known(9), known(9)), {
          now,
          trades: never,
          candles: (market: number) => asked[market]!,
          mergeMs: 20_000,
        });
        const expected = '82s t 19999ms l'; // 62 + 20 s, 62 + 40 s
        expectObservable(lines(rounds$), '110s !').toBe(expected, { t: 'tape 10 t/.', l: 'late 10 ./t' });
      }),
    );

    it(
      'go on for the others when a market fails, and bring what it missed when it is back',
      marbles(({ cold, expectObservable }) => {
        let times = 0;
        const failing = () =>
          times++ === 0
            ? cold<OhlcAnswer>('#', undefined, new ExchangeFailure('temporary', 'away'))
            : cold('(a|)', { a: answer([row(10), row(11)]) });
        const working = (since: number) =>
          cold('(a|)', { a: answer(since < minute(10) && times < 2 ? [row(10)] : [row(10), row(11)]) });
        const rounds$ = pollCandles(lanesOf(known(9), known(9)), {
          now,
          trades: never,
          candles: (market: number, since: number) => (market === 0 ? failing() : working(since)),
        });
        const expected = '62s a 59999ms b';
        expectObservable(lines(rounds$), '130s !').toBe(expected, {
          a: 'trouble 0 away | tape 10 ./t',
          b: 'late 10 t/. | tape 11 t/t',
        });
      }),
    );

    it(
      'are asked for again after a market that never answers',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const silent = cold<OhlcAnswer>('-');
        let times = 0;
        const rounds$ = pollCandles(lanesOf(known(9)), {
          now,
          trades: never,
          mergeMs: 60_000,
          candles: () => (times++ === 0 ? silent : cold('(a|)', { a: answer([row(10), row(11)]) })),
        });
        expectObservable(lines(rounds$), '130s !').toBe('121s f 999ms t', {
          f: 'trouble 0 no answer in time',
          t: 'tape 10 tt',
        });
        expectSubscriptions(silent.subscriptions).toBe('62s ^ 58999ms !');
      }),
    );

    it(
      'are asked for where the budget allows, in turn',
      marbles(({ cold, expectObservable, flush }) => {
        const asked: number[] = [];
        const rounds$ = pollCandles(lanesOf(known(9), known(9), known(9)), {
          now,
          trades: never,
          perMinute: 2,
          rankOf: market => (market === 2 ? 0 : 1),
          candles: market => (asked.push(market), cold('|')),
        });
        expectObservable(lines(rounds$), '250s !').toBe('-');
        flush();
        expect(asked).to.deep.equal([2, 0, 2, 1, 2, 0, 2, 1]); // the third is urgent, the others take turns
      }),
    );

    it(
      'fail when no waiting helps',
      marbles(({ cold, expectObservable }) => {
        const refused = new ExchangeFailure('configuration', 'refused');
        const rounds$ = pollCandles(lanesOf(known(9)), {
          now,
          trades: never,
          candles: () => cold('#', undefined, refused),
        });
        expectObservable(lines(rounds$)).toBe('62s #', undefined, refused);
      }),
    );

    it(
      'are no longer requested once nothing is subscribed',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const pending = cold<OhlcAnswer>('-');
        const rounds$ = pollCandles(lanesOf(known(9)), { now, trades: never, candles: () => pending });
        expectObservable(lines(rounds$), '70s !').toBe('-');
        expectSubscriptions(pending.subscriptions).toBe('62s ^ 7999ms !');
      }),
    );
  });

  describe('of a warm-up', () => {
    const stored = [tapeOf([{ market: 0, at: minute(6), open: 100, high: 100, low: 100, close: 100, volume: 1 }], 1)];

    it(
      'are what is stored, then what was missed since, and then it is over',
      marbles(({ cold, expectObservable }) => {
        const answers = cold('  2s (a|)', { a: answer([row(6), row(7), row(8), row(9)]) });
        const clock = () => now() + 5_000;
        const warm$ = warmUp(lanesOf(known(6)), {
          now: clock,
          trades: never,
          candles: () => answers,
          stored: () => stored,
        });
        expectObservable(each(warm$)).toBe('s 1999ms (t|)', { s: 'tape 6 t', t: 'tape 7 ttt' });
      }),
    );

    it(
      'are not asked for when nothing was missed',
      marbles(({ expectObservable }) => {
        const warm$ = warmUp(lanesOf(known(9)), { now, trades: never, candles: never, stored: () => stored });
        expectObservable(each(warm$)).toBe('(s|)', { s: 'tape 6 t' });
      }),
    );

    it(
      'do not keep anybody waiting for ever',
      marbles(({ cold, expectObservable }) => {
        const clock = () => now() + 5_000;
        const away = () => cold<OhlcAnswer>('#', undefined, new ExchangeFailure('market', 'unknown'));
        const warm$ = warmUp(lanesOf(known(6)), {
          now: clock,
          trades: never,
          candles: away,
          stored: () => [],
          maxMs: 10_000,
        });
        expectObservable(each(warm$)).toBe('f 9999ms |', { f: 'trouble 0 unknown' });
      }),
    );

    it(
      'fail when the store does',
      marbles(({ cold, expectObservable }) => {
        const broken = (): Iterable<never> => {
          throw new Error('no database');
        };
        const warm$ = warmUp(lanesOf(known(6)), { now, trades: never, candles: () => cold('|'), stored: broken });
        expectObservable(each(warm$)).toBe('#', undefined, new Error('no database'));
      }),
    );
  });

  it(
    'are marked where recovery ends and the present begins, and begin anew for each who listens',
    marbles(({ cold, expectObservable }) => {
      const world: CandleInputs = {
        now: () => now() + 5_000,
        trades: never,
        rules: RULES,
        stored: () => [],
        starts: [{ series: EMPTY_SERIES, from: minute(8) }],
        candles: (_, since) =>
          since === minute(8)
            ? cold('1s (a|)', { a: answer([row(8), row(9)]) })
            : cold('1s (a|)', { a: answer([row(8), row(9), row(10)]) }),
      };
      const candles$ = candles(world);
      const expected = '1s (tr) 56996ms u'; // the minute closes at 55 s here, and is asked for at 57 s
      const values = { t: 'tape 8 tt', r: 'recovered', u: 'tape 10 t' };
      expectObservable(each(candles$), '60s !').toBe(expected, values);
      expectObservable(each(candles$), '60s !').toBe(expected, values);
    }),
  );

  it(
    'say which markets are still behind when recovery ends, and once more when the last of them has caught up',
    marbles(({ cold, expectObservable }) => {
      const refused = new ExchangeFailure('rate_limit', 'refused');
      const isBack = () => asyncScheduler.now() > 16 * 60_000;
      const rows = () => {
        const to = Math.floor((now() + 5_000 - minute(0)) / 60_000);
        return Array.from({ length: to - 8 }, (_, n) => row(8 + n));
      };
      const candles$ = candles({
        now: () => now() + 5_000,
        trades: never,
        rules: RULES,
        stored: () => [],
        starts: [8, 8].map(from => ({ series: EMPTY_SERIES, from: minute(from) })),
        candles: market =>
          market === 0 || isBack() ? cold('(a|)', { a: answer(rows()) }) : cold<OhlcAnswer>('#', undefined, refused),
      });
      const recovered$ = each(candles$).pipe(filter(text => text.startsWith('recovered')));
      // a quarter of an hour after the start; at the first minute after it answers again
      expectObservable(recovered$, '19m !').toBe('15m b 116999ms a', { b: 'recovered without 1', a: 'recovered' });
    }),
  );
});
