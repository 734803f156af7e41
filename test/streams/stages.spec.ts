import type { Observable } from 'rxjs';
import { map, of } from 'rxjs';
import type { Kernel } from '../../lib/indicators/kernel.js';
import type { RequestedColumns } from '../../lib/indicators/request.js';
import type { TimeframeHistory } from '../../lib/indicators/timeframe-history.js';
import { marketOf } from '../../lib/market.js';
import { emptyPortfolio } from '../../lib/portfolio/portfolio.js';
import { CandleBroker } from '../../lib/portfolio/settle.js';
import { unversioned, type Settings } from '../../lib/settings/settings.js';
import { Decision, DECISIONS, decisionsOf } from '../../lib/strategy/decisions.js';
import { Cell, emptyTape, type Tape } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import type { LiveInputs } from '../../lib/universe/universe.js';
import { Verdict } from '../../lib/universe/verdict.js';
import { withIndicators } from '../../streams/indicators.js';
import { strategies, type SignalTape } from '../../streams/strategies.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { holdPositions } from '../../streams/positions.js';
import type { StampedTape } from '../../streams/stamp.js';
import { withUniverse, type UniverseTape } from '../../streams/universe.js';
import { candle, minute, opportunity } from '../support/broker.js';
import { marbles } from '../support/marbles.js';
import { settingsOf } from '../support/settings.js';

const settings = settingsOf();
const longer = settingsOf('momentum_strategy: { roc: { periods: [1, 2], thresholds: [0.5, 1] } }');
const listings = [{ market: marketOf('AAA/USD'), firstCandleAt: 0 }];

/** The tape of one minute with one candle that closes at `close`; none where it is null. */
const tape = (n: number, close: number | null, over: Partial<Settings> = {}): StampedTape => {
  const one = close === null ? { ...emptyTape(minute(n), 1, 1) } : tapeOf([candle(n, close, close, close, close)], 1);
  return { ...one, ...unversioned({ ...settings, ...over }) };
};

