import { Aborted } from '../../errors.js';
import { readStatus, readTime } from '../../exchange/answers.js';
import { readBook } from '../../exchange/book.js';
import { BREAKER_RULES, type BreakerRules } from '../../exchange/breaker.js';
import { ExchangeFailure } from '../../exchange/failure.js';
import { BUDGET_RULES, type BudgetRules } from '../../exchange/gate.js';
import { readMarkets } from '../../exchange/markets.js';
import { readOhlc } from '../../exchange/ohlc.js';
import type { AskOptions, Exchange, ExchangeMarket, SharedGate } from '../../exchange/ports.js';
import { readTickers } from '../../exchange/tickers.js';
import { readTrades } from '../../exchange/trades.js';
import { currencyOf } from '../../kraken/currencies.js';
import type { Settings } from '../../settings/settings.js';
import { MINUTE_MS, type EpochMs, type Ratio } from '../../units.js';
import { elapsed, now } from '../clock.js';
import { randomFraction } from '../random.js';
import { openAsker } from './ask.js';
import { openKrakenApi } from './ccxt.js';
import { abortable } from './deadline.js';
import { paceOf, type Pace } from './pace.js';
import { openScheduler } from './scheduler.js';
import { openServerClock } from './server-clock.js';

export interface ExchangeOptions {
  /** Names this process among those that share the budget; its process id unless told. */
  readonly caller?: string;
  /** Null or absent where no other process asks from this address. */
  readonly shared?: SharedGate | null;
  readonly budget?: BudgetRules;
  readonly breaker?: BreakerRules;
  /** The waits; at the settings' clock speed unless told. */
  readonly pace?: Pace;
  /** Jitter, from 0 up to 1. */
  readonly random?: () => Ratio;
}

/** More than there are markets, all of which may be asked about at once. */
const CAPACITY = 2_048;
const IN_FLIGHT = 4;
const ROWS_COST = 1.2;
/** The exchange keeps so many candles of each interval. */
const MOST_CANDLES = 720;

/** Runs one at a time: who asks while it runs shares its outcome. */
const once = <T>(run: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<T> | null = null;
  return () => (running ??= run().finally(() => (running = null)));
};

