import { expect } from 'chai';
import { Subject, asyncScheduler, filter, from, map, of, type Observable } from 'rxjs';
import { Backlog } from '../../../lib/market-data/backlog.js';
import type { ScansToStore } from '../../../lib/market-data/ports.js';
import type { Opportunity } from '../../../lib/portfolio/events.js';
import { CandleColumns } from '../../../lib/market-data/candles.js';
import type { InForce } from '../../../lib/settings/settings.js';
import { Decision } from '../../../lib/strategy/decisions.js';
import { MOMENTUM_SETUP } from '../../../lib/strategy/setup.js';
import { settingsOf } from '../../support/settings.js';
import { tapeOf } from '../../support/tape.js';
import { MINUTE_MS } from '../../../lib/units.js';
import type { ScanStep } from '../../../streams/scan.js';
import { storeScans, type StoredStep } from '../../../streams/live/store-scans.js';
import { marbles } from '../../support/marbles.js';
import { openedMarkets, scannerPorts, settings, type PortsOver } from '../../support/scanner-ports.js';

const MARKETS = 3;
const lanes = Array.from({ length: MARKETS }, (_, lane) => lane);
const opened = openedMarkets(lanes.map(lane => `M${lane}/USD`));

/**
 * A minute of all markets, decided by these strategies under a configuration, with opportunities on
 * these lanes.
 */
const scanned = (
  minute: number,
  found: readonly number[] = [],
  configurationId = 1,
  { names = ['momentum'], inForce = {} }: { names?: readonly string[]; inForce?: Partial<InForce> } = {},
): ScanStep => {
  const at = minute * MINUTE_MS;
  const tape = tapeOf(
    lanes.map(market => ({ market, at, open: 1, high: 1, low: 1, close: 1, volume: 1 })),
    MARKETS,
  );
  const rows = lanes.map(market => {
    const candles = new CandleColumns(1);
    candles.push(at, 1, 1, 1, 1, 1);
    return { market, candles, source: 'ohlc' as const };
  });
  const signals = names.map((name, n) => ({
    setup: { ...MOMENTUM_SETUP, name },
    decision: new Uint8Array(MARKETS).fill(n === 0 ? Decision.notTradable : Decision.firstCondition + n),
    opportunities: found.map((market): Opportunity => ({ market, at, close: 1, score: 0.5, values: {} })),
    exits: null,
    failures: [],
  }));
  return {
    kind: 'scanned',
    event: { kind: 'tape', tape, late: false, rows, answeredAt: at },
    signal: {
      ...tape,
      settings,
      configurationId,
      indicators: new Map(),
      candles: new Map(),
      verdict: new Uint8Array(MARKETS),
      ...inForce,
      ...signals[0]!,
      signals,
    },
  };
};
const recovered: ScanStep = { kind: 'recovered', behind: [], settings, configurationId: 1 };
const revised = (configurationId: number): ScanStep => {
  const candles = new CandleColumns(1);
  candles.push(0, 1, 2, 1, 2, 3);
  return { kind: 'revised', source: 'ohlc', market: 1, candles, settings, configurationId };
};

const letter = (step: StoredStep): string => {
  if (step.kind === 'scanned')
    return step.opportunities.length > 0 ? step.opportunities.map(({ withheld }) => withheld ?? 'handed').join() : 's';
  return step.kind[0]!;
};
const none$ = of(false);