describe('withIndicators', () => {
  /** A letter says what is known: `n` nothing, `v` roc_1, `g` a gap, `2` roc_2. */
  const known = (tape$: Observable<StampedTape>) =>
    tape$.pipe(
      withIndicators(1),
      map(({ cell, indicators }) =>
        cell[0] === Cell.absent
          ? 'g'
          : (indicators.get('roc_2')?.[0] ?? NaN) > 0
            ? '2'
            : indicators.get('roc_1')![0]! > 0
              ? 'v'
              : 'n',
      ),
    );
  const tapes = {
    a: tape(0, 100),
    b: tape(1, 101),
    c: tape(2, 102),
    d: tape(3, 103),
    x: tape(2, null),
    l: { ...tape(2, 102), settings: longer },
    m: { ...tape(3, 103), settings: longer },
    o: { ...tape(4, 104), settings: longer },
  };

  it(
    'knows nothing at the first row and a change at the second',
    marbles(({ cold, expectObservable }) => {
      expectObservable(known(cold('a-b-c|', tapes))).toBe('n-v-v|');
    }),
  );
  it(
    'starts anew after a gap, and after a tape that never came',
    marbles(({ cold, expectObservable }) => {
      expectObservable(known(cold('a-b-x-d|', tapes))).toBe('n-v-g-n|');
      expectObservable(known(cold('a-b---d|', tapes))).toBe('n-v---n|');
    }),
  );
  it(
    'starts anew with other periods',
    marbles(({ cold, expectObservable }) => {
      expectObservable(known(cold('a-b-l-m-o|', tapes))).toBe('n-v-n-v-2|');
    }),
  );
  it(
    'knows the higher timeframes at once where their earlier candles are given, and again after a gap that they reach',
    marbles(({ cold, expectObservable }) => {
      const close = Float64Array.of(90, 100, 101);
      const at = Float64Array.of(minute(-15), minute(-10), minute(-5));
      const timeframeHistory: TimeframeHistory = (_, minutes) =>
        minutes === 5 ? { at, high: close, low: close, close } : null;
      const primed = cold('a-b-x-d|', tapes).pipe(
        withIndicators(1, false, timeframeHistory),
        map(({ candles, indicators }) => `${candles.get(5)![0]} ${indicators.get('5m.roc_1')![0]}`),
      );
      // 100 → 101 is 1 %; the series that starts anew at minute 3 lies in the bucket of minute 0 as well
      expectObservable(primed).toBe('a-a-g-a|', { a: '3 1', g: '0 NaN' });
    }),
  );
  it(
    'keeps what it knows when other settings change',
    marbles(({ cold, expectObservable }) => {
      const others = {
        ...tapes,
        c: tape(2, 102, {
          risk: { ...settings.risk, stopLoss: 0.5 },
          indicators: structuredClone(settings.indicators),
        }),
      };
      expectObservable(known(cold('a-b-c|', others))).toBe('n-v-v|');
    }),
  );
  it(
    'knows what it knew where a strategy is removed, and begins anew for a request that is new',
    marbles(({ cold, expectObservable }) => {
      const request = (key: string): RequestedColumns => ({
        timeframe: 1,
        group: { keys: [key], unit: 'number', reference: 'none', make: closes },
        isOfPrices: false,
      });
      const closes = (): Kernel => ({
        reset: () => undefined,
        advance: ({ close }, from, to, out, at) => out[at]!.set(close.subarray(from, to), from),
      });
      const [one, other] = [request('one'), request('other')];
      const with_ = (n: number, ...requested: readonly RequestedColumns[]): StampedTape => ({
        ...tape(n, 100 + n),
        strategies: [MOMENTUM_SETUP, ...requested.map(column => ({ ...MOMENTUM_SETUP, requested: [column] }))],
      });
      const each = {
        a: with_(0, one, other),
        b: with_(1, other),
        c: with_(2),
        d: with_(3, one),
        e: with_(4, request('one')),
        f: with_(5),
      };
      expectObservable(known(cold('a-b-c-d-e-f|', each))).toBe('n-v-v-v-n-v|');
    }),
  );
  it(
    'is empty for an empty source, fails with it, and forgets between two listeners',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      expectObservable(known(cold<StampedTape>('--|'))).toBe('--|');
      expectObservable(known(cold('a-b-#', tapes))).toBe('n-v-#');
      const source = cold('a-b-c-', tapes);
      const both = known(source);
      expectObservable(both, '---!').toBe('n-v-');
      expectObservable(both, '--!').toBe('n-');
      expectSubscriptions(source.subscriptions).toBe(['^--!', '^-!']);
    }),
  );
});