/** Kraken's public market data. Nothing is loaded or asked before the first question. */
export const openExchange = (settings: Settings['exchange'], options: ExchangeOptions = {}): Exchange => {
  const { url, timeoutMs, clockSpeed } = settings;
  const { pace = paceOf(clockSpeed), random = randomFraction, caller = String(process.pid) } = options;
  const { budget = BUDGET_RULES, breaker = BREAKER_RULES, shared = null } = options;
  const scheduler = openScheduler({ pace, caller, budget, breaker, shared, capacity: CAPACITY, inFlight: IN_FLIGHT });
  const clock = openServerClock(elapsed, now, clockSpeed);
  const closing = new AbortController();
  let api: ReturnType<typeof openKrakenApi> | null = null;
  const opened = () => (api ??= openKrakenApi({ url, timeoutMs }));
  let markets: readonly ExchangeMarket[] = [];
  let bySymbol = new Map<string, ExchangeMarket>();
  let byName = new Map<string, string>();

  const serverNow = () => clock.now() ?? now();
  const ask = openAsker({ settings, opened, scheduler, pace, random, now: serverNow, closing: closing.signal });

  const serverTime = (askOptions?: AskOptions): Promise<EpochMs> =>
    ask(
      {
        ...{ call: 'publicGetTime', rank: 'held' },
        read: (result, sentTick, receivedTick) => clock.read({ told: readTime(result), sentTick, receivedTick }),
      },
      askOptions,
    );

  const listMarkets: Exchange['markets'] = async askOptions => {
    const read = (result: Readonly<Record<string, unknown>>) => readMarkets(result, currencyOf, markets);
    const answer = await ask({ call: 'publicGetAssetPairs', rank: 'universe', read }, askOptions);
    ({ markets } = answer);
    bySymbol = new Map(markets.map(market => [market.symbol, market]));
    byName = new Map(markets.flatMap(({ id, altname, symbol }) => [id, altname].map(name => [name, symbol] as const)));
    return answer;
  };

  // What every question needs is asked for once, before everything else, whoever needs it first.
  const ensureMarkets = once(() => listMarkets({ rank: 'exits' }));
  const ensureTime = once(() => serverTime({ rank: 'exits' }));

  const marketOf = async (symbol: string, signal?: AbortSignal): Promise<ExchangeMarket> => {
    if (markets.length === 0) await abortable(ensureMarkets(), signal);
    const market = bySymbol.get(symbol);
    if (!market || market.status === 'delisted')
      throw new ExchangeFailure('market', `${symbol} is ${market ? 'no more listed' : 'not listed'}`);
    return market;
  };

  /** The exchange's clock, read again if that is due. An exchange that does not tell it leaves us with the last reading. */
  const clockFor = async (signal?: AbortSignal): Promise<() => EpochMs> => {
    for (let times = 0; times < 2 && clock.isDue(); times++)
      // twice, where the first does not fit what is known
      await abortable(ensureTime(), signal).catch((error: unknown) => {
        if (clock.now() === null || error instanceof Aborted) throw error;
      });
    return () => clock.now()!;
  };

  return {
    markets: listMarkets,
    serverTime,

    tickers: async askOptions => {
      if (markets.length === 0) await abortable(ensureMarkets(), askOptions?.signal);
      const read = (result: Readonly<Record<string, unknown>>) => readTickers(result, id => byName.get(id) ?? null);
      return ask({ call: 'publicGetTicker', rank: 'universe', read }, askOptions);
    },

    ohlc: async (symbol, intervalMinutes, since, askOptions) => {
      const pair = await marketOf(symbol, askOptions?.signal);
      const time = await clockFor(askOptions?.signal);
      const from = since ?? time() - MOST_CANDLES * intervalMinutes * MINUTE_MS;
      const answer = await ask(
        {
          ...{ call: 'publicGetOHLC', rank: 'candles', cost: ROWS_COST, pair: pair.altname, limitedByPair: true },
          // The exchange may leave out the candle that opens at "since" itself.
          parameters: { pair: pair.altname, interval: intervalMinutes, since: Math.ceil(from / 1_000) - 1 },
          read: (result, sentTick) => {
            const now = time();
            const sentAt = now - (elapsed() - sentTick) * clockSpeed;
            return readOhlc(result, { pair, intervalMinutes, since: from, now, sentAt });
          },
        },
        askOptions,
      ).catch((error: unknown) => {
        if (error instanceof ExchangeFailure && error.kind === 'market') clock.doubt();
        throw error;
      });
      if (answer.rejected.some(({ reason }) => reason === 'future')) clock.doubt();
      return answer;
    },

    book: async (symbol, depth, askOptions) => {
      const pair = await marketOf(symbol, askOptions?.signal);
      const time = await clockFor(askOptions?.signal);
      return ask(
        {
          ...{ call: 'publicGetDepth', rank: 'held', cost: ROWS_COST, pair: pair.altname },
          parameters: { pair: pair.altname, count: depth },
          read: result => readBook(result, pair, time(), askOptions?.maxAgeMs),
        },
        askOptions,
      );
    },

    trades: async (symbol, sinceNs, askOptions) => {
      const pair = await marketOf(symbol, askOptions?.signal);
      const time = await clockFor(askOptions?.signal);
      return ask(
        {
          ...{ call: 'publicGetTrades', rank: 'warm_up', cost: ROWS_COST, pair: pair.altname, limitedByPair: true },
          parameters: { pair: pair.altname, since: sinceNs },
          read: result => readTrades(result, pair, time()),
        },
        askOptions,
      );
    },

    status: askOptions => ask({ call: 'publicGetSystemStatus', rank: 'universe', read: readStatus }, askOptions),
    now: () => clock.now(),
    usage: () => scheduler.usage(),
    close: () => {
      closing.abort();
      void api?.then(
        kraken => kraken.close(),
        () => undefined,
      );
    },
  };
};