describe('what the scanner finds, stored', () => {
  const stored = (
    step$: Observable<ScanStep>,
    over: PortsOver = {},
    { full$ = none$, backlog = new Backlog(Infinity) }: { full$?: Observable<boolean>; backlog?: Backlog } = {},
  ) => step$.pipe(storeScans(scannerPorts(over), opened, full$, backlog));

  it(
    'comes out in its order, each step once it is stored',
    marbles(({ hot, cold, expectObservable }) => {
      const step$ = hot<ScanStep>('a-b-g----', {
        a: scanned(1),
        b: scanned(2),
        g: { kind: 'gap', market: 0, from: 0, to: 1, settings, configurationId: 1 },
      });
      const saves = [cold('----|'), cold('-|')];
      const step = stored(step$, { scans: { save: () => saves.shift()! } }).pipe(map(letter));
      expectObservable(step, '---------!').toBe('----s(sg)');
    }),
  );

  it(
    'names the configuration that decided it, whatever is in force when it is stored',
    marbles(({ hot, cold, expectObservable, flush }) => {
      const saved: (readonly [number, number])[] = [];
      const save = ({ configurationId, scans }: ScansToStore) => {
        saved.push([configurationId, scans.reduce((sum, { candles }) => sum + candles.length, 0)]);
        return cold('---|');
      };
      const step$ = hot('abc', { a: scanned(1, [], 1), b: scanned(2, [], 2), c: revised(3) });
      expectObservable(stored(step$, { scans: { save } }).pipe(map(letter)), '-----------!').toBe('---s--s--r');
      flush();
      expect(saved).to.deep.equal([
        [1, 3],
        [2, 3],
        [3, 1],
      ]);
    }),
  );

  it(
    'hands nothing over before the indicators were compared with the reference, and nothing of a market where they differ',
    marbles(({ hot, cold, expectObservable, flush }) => {
      const withheld: unknown[] = [];
      const scans = {
        verify: () => cold('--(v|)', { v: { agreeing: new Set([0, 2]), differences: [], markets: MARKETS } }),
        save: (found: ScansToStore) =>
          of(withheld.push(found.scans.flatMap(({ opportunities }) => opportunities.map(one => one.withheld)))),
      };
      const step$ = hot('a-f-----g', { a: scanned(1), f: scanned(2, [0, 1]), g: scanned(3, [1, 2]) });
      expectObservable(stored(step$, { scans }).pipe(map(letter)), '---------!').toBe('s---(vf)g', {
        s: 's',
        v: 'v',
        f: 'handed,untrusted',
        g: 'untrusted,handed',
      });
      flush();
      expect(withheld).to.deep.equal([[], [null, 'untrusted'], ['untrusted', null]]);
    }),
  );

  it(
    'is stored for each strategy, by its name and version, and is late by its own age limit',
    marbles(({ hot, expectObservable, flush }) => {
      const two = settingsOf(
        'strategies: [{name: momentum, use: momentum}, {name: slow, use: momentum, wallet: shadow, risk: {max_opportunity_age_seconds: 3600}}]',
      );
      const versions = new Map([
        ['momentum', 7],
        ['slow', 8],
      ]);
      const saved: ScansToStore[] = [];
      const save = (found: ScansToStore) => of(saved.push(found));
      const clock = { now: () => 5 * MINUTE_MS + asyncScheduler.now(), speed: 1, elapsed: () => 0 };
      const over = { names: ['momentum', 'slow'], inForce: { settings: two, strategyVersions: versions } };
      const step$ = stored(hot('-r-a', { r: recovered, a: scanned(1, [2], 1, over) }), { scans: { save }, clock }).pipe(
        filter(step => step.kind === 'scanned'),
        map(({ opportunities, late }) =>
          [opportunities, late]
            .map(each => each.map(({ strategy, market }) => `${strategy} ${market}`).join())
            .join('|'),
        ),
      );
      expectObservable(step$, '----!').toBe('---t', { t: 'slow 2|momentum 2' });
      flush();
      const [{ scans, ...origin }] = saved as [ScansToStore];
      expect(origin).to.deep.include({ configurationId: 1, versions });
      expect(scans).to.have.length(1);
      expect(scans[0]!.decisions.map(({ decision, shadows }) => ({ decision, shadows }))).to.deep.equal(
        lanes.map(() => ({ decision: 'not_tradable', shadows: { slow: 'macd' } })),
      );
      expect(scans[0]!.opportunities.map(({ strategy, market }) => [strategy, market])).to.deep.equal([
        ['momentum', 2],
        ['slow', 2],
      ]);
    }),
  );

  it(
    'is compared with the reference at the end of a recovery, and each hour from then on',
    marbles(({ hot, expectObservable }) => {
      let looks = 0;
      const verify = () => of({ agreeing: new Set(looks++ === 0 ? [] : [0]), differences: [], markets: MARKETS });
      // An hour is 120 half-minutes, of which the last opportunities are.
      const step$ = hot('-r----o 115ms o', { r: recovered, o: scanned(61, [0]) });
      const values = { v: 'v', r: 'r', u: 'untrusted', h: 'handed' };
      const expected = '-(vr)-u 113ms v-h';
      expectObservable(stored(step$, { scans: { verify } }).pipe(map(letter)), '126ms !').toBe(expected, values);
    }),
  );

  it(
    'hands nothing over while the disk is full',
    marbles(({ hot, expectObservable }) => {
      const full$ = hot('n----f---n', { n: false, f: true });
      const step$ = hot('r---o--o--o', { r: recovered, o: scanned(5, [0]) });
      const values = { v: 'v', r: 'r', h: 'handed', f: 'disk_full' };
      expectObservable(stored(step$, {}, { full$ }).pipe(map(letter)), '-----------!').toBe('(vr)h--f--h', values);
    }),
  );

  it(
    'tells opportunities that were found too late together, those of a recovery at its end',
    marbles(({ hot, expectObservable }) => {
      const late = (step: StoredStep): string =>
        step.kind === 'scanned' || step.kind === 'recovered' ? `${step.kind[0]!}${step.late.length}` : step.kind[0]!;
      const clock = { now: () => 100 * MINUTE_MS + asyncScheduler.now(), speed: 1, elapsed: () => 0 };
      const step$ = hot('a---b-r-c', {
        a: scanned(1, [0, 1]),
        b: scanned(2, [0]),
        r: recovered,
        c: scanned(3, [2]),
      });
      const values = { v: 'v', a: 's0', b: 's0', r: 'r3', c: 's1' };
      expectObservable(stored(step$, { clock }).pipe(map(late)), '---------!').toBe('(va)b-r-c', values);
    }),
  );
});