describe('withUniverse', () => {
  const judged = (tape$: Observable<StampedTape>) =>
    tape$.pipe(
      map(each => ({ ...each, indicators: new Map(), candles: new Map() })),
      withUniverse(listings),
      map(({ verdict }) => (verdict[0] === Verdict.notJudged ? 'n' : verdict[0] === Verdict.tradable ? 't' : 'f')),
    );
  const lax = {
    ...settings.filtering,
    minHistoryMs: 0,
    refreshMs: 2 * 60_000,
    unknown: Object.fromEntries(
      Object.keys(settings.filtering.unknown).map(rule => [rule, 'pass']),
    ) as Settings['filtering']['unknown'],
  };
  const strict = { ...lax, minHistoryMs: 1e15 };
  const sooner = { ...lax, refreshMs: 60_000 };
  const t = (n: number, filtering: Settings['filtering'], close: number | null = 100) => tape(n, close, { filtering });
  const tapes = {
    a: t(0, lax),
    b: t(1, lax),
    c: t(2, lax),
    d: t(3, lax),
    e: t(2, strict),
    f: t(3, strict),
    g: t(1, lax, null),
    h: t(2, sooner),
  };

  it(
    'judges at each refresh and holds the verdict until the next',
    marbles(({ cold, expectObservable }) => {
      expectObservable(judged(cold('a-b-c-d|', tapes))).toBe('n-t-t-t|');
    }),
  );
  it(
    'applies changed thresholds from the next refresh on',
    marbles(({ cold, expectObservable }) => {
      expectObservable(judged(cold('a-b-e-f|', tapes))).toBe('n-t-t-f|');
    }),
  );
  it(
    'judges anew at once when the refresh times change',
    marbles(({ cold, expectObservable }) => {
      expectObservable(judged(cold('a-b-h|', tapes))).toBe('n-t-t|');
    }),
  );
  it(
    'refreshes in a gap as well, once it is known to be one',
    marbles(({ cold, expectObservable }) => {
      expectObservable(judged(cold('a-g-c|', tapes))).toBe('n-n-t|');
    }),
  );
  it(
    'puts what was judged on the tapes that bring a refresh, if more is known than candles tell',
    marbles(({ cold, expectObservable }) => {
      const facts = { active: false, marketCap: 1, marketCapAt: 0, volume24hUsd: 1, spread: 0, listings: 1 };
      const told = (known$?: Observable<LiveInputs>) =>
        cold('a-b-c-d|', tapes).pipe(
          map(each => ({ ...each, indicators: new Map(), candles: new Map() })),
          withUniverse(listings, {}, known$),
          map(({ verdicts }) => (verdicts ? String(verdicts.length) : 'u')),
        );
      expectObservable(told(of(() => facts))).toBe('0-A-0-A|', { 0: '0', A: '10' }); // ten rules every two minutes
      expectObservable(told()).toBe('u-u-u-u|');
    }),
  );
  it(
    'is empty for an empty source and fails with it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      expectObservable(judged(cold<StampedTape>('--|'))).toBe('--|');
      expectObservable(judged(cold('a-#', tapes))).toBe('n-#');
      const source = cold('a-b-', tapes);
      expectObservable(judged(source), '-!').toBe('n-');
      expectSubscriptions(source.subscriptions).toBe('^!');
    }),
  );
});

