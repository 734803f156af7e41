import { Aborted } from '../../errors.js';
import type { ExchangeAdapter, PublicRequest } from '../../exchange/adapter.js';
import { adapterOf } from '../../exchange/adapters.js';
import { BREAKER_RULES, type BreakerRules } from '../../exchange/breaker.js';
import { ExchangeFailure } from '../../exchange/failure.js';
import { budgetOf, type BudgetRules, type Priority } from '../../exchange/request-budget.js';
import { BOOK_AGE_MS } from '../../exchange/order-book.js';
import type { AskOptions, Exchange, ExchangeMarket, SharedGate } from '../../exchange/ports.js';
import type { Settings } from '../../settings/settings.js';
import { MINUTE_MS, type EpochMs, type Ratio } from '../../units.js';
import { elapsed, now } from '../clock.js';
import { randomFraction } from '../random.js';
import { openAsker } from './ask.js';
import { openCcxtApi } from './ccxt.js';
import { abortable } from './deadline.js';
import { paceOf, type Pace } from './pace.js';
import { openScheduler } from './scheduler.js';
import { openServerClock } from './server-clock.js';

/** What the requests of this process share with others. */
export interface ExchangeOptions {
  /** Names this process among those that share the budget; default its process id. */
  readonly caller?: string;
  /** Null or missing if no other process uses this address. */
  readonly shared?: SharedGate | null;
  readonly budget?: BudgetRules;
  readonly breaker?: BreakerRules;
  /** The waits; default at the settings' clock speed. */
  readonly pace?: Pace;
  /** Jitter, from 0 up to 1. */
  readonly random?: () => Ratio;
}

/** More than there are markets: each of them may have a request waiting. */
const CAPACITY = 2_048;
const IN_FLIGHT = 4;

/** Runs one at a time: a call while it runs shares its outcome. */
const once = <T>(run: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<T> | null = null;
  return () => (running ??= run().finally(() => (running = null)));
};

/**
 * The public market data of the exchange that the settings name. Loads and requests nothing before
 * the first request.
 */
export const openExchange = (
  settings: Settings['exchange'],
  options: ExchangeOptions = {},
  adapter: ExchangeAdapter = adapterOf(settings.name),
): Exchange => {
  const { url, timeoutMs, clockSpeed } = settings;
  const { requests, limits, history, errors } = adapter;
  const { pace = paceOf(clockSpeed), random = randomFraction, caller = String(process.pid) } = options;
  const { budget = budgetOf(limits), breaker = BREAKER_RULES, shared = null } = options;
  const scheduler = openScheduler({ pace, caller, budget, breaker, shared, capacity: CAPACITY, inFlight: IN_FLIGHT });
  const clock = openServerClock(elapsed, now, clockSpeed);
  const closing = new AbortController();
  let api: ReturnType<typeof openCcxtApi> | null = null;
  const opened = () => (api ??= openCcxtApi({ adapter, url, timeoutMs }));
  let markets: readonly ExchangeMarket[] = [];
  let bySymbol = new Map<string, ExchangeMarket>();
  let byName = new Map<string, string>();

  const serverNow = () => clock.now() ?? now();
  const ask = openAsker({ settings, opened, errors, scheduler, pace, random, now: serverNow, closing: closing.signal });
  const send = <T>(
    request: PublicRequest<T>,
    { rank, market }: { readonly rank: Priority; readonly market?: ExchangeMarket },
    askOptions?: AskOptions,
  ): Promise<T> =>
    ask(
      {
        ...request,
        rank,
        ...(market && { pair: market.altname }),
        read: (answer, sentTick) => {
          const readAt = serverNow();
          return request.read(answer, { now: readAt, sentAt: readAt - (elapsed() - sentTick) * clockSpeed });
        },
      },
      askOptions,
    );

  const serverTime = (askOptions?: AskOptions): Promise<EpochMs> => {
    const request = requests.time();
    return ask(
      {
        ...request,
        rank: 'held',
        read: (answer, sentTick, receivedTick) => {
          const readAt = serverNow();
          const serverTime = request.read(answer, { now: readAt, sentAt: readAt });
          return clock.read({ serverTime, sentTick, receivedTick });
        },
      },
      askOptions,
    );
  };

  const listMarkets: Exchange['markets'] = async askOptions => {
    const answer = await send(requests.markets(markets), { rank: 'universe' }, askOptions);
    ({ markets } = answer);
    bySymbol = new Map(markets.map(market => [market.symbol, market]));
    byName = new Map(markets.flatMap(({ id, altname, symbol }) => [id, altname].map(name => [name, symbol] as const)));
    return answer;
  };

  // Every request needs these: they are requested once, before all others, for the first request
  // that needs them.
  const ensureMarkets = once(() => listMarkets({ rank: 'exits' }));
  const ensureTime = once(() => serverTime({ rank: 'exits' }));

  const marketOf = async (symbol: string, signal?: AbortSignal): Promise<ExchangeMarket> => {
    if (markets.length === 0) await abortable(ensureMarkets(), signal);
    const market = bySymbol.get(symbol);
    if (!market || market.status === 'delisted')
      throw new ExchangeFailure('market', `${symbol} is ${market ? 'no longer listed' : 'not listed'}`);
    return market;
  };

  /**
   * Reads the exchange's clock again if that is due. If that fails, the last reading remains in
   * use.
   */
  const ensureClock = async (signal?: AbortSignal): Promise<void> => {
    for (let times = 0; times < 2 && clock.isDue(); times++)
      // twice, in case the first does not agree with the last reading
      await abortable(ensureTime(), signal).catch((error: unknown) => {
        if (clock.now() === null || error instanceof Aborted) throw error;
      });
  };

  return {
    markets: listMarkets,
    serverTime,

    tickers: async askOptions => {
      if (markets.length === 0) await abortable(ensureMarkets(), askOptions?.signal);
      return send(
        requests.tickers(name => byName.get(name) ?? null),
        { rank: 'universe' },
        askOptions,
      );
    },

    ohlc: async (symbol, intervalMinutes, since, askOptions) => {
      const market = await marketOf(symbol, askOptions?.signal);
      await ensureClock(askOptions?.signal);
      const from = since ?? serverNow() - history.candlesBack * intervalMinutes * MINUTE_MS;
      const request = requests.candles(market, { intervalMinutes, since: from, settleMs: history.settleMs });
      const answer = await send(request, { rank: 'candles', market }, askOptions).catch((error: unknown) => {
        if (error instanceof ExchangeFailure && error.kind === 'market') clock.doubt();
        throw error;
      });
      if (answer.rejected.some(({ reason }) => reason === 'future')) clock.doubt();
      return answer;
    },

    book: async (symbol, depth, askOptions) => {
      const market = await marketOf(symbol, askOptions?.signal);
      await ensureClock(askOptions?.signal);
      const request = requests.book(market, depth, askOptions?.maxAgeMs ?? BOOK_AGE_MS);
      return send(request, { rank: 'held', market }, askOptions);
    },

    trades: async (symbol, sinceNs, askOptions) => {
      const market = await marketOf(symbol, askOptions?.signal);
      await ensureClock(askOptions?.signal);
      return send(requests.trades(market, sinceNs), { rank: 'warm_up', market }, askOptions);
    },

    status: askOptions => send(requests.status(), { rank: 'universe' }, askOptions),
    now: () => clock.now(),
    usage: () => scheduler.usage(),
    close: () => {
      closing.abort();
      void api?.then(
        ccxt => ccxt.close(),
        () => undefined,
      );
    },
  };
};