/** Of a minute: 250 for the step and for each candle, 4,000 for each decision. */
const MINUTE_BYTES = 250 + MARKETS * (250 + 4_000);

describe('what waits to be stored', () => {
  it('is counted until it is stored, or until nothing is subscribed', () => {
    const backlog = new Backlog(20 * MINUTE_BYTES);
    const step$ = new Subject<ScanStep>();
    const saves: Subject<null>[] = [];
    const save = () => {
      const saved = new Subject<null>();
      saves.push(saved);
      return saved;
    };
    const subscription = step$.pipe(storeScans(scannerPorts({ scans: { save } }), opened, none$, backlog)).subscribe();
    for (let minute = 1; minute <= 20; minute++) step$.next(scanned(minute));
    expect([backlog.bytes, backlog.isFull]).to.deep.equal([20 * MINUTE_BYTES, false]);
    step$.next(scanned(21));
    expect(backlog.isFull).to.equal(true);
    saves[0]!.complete();
    saves[1]!.complete();
    expect([backlog.bytes, backlog.isFull]).to.deep.equal([19 * MINUTE_BYTES, false]);
    expect(saves).to.have.length(3); // one at a time
    subscription.unsubscribe();
    expect(backlog.bytes).to.equal(0);
  });

  it('is stored in order and once, whenever the database answers', async () => {
    const minutes: number[] = [];
    const save = async ({ scans }: ScansToStore) => {
      await Promise.resolve();
      for (const { candles } of scans) minutes.push(candles[0]!.at / MINUTE_MS);
    };
    const all = Array.from({ length: 50 }, (_, n) => n + 1);
    const backlog = new Backlog(Infinity);
    await new Promise<void>(resolve => {
      const subscription = from(all.map(minute => scanned(minute)))
        .pipe(storeScans(scannerPorts({ scans: { save } }), opened, none$, backlog))
        .subscribe(() => {
          if (minutes.length < all.length) return;
          subscription.unsubscribe();
          resolve();
        });
    });
    expect(minutes).to.deep.equal(all);
  });
});
