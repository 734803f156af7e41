import { expect } from 'chai';
import { NEVER, asyncScheduler, defer, filter, map, of, startWith, takeUntil, timer, type Observable } from 'rxjs';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { OrderBook } from '../../../lib/exchange/ports.js';
import type { ChangeToStore } from '../../../lib/market-data/ports.js';
import { marketOf } from '../../../lib/market.js';
import { emptyPortfolio } from '../../../lib/portfolio/portfolio.js';
import type { InForce } from '../../../lib/settings/settings.js';
import { MINUTE_MS } from '../../../lib/units.js';
import type { PositionsEvent } from '../../../lib/market-data/positions-events.js';
import { livePositions } from '../../../streams/run.js';
import { listed } from '../../support/listed.js';
import { marbles } from '../../support/marbles.js';
import {
  BEGIN,
  TERMS,
  bookAt,
  emptyWallet,
  found,
  now,
  opened,
  positionsPorts,
  type PositionsOver,
} from '../../support/positions-ports.js';
import { settingsOf } from '../../support/settings.js';

const SYMBOLS = ['AAA/USD', 'BBB/USD'];

/** An event in a word: what happened to the portfolio, and how many minutes it marked. */
const word = (event: PositionsEvent): string => {
  if (event.kind === 'book_came') return event.fault ? `book ${event.fault}` : 'book';
  if (event.kind !== 'changed') return event.kind;
  const events = event.events.map(each => (each.kind === 'exited' ? each.exit.reason : each.kind));
  return [
    ...events,
    ...(event.minutes > 0 ? [`minute ${event.minutes}`] : []),
    ...(event.isCheck ? ['check'] : []),
  ].join(' ');
};
/**
 * What a position manager does until a second, but for books and empty rounds, each with its
 * second.
 */
const lived = (over: PositionsOver, untilSecond: number): string[] => {
  const said: string[] = [];
  livePositions(positionsPorts(over))
    .pipe(
      map(word),
      filter(each => each !== '' && each !== 'book'),
      takeUntil(timer(1_000 * untilSecond)),
    )
    .subscribe(each => said.push(`${asyncScheduler.now() / 1_000} ${each}`));
  return said;
};
/** Opportunities as the table has them: from a second on, once each, until they are decided. */
const pendingFrom =
  (second: number, ...markets: readonly number[]) =>
  () =>
    of(new Map([['momentum', asyncScheduler.now() >= 1_000 * second ? markets.map(market => found(market)) : []]]));
/** Settings as a run has them: at once those in force, then each edit. */
const settingsOfRun = (first: InForce, edit$: Observable<InForce>): Observable<InForce> => {
  let current = first;
  edit$.subscribe(next => (current = next));
  return defer(() => edit$.pipe(startWith(current)));
};
const inForce = (configurationId: number, yaml = TERMS): InForce => ({ settings: settingsOf(yaml), configurationId });