describe('strategies', () => {
  const values = (histogram: number) =>
    new Map(
      Object.entries({
        rsi_14: 50,
        macd_histogram: histogram,
        roc_1: 9,
        roc_5: 9,
        roc_15: 9,
        bb_middle: 1,
        volume_sma_10: 0.1,
        adx_14: 50,
        plus_di_14: 2,
        minus_di_14: 1,
        '5m.macd_histogram': 1,
        '15m.macd_histogram': 1,
      }).map(([key, value]) => [key, Float64Array.of(value)]),
    );
  const judgeable = (
    n: number,
    histogram: number,
    over: Partial<Settings> = {},
    close: number | null = 100,
  ): UniverseTape => ({
    ...tape(n, close, over),
    indicators: values(histogram),
    candles: new Map([1, 5, 15].map(minutes => [minutes, Uint32Array.of(200)])),
    verdict: Uint8Array.of(Verdict.tradable),
  });
  const decided = (tape$: Observable<UniverseTape>) =>
    tape$.pipe(
      strategies(listings, { from: minute(0), to: minute(9) }),
      map(({ decision }) => DECISIONS[decision[0]!]![0]),
    ); // o(pportunity), m(acd), r(si), u(nknown), g(ap)
  const picky = { strategy: { ...settings.strategy, rsi: { oversold: 60, overbought: 70 } } };
  const tapes = {
    a: judgeable(0, 1),
    b: judgeable(1, 2),
    c: judgeable(2, 1),
    p: judgeable(2, 3, picky),
    x: judgeable(2, NaN, {}, null),
    d: judgeable(3, 3),
    e: judgeable(4, 4),
  };

  it(
    'compares each candle with the one before, across tapes',
    marbles(({ cold, expectObservable }) => {
      expectObservable(decided(cold('a-b-c|', tapes))).toBe('u-o-m|');
    }),
  );
  it(
    'starts anew after a gap',
    marbles(({ cold, expectObservable }) => {
      expectObservable(decided(cold('a-b-x-d-e|', tapes))).toBe('u-o-g-u-o|');
    }),
  );
  it(
    'judges by the settings of each tape',
    marbles(({ cold, expectObservable }) => {
      expectObservable(decided(cold('a-b-p-d|', tapes))).toBe('u-o-r-m|');
    }),
  );
  const named = (name: string, over: Partial<StrategySetup> = {}): StrategySetup => ({
    ...MOMENTUM_SETUP,
    name,
    ...over,
  });
  const throwing = (): StrategySetup => {
    const decide = () => {
      throw new Error('no idea');
    };
    const row = { columns: new Map<string, string>(), lookBack: 0, decide };
    const conditions = [{ name: 'never', comparisons: () => [], isCode: true }];
    return named('mine', { strategy: { name: 'mine', conditions, row, needed: new Map([[1, 1]]) } });
  };
  /** The decisions of each strategy, a letter each. */
  const all = (tape$: Observable<UniverseTape>) =>
    tape$.pipe(
      strategies(listings, { from: minute(0), to: minute(9) }),
      map(({ signals }) =>
        signals.map(({ setup: { strategy }, decision }) => decisionsOf(strategy)[decision[0]!]![0]).join(''),
      ),
    );
  const by = (n: number, ...setups: readonly StrategySetup[]): UniverseTape => ({
    ...judgeable(n, n + 1),
    strategies: setups,
  });

  it(
    'keeps what each strategy knows of earlier candles while others come, change and go',
    marbles(({ cold, expectObservable }) => {
      const momentum = named('momentum');
      const [first, second] = [throwing(), throwing()];
      const each = {
        a: by(0, momentum),
        b: by(1, momentum, named('loose')), // a variant that joins knows what momentum knows
        c: by(2, { ...momentum }, first),
        d: by(3, momentum, second),
        e: by(4, named('loose'), momentum),
      };
      expectObservable(all(cold('a-b-c-d-e|', each))).toBe('u-A-B-B-A|', { u: 'u', A: 'oo', B: 'oe' });
    }),
  );
  it(
    'switches a strategy that fails off on its market, and lets the others decide',
    marbles(({ cold, expectObservable }) => {
      const setups = [named('momentum'), throwing(), named('loose')];
      const failures = cold('a-b-c-d|', {
        a: by(0, ...setups),
        b: by(1, ...setups),
        c: by(2, ...setups),
        d: by(3, ...setups),
      }).pipe(
        strategies(listings, { from: minute(0), to: minute(9) }),
        map(({ signals }) =>
          signals.map(({ decision, failures: found }) => [decision[0], ...found.map(({ isLast }) => isLast)].join(' ')),
        ),
      );
      const error = decisionsOf(setups[1]!.strategy).indexOf('error');
      const good = [String(Decision.opportunity), String(Decision.opportunity)] as const;
      expectObservable(failures).toBe('u-b-c-d|', {
        u: [String(Decision.unknown), `${error} false`, String(Decision.unknown)],
        b: [good[0], `${error} false`, good[1]],
        c: [good[0], `${error} true`, good[1]],
        d: [good[0], String(error), good[1]],
      });
    }),
  );
  it(
    'is empty for an empty source, fails with it, lets go of it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      expectObservable(decided(cold<UniverseTape>('--|'))).toBe('--|');
      expectObservable(decided(cold('a-#', tapes))).toBe('u-#');
      const source = cold('a-b-', tapes);
      expectObservable(decided(source), '-!').toBe('u-');
      expectSubscriptions(source.subscriptions).toBe('^!');
    }),
  );
});

