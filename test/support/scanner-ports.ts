import { NEVER, asyncScheduler, of, type Observable } from 'rxjs';
import type { MarketsAnswer, TickersAnswer } from '../../lib/exchange/ports.js';
import { KRAKEN_HISTORY } from '../../lib/kraken/limits.js';
import type { OpenedMarkets, ScannerPorts } from '../../lib/market-data/ports.js';
import { marketOf } from '../../lib/market.js';
import { EMPTY_SERIES } from '../../lib/market-data/series.js';
import { unversioned } from '../../lib/settings/settings.js';
import { MINUTE_MS } from '../../lib/units.js';
import { listed, ticker } from './listed.js';
import { settingsOf } from './settings.js';

export const settings = settingsOf();

/**
 * The answers of an exchange that lists these markets, each with a day that lets it be followed.
 */
export const firstAnswers = (...symbols: readonly string[]): { markets: MarketsAnswer; tickers: TickersAnswer } => ({
  markets: { markets: symbols.map(symbol => listed(symbol)), skipped: [] },
  tickers: { tickers: new Map(symbols.map(symbol => [symbol, ticker()])), rejected: [] },
});

/** Markets that nothing is stored of. */
export const openedMarkets = (symbols: readonly string[], auxiliary: readonly string[] = []): OpenedMarkets => {
  const all = [...symbols, ...auxiliary];
  return {
    traded: symbols,
    auxiliary,
    symbols: all,
    ids: all.map((_, lane) => lane + 1),
    listings: all.map((symbol, lane) => ({
      market: marketOf(symbol),
      firstCandleAt: NaN,
      auxiliary: lane >= symbols.length,
    })),
    starts: all.map(() => ({ series: EMPTY_SERIES, from: 0 })),
    period: { from: 0, to: Infinity },
    undecided: all.map(() => 0),
    said: all.map(() => ({ at: [], verdict: [] })),
    held: all.map(() => false),
  };
};

type Group = 'clock' | 'exchange' | 'coins' | 'markets' | 'recovery' | 'scans' | 'maintenance';

/** The ports that a test replaces; of a group it may replace some. */
export type PortsOver = Partial<Omit<ScannerPorts, Group>> & { readonly [K in Group]?: Partial<ScannerPorts[K]> };

/** Of the exchange's clock in a marble test: one virtual millisecond is half a minute. */
export const HALF_MINUTE = MINUTE_MS / 2;

/**
 * Ports in virtual time: everything answers at once and is stored at once, the exchange has no
 * candle, and nobody knows anything of coins, unless a test says so.
 */
export const scannerPorts = (over: PortsOver = {}, speed = HALF_MINUTE): ScannerPorts => {
  const now = () => asyncScheduler.now() * speed;
  const nothing = (): Observable<null> => of(null);
  const base: ScannerPorts = {
    clock: { now, speed, elapsed: () => asyncScheduler.now() },
    settings$: of(unversioned(settings)),
    recordStrategies: () => of(new Map<string, number>()),
    isSimulated: true,
    perMinute: Infinity,
    random: () => 0,
    contact: () => of(firstAnswers('AAA/USD')),
    exchange: {
      name: 'kraken',
      history: KRAKEN_HISTORY,
      markets: () => of(firstAnswers('AAA/USD').markets),
      tickers: () => of(firstAnswers('AAA/USD').tickers),
      candles: () => NEVER,
      trades: () => NEVER,
      book: () => NEVER,
    },
    coins: { caps: () => of({ at: 0, coins: [], rejected: 0 }), listings: () => of([]) },
    markets: {
      markets: () => of([]),
      caps: () => of(new Map()),
      ownCoins: () => of(new Map()),
      saveCoins: nothing,
      held: () => of([]),
    },
    recovery: {
      open: ({ traded, auxiliary }) => of(openedMarkets(traded, auxiliary)),
      timeframeHistory: opened => of({ known: undefined, stretches: opened.ids.map(() => undefined) }),
      savePrimes: nothing,
      session: opened => of({ ...opened, timeframeHistory: undefined, stored: () => [] }),
    },
    scans: {
      save: nothing,
      saveConfirmed: nothing,
      saveSnapshots: nothing,
      verify: ({ traded }) => of({ agreeing: new Set(traded.keys()), differences: [], markets: traded.length }),
    },
    maintenance: {
      makePartitions: nothing,
      retain: () => of({ kind: 'months' as const, months: [] }),
      disk: () => of(null),
    },
  };
  const group = <K extends Group>(name: K) => ({
    ...base[name],
    ...over[name],
  });
  return {
    ...base,
    ...over,
    clock: group('clock'),
    exchange: group('exchange'),
    coins: group('coins'),
    markets: group('markets'),
    recovery: group('recovery'),
    scans: group('scans'),
    maintenance: group('maintenance'),
  };
};