describe('the live position manager', () => {
  it(
    'looks for opportunities each second and as soon as one is announced, and marks each minute',
    marbles(({ hot, flush }) => {
      const asked: number[] = [];
      const pending = () => of((asked.push(asyncScheduler.now()), new Map()));
      const said = lived({ portfolio: { pending }, nudge$: hot('500ms n', { n: null }) }, 61);
      flush();
      expect(asked.slice(0, 4)).to.deep.equal([0, 500, 1_000, 2_000]);
      expect(said.filter(each => !each.includes('check') || each.includes('minute'))).to.deep.equal([
        '0 opened',
        '60 minute 1 check',
      ]);
    }),
  );

  it(
    'buys between two checks, at the order book of then, and looks at what it holds at each check',
    marbles(({ flush }) => {
      const asked: string[] = [];
      const book = (symbol: string, _depth: number, rank: string) => {
        asked.push(`${asyncScheduler.now() / 1_000} ${symbol} ${rank}`);
        return of(bookAt(asyncScheduler.now() < 20_000 ? 100 : 97.9));
      };
      const said = lived({ exchange: { book }, portfolio: { pending: pendingFrom(3, 0) } }, 21);
      flush();
      // The stop is 2 % under the entry: 98.
      expect(said).to.deep.equal(['0 opened', '0 check', '3 opened', '10 check', '20 stop_loss check']);
      expect(asked).to.deep.equal(['3 AAA/USD held', '10 AAA/USD exits', '20 AAA/USD exits']);
    }),
  );

  it(
    'goes on with a stale or missing order book: exits and entries wait for the next one',
    marbles(({ cold, flush }) => {
      const answers: Observable<OrderBook>[] = [
        of<OrderBook>({ usable: false, fault: 'stale' }),
        cold<OrderBook>('#', undefined, new ExchangeFailure('dropped', 'not its turn')),
      ];
      const book = () => answers.shift() ?? of(bookAt(100));
      const said = lived({ exchange: { book }, portfolio: { pending: pendingFrom(1, 0) } }, 4);
      flush();
      expect(said).to.deep.equal(['0 opened', '0 check', '1 book stale', '2 no_book', '3 opened']);
    }),
  );

  it(
    'stores a fill under the settings that decided it, whatever edit comes while it waits for the order book',
    marbles(({ cold, hot, flush }) => {
      const stricter = inForce(
        2,
        `${TERMS}\nrisk_management: { max_opportunity_age_seconds: 3600, stop_loss_percentage: 5 }`.replace(
          TERMS,
          'application: { position_check_interval_seconds: 10 }',
        ),
      );
      const settings$ = settingsOfRun(inForce(1), hot('1500ms e', { e: stricter }));
      const book = () => cold('1s (b|)', { b: bookAt(100) });
      const saved: string[] = [];
      const save = ({ configurationId, change }: ChangeToStore) => {
        for (const event of change.events)
          if (event.kind === 'opened') saved.push(`${configurationId} ${event.trade.stop.toFixed(2)}`);
        return of(null);
      };
      lived({ settings$, exchange: { book }, portfolio: { pending: pendingFrom(1, 0), save } }, 5);
      flush();
      expect(saved).to.deep.equal(['1 98.01']); // 100.01 less 2 %
    }),
  );

  it(
    'looks at what it holds in the interval that is in force',
    marbles(({ hot, flush }) => {
      const settings$ = settingsOfRun(
        inForce(1),
        hot('25s e', { e: inForce(2, TERMS.replace('interval_seconds: 10', 'interval_seconds: 5')) }),
      );
      const said = lived({ settings$ }, 41);
      flush();
      const checks = said.filter(each => each.includes('check')).map(each => Number(each.split(' ')[0]));
      expect(checks).to.deep.equal([0, 10, 20, 25, 30, 35, 40]);
    }),
  );

  it(
    'emits nothing that is not stored, and asks for nothing meanwhile',
    marbles(({ flush }) => {
      let requests = 0;
      const book = () => {
        requests++;
        return of(bookAt(100));
      };
      const save = () => NEVER;
      const said = lived({ exchange: { book }, portfolio: { pending: pendingFrom(1, 0), save } }, 30);
      flush();
      expect(said).to.deep.equal(['0 opened', '0 check']);
      expect(requests).to.equal(1);
    }),
  );

  it(
    'suspends a held market that is gone, and sells it at its last order book after a quarter of an hour',
    marbles(({ cold, flush }) => {
      const gone = new ExchangeFailure('market', 'unknown market');
      const book = () => (asyncScheduler.now() < 60_000 ? of(bookAt(100)) : cold<OrderBook>('#', undefined, gone));
      const markets = () => of({ markets: [listed('BBB/USD'), listed('CCC/USD')], skipped: [] });
      const said = lived({ exchange: { book, markets }, portfolio: { pending: pendingFrom(1, 0) } }, 1_000);
      flush();
      const events = said.filter(each => /opened|suspended|delisted/.test(each));
      expect(events).to.deep.equal(['0 opened', '1 opened', '60 suspended', '960 delisted minute 1 check']);
    }),
  );

  it(
    'opens the portfolio anew where other markets are listed, and goes on with what it holds',
    marbles(({ flush }) => {
      let lists = 0;
      const isOutdated = () => of(++lists === 2);
      let opens = 0;
      const listedNow = (symbols: readonly string[]) =>
        opened(symbols, [emptyWallet('momentum', symbols, { settledUntil: now() })]);
      const open = () => {
        opens++;
        return of({
          kind: 'opened' as const,
          opened: listedNow(opens === 1 ? ['AAA/USD'] : ['AAA/USD', 'BBB/USD']),
        });
      };
      const said = lived({ portfolio: { isOutdated, open } }, 130);
      flush();
      const told = said.filter(each => /opened|minute/.test(each)).map(each => each.replace(' check', ''));
      expect(told).to.deep.equal(['0 opened', '60 minute 1', '120 minute 1', '120 opened']);
      expect(opens).to.equal(2);
    }),
  );

  it(
    'makes up for time that was missed before it decides, and again where it was held up',
    marbles(({ flush }) => {
      const missedAfter: number[] = [];
      let heldUpMs = 0;
      const clock = { now: () => now() + heldUpMs };
      const portfolio = emptyPortfolio(SYMBOLS.map(marketOf), 10_000);
      const open = ({ missedAfterMs }: { readonly missedAfterMs: number }) => {
        missedAfter.push(missedAfterMs);
        const left = { portfolio, observedAt: Float64Array.of(clock.now(), NaN), settledUntil: clock.now() };
        return of({
          kind: 'opened' as const,
          opened: opened(SYMBOLS, [emptyWallet('momentum', SYMBOLS, left)]),
        });
      };
      const book = () => {
        if (asyncScheduler.now() === 20_000) heldUpMs = 5 * MINUTE_MS;
        return of(bookAt(100));
      };
      const said = lived({ clock, exchange: { book }, portfolio: { pending: pendingFrom(1, 0), open } }, 31);
      flush();
      expect(said.filter(each => each.endsWith('opened'))).to.deep.equal(['0 opened', '1 opened', '20 opened']);
      // At the start all missed time counts, later what is overdue by a minute: 10 + 60 s.
      expect(missedAfter).to.deep.equal([0, 70_000]);
    }),
  );

  it(
    'lets go of everything that is under way',
    marbles(({ cold, flush, expectSubscriptions }) => {
      const silent = cold<OrderBook>('-');
      lived({ exchange: { book: () => silent }, portfolio: { pending: pendingFrom(1, 0) } }, 4);
      flush();
      expectSubscriptions(silent.subscriptions).toBe('1s ^ 2999ms !');
    }),
  );

  it('begins at the epoch minute that it was settled at', () => expect(BEGIN % MINUTE_MS).to.equal(0));
});