describe('holdPositions', () => {
  const signal = (
    n: number,
    bar: readonly [number, number, number, number] | null,
    wish = false,
    over: Partial<Settings> = {},
    names: readonly string[] = ['momentum'],
  ): SignalTape => {
    const held: Tape = bar === null ? emptyTape(minute(n), 1, 1) : tapeOf([candle(n, ...bar)], 1);
    const signals = names.map(name => ({
      setup: { ...MOMENTUM_SETUP, name },
      decision: Uint8Array.of(0),
      opportunities: wish ? [opportunity(n)] : [],
      exits: null,
      failures: [],
    }));
    return {
      ...held,
      ...unversioned({ ...settings, ...over }),
      indicators: new Map(),
      candles: new Map(),
      verdict: Uint8Array.of(0),
      ...signals[0]!,
      signals,
    };
  };
  const broker = () => new CandleBroker(emptyPortfolio([marketOf('AAA/USD')], 10_000), 'USD');
  /**
   * What a tape did, a letter an event: o(pened), e(xited), s(top raised), r(ejected); `.` for
   * nothing.
   */
  const held = (tape$: Observable<SignalTape>) =>
    tape$.pipe(
      holdPositions(broker, { from: minute(0), to: minute(9) }),
      map(({ events }) => events.map(({ kind }) => kind[0]).join('') || '.'),
    );
  const flat = [100, 100, 100, 100] as const;
  const tapes = {
    w: signal(0, flat, true),
    f: signal(1, flat),
    d: signal(2, [100, 100, 90, 91]),
    x: signal(1, null),
    g: signal(2, flat),
    n: signal(0, flat),
    z: signal(1, flat, false, { risk: { ...settings.risk, maxOpenPositions: 0 } }),
  };

  it(
    'buys at the tape after the wish and sells at the fall',
    marbles(({ cold, expectObservable }) => {
      expectObservable(held(cold('w-f-d|', tapes))).toBe('.-o-e|', { '.': '.', o: 'o', e: 'e' });
    }),
  );
  it(
    'waits over a gap of a minute',
    marbles(({ cold, expectObservable }) => {
      expectObservable(held(cold('w-x-g|', tapes))).toBe('.-.-o|');
    }),
  );
  it(
    'holds a wallet for each strategy, under its own risk',
    marbles(({ cold, expectObservable }) => {
      const two = settingsOf(
        'strategies: [{name: momentum, use: momentum}, {name: tight, use: momentum, wallet: shadow, risk: {stop_loss_percentage: 1}}]',
      );
      const names = ['momentum', 'tight'];
      const dip = [100, 100, 98.5, 99] as const;
      const tape = (n: number, bar: readonly [number, number, number, number], wish = false) =>
        signal(n, bar, wish, two, names);
      const change$ = cold('w---f---d---|', { w: tape(0, flat, true), f: tape(1, flat), d: tape(2, dip) }).pipe(
        holdPositions(broker, { from: minute(0), to: minute(9) }),
        map(({ strategy, events }) => `${strategy} ${events.map(({ kind }) => kind).join()}`),
      );
      expectObservable(change$).toBe('(ab)(cd)(ae)|', {
        a: 'momentum ',
        b: 'tight ',
        c: 'momentum opened',
        d: 'tight opened',
        e: 'tight exited',
      });
    }),
  );
  it(
    'applies changed limits from the next tape on',
    marbles(({ cold, expectObservable }) => {
      expectObservable(held(cold('w-z|', tapes))).toBe('.-r|');
    }),
  );
  it(
    'says nothing while nothing happens, is empty for an empty source, fails with it',
    marbles(({ cold, expectObservable }) => {
      expectObservable(held(cold('n-f|', tapes))).toBe('.-.|');
      expectObservable(held(cold<SignalTape>('--|'))).toBe('--|');
      expectObservable(held(cold('w-#', tapes))).toBe('.-#');
    }),
  );
  it(
    'opens a portfolio for each listener',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('w-f-d-', tapes);
      const both = held(source);
      expectObservable(both, '---!').toBe('.-o-');
      expectObservable(both, '-----!').toBe('.-o-e-');
      expectSubscriptions(source.subscriptions).toBe(['^--!', '^----!']);
    }),
  );
});
