import { expect } from 'chai';
import { asyncScheduler, defer, map, of, startWith, takeUntil, throwError, timer, type Observable } from 'rxjs';
import type { ChangeToStore, OpenWallets } from '../../../lib/market-data/ports.js';
import type { PositionsEvent } from '../../../lib/market-data/positions-events.js';
import type { OpportunitiesByStrategy, WaitsForExit } from '../../../lib/portfolio/desks.js';
import type { Opportunity } from '../../../lib/portfolio/events.js';
import type { InForce } from '../../../lib/settings/settings.js';
import { livePositions } from '../../../streams/run.js';
import { listed } from '../../support/listed.js';
import { marbles } from '../../support/marbles.js';
import { MINUTE_MS } from '../../../lib/units.js';
import {
  BEGIN,
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
const RISK = 'risk_management: { max_opportunity_age_seconds: 3600 }';
const MAIN = '{ name: momentum, use: momentum }';
/** With a stop at a half of the way of the main one. */
const TIGHT = '{ name: tight, use: momentum, wallet: shadow, risk: { stop_loss_percentage: 1 } }';
const LOOSE = '{ name: loose, use: momentum, wallet: shadow, risk: { stop_loss_percentage: 9 } }';

const inForce = (configurationId: number, ...entries: readonly string[]): InForce => ({
  settings: settingsOf(
    `application: { position_check_interval_seconds: 10 }\n${RISK}\nstrategies: [${entries.join(', ')}]`,
  ),
  configurationId,
});
/** Settings as a run has them: at once those in force, then each edit. */
const settingsOfRun = (first: InForce, edit$: Observable<InForce>): Observable<InForce> => {
  let current = first;
  edit$.subscribe(next => (current = next));
  return defer(() => edit$.pipe(startWith(current)));
};

/** An event of a wallet: its name and what happened, or null if nothing did. */
const word = (event: PositionsEvent): string | null => {
  if (event.kind === 'not_online') return `${event.kind} ${event.symbol}`;
  if (event.kind === 'opened') return `wallets ${event.opened.wallets.map(({ strategy }) => strategy).join()}`;
  if (event.kind !== 'changed') return null;
  const events = event.events.map(each => (each.kind === 'exited' ? each.exit.reason : each.kind));
  const minute = event.minutes > 0 ? [`minute ${event.minutes}`] : [];
  const words = [...events, ...minute];
  return words.length > 0 ? `${event.strategy}: ${words.join(' ')}` : null;
};

/** A position manager in virtual time, with its stored wallets; what it did, each with its second. */
const lived = (over: PositionsOver, untilSecond: number) => {
  const said: string[] = [];
  const failures: unknown[] = [];
  const stored = new Map<string, ChangeToStore>();
  const symbols = SYMBOLS;
  const open = ({ settings }: OpenWallets) =>
    of({
      kind: 'opened' as const,
      opened: opened(
        symbols,
        settings.strategies.map(({ name }) => emptyWallet(name, symbols, { settledUntil: now() })),
      ),
    });
  const save = (change: ChangeToStore) => {
    stored.set(change.change.strategy, change);
    return of(null);
  };
  livePositions(positionsPorts({ ...over, portfolio: { open, save, ...over.portfolio } }))
    .pipe(map(word), takeUntil(timer(1_000 * untilSecond)))
    .subscribe({
      next: each => each !== null && said.push(`${asyncScheduler.now() / 1_000} ${each}`),
      error: (failure: unknown) => failures.push(failure),
    });
  return { said, failures, stored };
};

const pendingFor =
  (second: number, byStrategy: Readonly<Record<string, readonly Opportunity[]>>) =>
  (): Observable<OpportunitiesByStrategy> =>
    of(new Map(asyncScheduler.now() >= 1_000 * second ? Object.entries(byStrategy) : []));

describe('the wallets of several strategies', () => {
  it(
    'hold one market, decide on the same books, each requested once, and sell by their own stops',
    marbles(({ flush }) => {
      const asked: string[] = [];
      const book = (symbol: string) => {
        asked.push(`${asyncScheduler.now() / 1_000} ${symbol}`);
        const fallen = [100, 100, 98.5, 97.5][Math.floor(asyncScheduler.now() / 10_000)]!;
        return of(bookAt(fallen));
      };
      const pending = pendingFor(3, { momentum: [found(0)], tight: [found(0), found(1)], loose: [found(0)] });
      const { said, stored } = lived(
        { settings$: of(inForce(1, LOOSE, MAIN, TIGHT)), exchange: { book }, portfolio: { pending } },
        39,
      );
      flush();
      expect(said).to.deep.equal([
        '0 wallets momentum,loose,tight',
        '3 momentum: opened',
        '3 loose: opened',
        '3 tight: opened opened',
        '20 tight: stop_loss stop_loss',
        '30 momentum: stop_loss',
      ]);
      expect(asked).to.deep.equal([
        '3 AAA/USD',
        '3 BBB/USD',
        ...['10 AAA/USD', '10 BBB/USD', '20 AAA/USD', '20 BBB/USD', '30 AAA/USD'],
      ]);
      expect(stored.get('loose')!.state.held).to.have.length(1);
    }),
  );

  it(
    'sell at the first check after an exit signal of their strategy, which is asked for until there is one',
    marbles(({ flush }) => {
      const asked: string[] = [];
      const exitSignals = (_: readonly number[], open: readonly WaitsForExit[]) => {
        const second = asyncScheduler.now() / 1_000;
        asked.push(`${second} ${open.map(({ strategy, market }) => `${strategy} ${market}`).join()}`);
        // The candle of the entry's minute, which closes after the entry; one before it changes nothing.
        const before = { strategy: 'tight', market: 0, at: BEGIN - MINUTE_MS };
        const signal = { strategy: 'tight', market: 0, at: BEGIN };
        return of(second < 60 ? [before] : [before, signal]);
      };
      const pending = pendingFor(3, { momentum: [found(0)], tight: [found(0)] });
      const { said, stored } = lived(
        { settings$: of(inForce(1, MAIN, TIGHT)), portfolio: { exitSignals, pending } },
        85,
      );
      flush();
      expect(said.filter(each => !each.includes('minute'))).to.deep.equal([
        '0 wallets momentum,tight',
        '3 momentum: opened',
        '3 tight: opened',
        '70 tight: exit_signal',
      ]);
      expect(asked).to.deep.equal([
        ...[10, 20, 30, 40, 50, 60].map(second => `${second} momentum 0,tight 0`),
        ...['70 momentum 0', '80 momentum 0'],
      ]);
      expect(stored.get('tight')!.state.held).to.deep.equal([]);
    }),
  );

  it(
    'are each stored in order with versions of their own, also where one of them cannot be',
    marbles(({ flush }) => {
      const saved: string[] = [];
      const save = ({ version, change }: ChangeToStore) => {
        saved.push(`${asyncScheduler.now() / 1_000} ${change.strategy} ${version}`);
        return change.strategy === 'momentum' && version === 3 ? throwError(() => new Error('refused')) : of(null);
      };
      const pending = pendingFor(3, { tight: [found(0)] });
      const { failures } = lived(
        { settings$: of(inForce(1, MAIN, TIGHT)), portfolio: { save, pending } },
        // a minute that is marked, and the next
        130,
      );
      flush();
      expect(saved).to.deep.equal([
        '3 tight 2',
        ...['10 tight 3', '20 tight 4', '30 tight 5', '40 tight 6', '50 tight 7'],
        '60 momentum 2',
        '60 tight 8',
        ...['70 tight 9', '80 tight 10', '90 tight 11', '100 tight 12', '110 tight 13'],
        '120 momentum 3',
        '120 tight 14',
      ]);
      expect(failures).to.have.length(1).with.nested.property('[0].message', 'refused');
    }),
  );

  it(
    'sell at their own checks alone, whatever another one looks at in between',
    marbles(({ flush }) => {
      const bids = (second: number) => (second === 15 ? 97 : second >= 20 ? 97.5 : 100);
      const sold: number[] = [];
      const save = ({ change: { strategy, events } }: ChangeToStore) => {
        for (const each of events) if (each.kind === 'exited' && strategy === 'momentum') sold.push(each.exit.price);
        return of(null);
      };
      const book = () => of(bookAt(bids(asyncScheduler.now() / 1_000)));
      const pending = () =>
        pendingFor(3, { momentum: [found(0)], ...(asyncScheduler.now() >= 15_000 && { loose: [found(0)] }) })();
      const { said } = lived(
        { settings$: of(inForce(1, MAIN, LOOSE)), exchange: { book }, portfolio: { pending, save } },
        29,
      );
      flush();
      expect(said.slice(1)).to.deep.equal(['3 momentum: opened', '15 loose: opened', '20 momentum: stop_loss']);
      expect(sold).to.deep.equal([97.5]);
    }),
  );

  it(
    'buy nothing on a market that only takes sales, though another one sells there',
    marbles(({ flush }) => {
      const markets = () =>
        of({ markets: [listed('AAA/USD', { status: statusNow() }), listed('BBB/USD')], skipped: [] });
      const statusNow = () => (asyncScheduler.now() < 900_000 ? ('online' as const) : ('reduce_only' as const));
      const book = () => of(bookAt(asyncScheduler.now() < 1_200_000 ? 100 : 97.5));
      const pending = () =>
        pendingFor(3, { momentum: [found(0)], ...(asyncScheduler.now() > 1_000_000 && { tight: [found(0)] }) })();
      const { said } = lived(
        { settings$: of(inForce(1, MAIN, TIGHT)), exchange: { book, markets }, portfolio: { pending } },
        1_205,
      );
      flush();
      const events = said.filter(each => /opened|stop_loss|not_online/.test(each));
      expect(events.slice(0, 2)).to.deep.equal(['3 momentum: opened', '1001 not_online AAA/USD']);
      expect(events.filter(each => /opened|stop_loss/.test(each))).to.deep.equal([
        '3 momentum: opened',
        '1200 momentum: stop_loss minute 1',
      ]);
    }),
  );

  it(
    'come with a strategy that is added, which buys what was found before it had one',
    marbles(({ hot, flush }) => {
      const settings$ = settingsOfRun(inForce(1, MAIN), hot('5s e', { e: inForce(2, MAIN, TIGHT) }));
      const { said } = lived({ settings$, portfolio: { pending: pendingFor(3, { tight: [found(0)] }) } }, 9);
      flush();
      expect(said).to.deep.equal(['0 wallets momentum', '5 wallets momentum,tight', '5 tight: opened']);
    }),
  );

  it(
    'of a strategy that is taken off the list buy nothing, sell by the exits of before, and end when they are empty',
    marbles(({ hot, flush }) => {
      const edit = inForce(2, MAIN);
      const settings$ = settingsOfRun(inForce(1, MAIN, TIGHT), hot('5s e', { e: edit }));
      // the stop of 1 % is crossed at 70 s, that of the main wallet never
      const book = () => of(bookAt(asyncScheduler.now() < 70_000 ? 100 : 98.5));
      const seconds = (second: number, market: number) =>
        asyncScheduler.now() >= 1_000 * second ? [found(market)] : [];
      const pending = () =>
        of(
          new Map([
            ['momentum', seconds(3, 0)],
            ['tight', [...seconds(3, 0), ...seconds(6, 1)]],
          ]),
        );
      const { said, stored } = lived({ settings$, exchange: { book }, portfolio: { pending } }, 125);
      flush();
      expect(said).to.deep.equal([
        '0 wallets momentum,tight',
        '3 momentum: opened',
        '3 tight: opened',
        '6 tight: expired',
        '60 momentum: minute 1',
        '60 tight: minute 1',
        '70 tight: stop_loss',
        '120 momentum: minute 1',
      ]);
      expect(stored.get('tight')!.state.held).to.deep.equal([]);
    }),
  );

  it(
    'leave an opportunity of a strategy without one alone until it is too old',
    marbles(({ flush }) => {
      const expired: string[] = [];
      const expire = (strategies: readonly string[]) => {
        expired.push(`${asyncScheduler.now() / 1_000} ${strategies.join()}`);
        return of(null);
      };
      const pending = () => of(new Map(expired.length > 0 ? [] : [['unknown', [found(0)]]]));
      const { said } = lived({ settings$: of(inForce(1, MAIN)), portfolio: { pending, expire } }, 3_700);
      flush();
      expect(said.filter(each => !/minute/.test(each))).to.deep.equal(['0 wallets momentum']);
      expect(expired).to.deep.equal(['3601 unknown']);
    }),
  );
});
