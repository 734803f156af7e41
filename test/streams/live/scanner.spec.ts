import { expect } from 'chai';
import {
  NEVER,
  asyncScheduler,
  defer,
  filter,
  map,
  of,
  startWith,
  takeUntil,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { FirstAnswers, ScansToStore } from '../../../lib/market-data/ports.js';
import type { Snapshot } from '../../../lib/market-data/snapshots.js';
import { tapeOf } from '../../support/tape.js';
import type { InForce } from '../../../lib/settings/settings.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../../lib/strategy/setup.js';
import { MINUTE_MS } from '../../../lib/units.js';
import type { ScannerEvent } from '../../../streams/live/events.js';
import { liveScanner } from '../../../streams/run.js';
import { answer, minute, row } from '../../market-data/answers.js';
import { START } from '../../market-data/oracle-market.js';
import { marbles } from '../../support/marbles.js';
import { firstAnswers, openedMarkets, scannerPorts, type PortsOver } from '../../support/scanner-ports.js';
import { settingsOf } from '../../support/settings.js';

/** The exchange's clock: a test begins with minute 10. Minutes up to 9 have closed. */
const now = () => minute(10) + asyncScheduler.now();
const clock = { now, speed: 1, elapsed: () => asyncScheduler.now() };
/** All closed minutes since the one that was asked for. */
const closed = (since: number) => {
  const last = Math.floor((now() - START) / MINUTE_MS) - 1;
  const first = Math.max(Math.round((since - START) / MINUTE_MS), 0);
  return of(answer(Array.from({ length: Math.max(last - first + 1, 0) }, (_, n) => row(first + n))));
};
const known = (n: number) => ({ at: minute(n), close: 100, good: 100, pending: NaN });
const knownUntil = (n: number, symbols: readonly string[], auxiliary: readonly string[] = []) => ({
  ...openedMarkets(symbols, auxiliary),
  starts: [...symbols, ...auxiliary].map(() => ({ series: known(n), from: START })),
});

/** Ports of an exchange that answers, of markets whose minutes up to 7 are stored. */
const ports = (over: PortsOver = {}) =>
  scannerPorts({
    clock,
    ...over,
    exchange: { candles: (_symbol, _minutes, since) => closed(since), ...over.exchange },
    recovery: {
      open: ({ traded, auxiliary }) => of(knownUntil(7, traded, auxiliary)),
      ...over.recovery,
    },
  });

/** An event in a word: what became of minutes is `8-9`, the first and the last of a tape. */
const word = (event: ScannerEvent): string => {
  switch (event.kind) {
    case 'directory':
      return event.event.kind === 'learnt' ? event.event.fact.kind : event.event.kind;
    case 'scanned': {
      const first = (event.signal.start - START) / MINUTE_MS;
      return `${first}-${first + event.signal.minutes - 1}`;
    }
    case 'snapshots':
      return `snapshots ${event.count}`;
    default:
      return event.kind;
  }
};

/** What a stream says until a second, each with its second. */
const listen = (event$: Observable<unknown>, untilSecond: number): string[] => {
  const said: string[] = [];
  event$
    .pipe(takeUntil(timer(1_000 * untilSecond)))
    .subscribe(value => said.push(`${Math.round(asyncScheduler.now() / 100) / 10} ${String(value)}`));
  return said;
};
/** Settings as a run has them: at once those in force, then each edit. */
const settingsOfRun = (first: InForce, edit$: Observable<InForce>): Observable<InForce> => {
  let current = first;
  edit$.subscribe(next => (current = next));
  return defer(() => edit$.pipe(startWith(current)));
};

describe('the live scanner', () => {
  it(
    'learns of the markets, recovers what they lack, and then stores each minute as it closes',
    marbles(({ flush }) => {
      const said = listen(liveScanner(ports()).pipe(map(word)), 130);
      flush();
      expect(said).to.deep.equal([
        '0 markets',
        '0 tickers',
        '0 stored_caps',
        '0 caps',
        '0 opened',
        '0 primed',
        '0 primed',
        '0 8-8', // the market's stored minutes end with 7
        '0 verified',
        '0 recovered',
        '2 9-9', // a minute is asked for two seconds after it closed
        '62 10-10',
        '122 11-11',
      ]);
    }),
  );

  it(
    'stores nothing as found before recovery is over: what is stored comes first, then what is missed, in order',
    marbles(({ flush }) => {
      const stored = () => [
        tapeOf(
          [5, 6, 7].map(n => ({ market: 0, at: minute(n), open: 1, high: 1, low: 1, close: 1, volume: 1 })),
          1,
        ),
      ];
      const recovery = {
        session: (opened: ReturnType<typeof openedMarkets>) => of({ ...opened, timeframeHistory: undefined, stored }),
      };
      const event$ = liveScanner(ports({ recovery })).pipe(
        map(word),
        filter(said => /\d|recovered/.test(said)),
      );
      const said = listen(event$, 100);
      flush();
      expect(said).to.deep.equal(['0 5-7', '0 8-8', '0 recovered', '2 9-9', '62 10-10']);
    }),
  );

  it(
    'asks for the candles of higher timeframes before it begins, three times where they do not come',
    marbles(({ flush }) => {
      const asked: string[] = [];
      const away = new ExchangeFailure('dropped', 'away');
      const candles = (symbol: string, minutes: number, since: number) => {
        if (minutes === 1) return closed(since);
        asked.push(`${symbol} ${minutes}`);
        return throwError(() => away);
      };
      const timeframeHistory = () => of({ known: undefined, stretches: [undefined] });
      const said = listen(
        liveScanner(ports({ exchange: { candles }, recovery: { timeframeHistory } })).pipe(
          map(word),
          filter(each => ['primed', 'opened', 'recovered'].includes(each)),
        ),
        70,
      );
      flush();
      expect(asked).to.deep.equal(['AAA/USD 5', 'AAA/USD 15', 'AAA/USD 5', 'AAA/USD 15', 'AAA/USD 5', 'AAA/USD 15']);
      expect(said).to.deep.equal(['0 opened', ...Array.from({ length: 6 }, () => '0 primed'), '0 recovered']);
    }),
  );

  it(
    'follows other markets as soon as they are listed, and lets go of everything under way for the former ones',
    marbles(({ cold, flush }) => {
      const slow = cold<never>('-');
      const followed: string[] = [];
      const open = ({ traded, auxiliary }: { traded: readonly string[]; auxiliary: readonly string[] }) => {
        followed.push(traded.join());
        return of(knownUntil(9, traded, auxiliary));
      };
      const exchange = {
        markets: () => of(firstAnswers('AAA/USD', 'BBB/USD').markets),
        tickers: () => of(firstAnswers('AAA/USD', 'BBB/USD').tickers),
        candles: () => slow,
      };
      listen(liveScanner(ports({ exchange, recovery: { open } })), 800);
      flush();
      expect(followed).to.deep.equal(['AAA/USD', 'AAA/USD,BBB/USD']);
      // The list comes half-way between two refreshes: at minute 22.5, 12.5 minutes after the
      // start.
      const changed = 750_000;
      const cut = slow.subscriptions.filter(({ unsubscribedFrame }) => unsubscribedFrame === changed);
      expect(cut.map(({ subscribedFrame }) => subscribedFrame)).to.deep.equal([722_000]);
      const leftOver = slow.subscriptions.filter(
        ({ subscribedFrame, unsubscribedFrame }) => subscribedFrame < changed && unsubscribedFrame > changed,
      );
      expect(leftOver).to.deep.equal([]);
    }),
  );

  it(
    'cancels a recovery that is under way when the markets change',
    marbles(({ cold, flush }) => {
      const opening = cold<never>('-');
      const both = firstAnswers('AAA/USD', 'BBB/USD');
      const exchange = { markets: () => of(both.markets), tickers: () => of(both.tickers) };
      let opened = 0;
      const open = () => (opened++ === 0 ? opening : NEVER);
      listen(liveScanner(ports({ exchange, recovery: { open } })), 800);
      flush();
      expect(opened).to.equal(2);
      expect(opening.subscriptions).to.deep.equal([{ subscribedFrame: 0, unsubscribedFrame: 750_000 }]);
    }),
  );

  it(
    'stores what is decided under the configuration that was in force when the minute came',
    marbles(({ flush, hot }) => {
      const saved: string[] = [];
      const inForce = (configurationId: number): InForce => ({ settings: settingsOf(), configurationId });
      const settings$ = settingsOfRun(inForce(1), hot('100s b', { b: inForce(2) }));
      const save = ({ configurationId, scans }: ScansToStore) => {
        for (const { candles } of scans)
          for (const { at } of candles) saved.push(`${(at - START) / MINUTE_MS} by ${configurationId}`);
        return of(null);
      };
      listen(liveScanner(ports({ settings$, scans: { save } })), 160);
      flush();
      expect(saved).to.deep.equal(['8 by 1', '9 by 1', '10 by 1', '11 by 2']);
    }),
  );

  it(
    'reads the stored candles again for a strategy file that has changed, and for nothing else that is edited',
    marbles(({ flush, hot }) => {
      const mine = (): StrategySetup => ({
        ...MOMENTUM_SETUP,
        name: 'mine',
        use: './mine.ts',
        wallet: 'shadow',
        strategy: { ...MOMENTUM_SETUP.strategy },
        sourceHash: '0'.repeat(64),
      });
      const loose: StrategySetup = { ...MOMENTUM_SETUP, name: 'loose', wallet: 'shadow' };
      const inForce = (configurationId: number, ...strategies: readonly StrategySetup[]): InForce => ({
        settings: settingsOf(),
        configurationId,
        strategies: [MOMENTUM_SETUP, ...strategies],
      });
      let until = 7;
      const saved: string[] = [];
      const save = ({ configurationId, versions, scans }: ScansToStore) => {
        for (const { candles } of scans)
          for (const { at } of candles) {
            until = (at - START) / MINUTE_MS;
            saved.push(`${until} by ${configurationId}: ${[...versions!.keys()].join()}`);
          }
        return of(null);
      };
      const first = mine();
      const settings$ = settingsOfRun(
        inForce(1, first),
        hot('100s b 59s c 59s d', { b: inForce(2, first, loose), c: inForce(3, mine(), loose), d: inForce(4, loose) }),
      );
      const recordStrategies = ({ strategies }: InForce) => of(new Map(strategies!.map(({ name }, n) => [name, n])));
      const open = ({ traded }: { traded: readonly string[] }) => of(knownUntil(until, traded));
      const said = listen(
        liveScanner(ports({ settings$, recordStrategies, recovery: { open }, scans: { save } })).pipe(
          filter(({ kind }) => kind === 'opened' || kind === 'recovered'),
          map(word),
        ),
        260,
      );
      flush();
      expect(said).to.deep.equal(['0 opened', '0 recovered', '159 opened', '159 recovered']);
      const [one, two, four] = ['momentum,mine', 'momentum,mine,loose', 'momentum,loose'];
      expect(saved).to.deep.equal([
        ...[8, 9, 10].map(n => `${n} by 1: ${one}`),
        `11 by 2: ${two}`,
        `12 by 3: ${two}`,
        `13 by 4: ${four}`,
      ]);
    }),
  );

  it(
    'takes snapshots in the period that is in force',
    marbles(({ flush, hot }) => {
      const withPeriod = (seconds: number): InForce => ({
        settings: settingsOf(`application: { snapshot_interval_seconds: ${seconds} }`),
        configurationId: seconds,
      });
      const taken: string[] = [];
      const saveSnapshots = (all: readonly Snapshot[]) =>
        of(taken.push(`${asyncScheduler.now() / 1_000}: ${all.map(({ at }) => (at - START) / MINUTE_MS).join()}`));
      const settings$ = settingsOfRun(withPeriod(60), hot('250s b', { b: withPeriod(120) }));
      listen(liveScanner(ports({ settings$, scans: { saveSnapshots } })), 500);
      flush();
      // The first is due when recovery has just ended: it has the market's last candle.
      expect(taken).to.deep.equal(['60: 11', '120: 12', '180: 13', '240: 14', '360: 16', '480: 18']);
    }),
  );

  it(
    'asks for nothing more while too much waits for a database that is away, and says so',
    marbles(({ flush }) => {
      const symbols = Array.from({ length: 200 }, (_, n) => `C${String(n).padStart(3, '0')}/USD`);
      const save = () => NEVER;
      const over = {
        contact: () => of(firstAnswers(...symbols)),
        perMinute: Infinity,
        scans: { save },
        exchange: {
          markets: () => of(firstAnswers(...symbols).markets),
          tickers: () => of(firstAnswers(...symbols).tickers),
          candles: (_symbol: string, _minutes: number, since: number) => {
            asked.push(asyncScheduler.now());
            return closed(since);
          },
        },
      };
      const asked: number[] = [];
      // 64 MiB are some 79 minutes of 200 markets with 4,250 bytes each.
      const said = listen(
        liveScanner(ports(over)).pipe(
          filter(({ kind }) => kind === 'trouble' || kind === 'scanned'),
          map(word),
        ),
        90 * 60,
      );
      flush();
      expect(said).to.deep.equal([]); // nothing is stored: nothing is emitted
      const last = Math.floor(asked.at(-1)! / MINUTE_MS);
      expect(last).to.be.within(70, 85);
    }),
  );

  it(
    'waits for an exchange that is away, and begins when it answers',
    marbles(({ cold, flush }) => {
      const away = new ExchangeFailure('temporary', 'away');
      const tries = ['#', '#'].map(text => cold<FirstAnswers>(text, undefined, away));
      const contact = () => tries.shift() ?? of(firstAnswers('AAA/USD'));
      const said = listen(liveScanner(ports({ contact })).pipe(map(word)), 3);
      flush();
      expect(said).to.deep.equal([
        '0 away',
        '1 away',
        '2 back',
        ...['markets', 'tickers', 'stored_caps', 'caps', 'opened', 'primed', 'primed'].map(each => `2 ${each}`),
        ...['8-9', 'verified', 'recovered'].map(each => `2 ${each}`),
      ]);
    }),
  );
});
