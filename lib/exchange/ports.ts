import type { BadRowReason } from '../market-data/bad-row.js';
import type { Market } from '../market.js';
import type { DurationMs, EpochMs, Price, Ratio, SizeBase } from '../units.js';
import type { BreakerState } from './breaker.js';
import type { GateState, Priority } from './request-budget.js';

/** Options of a request. */
export interface AskOptions {
  /** What it is for, which decides its priority; each request has a default. */
  readonly rank?: Priority;
  /** Cancels the request, which then rejects with `Aborted`. */
  readonly signal?: AbortSignal;
  /**
   * The length of its cycle, in the exchange's time: if not sent by then, it is dropped; default a
   * minute.
   */
  readonly withinMs?: DurationMs;
  /** Retries after a temporary failure; default as configured. */
  readonly retries?: number;
}

/** Trading status of a market; only `online` allows entries. */
export const MARKET_STATUSES = ['online', 'cancel_only', 'post_only', 'limit_only', 'reduce_only', 'delisted'] as const;
/** One of `MARKET_STATUSES`. */
export type MarketStatus = (typeof MARKET_STATUSES)[number];

/** Trading status of the whole exchange. */
export const EXCHANGE_STATUSES = ['online', 'maintenance', 'cancel_only', 'post_only'] as const;
/** One of `EXCHANGE_STATUSES`. */
export type ExchangeStatus = (typeof EXCHANGE_STATUSES)[number];

/** A market as the exchange lists it. */
export interface ExchangeMarket extends Market {
  /** The exchange's name of it in answers: XXBTZUSD. */
  readonly id: string;
  /** The exchange's name of it in requests, often the same: XBTUSD. */
  readonly altname: string;
  /** `delisted`: it was listed while this process ran, and no longer is. */
  readonly status: MarketStatus;
  /** Prices are whole multiples of this; null if unknown. */
  readonly tick: Price | null;
  /** Of the lowest tier; null if unknown. */
  readonly takerFee: Ratio | null;
}

/** The markets that the exchange lists, validated. */
export interface MarketsAnswer {
  /** Sorted by symbol. */
  readonly markets: readonly ExchangeMarket[];
  /**
   * Entries that cannot be used: hostile or unknown names, dark pools, second ids of one symbol.
   */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** The market's last day. Each number is null unless it is positive and finite. */
export interface Ticker {
  /** Both are null if one is, or if the bid is not below the ask. */
  readonly bid: Price | null;
  readonly ask: Price | null;
  readonly last: Price | null;
  /** Of the last 24 hours; may be 0. */
  readonly volume24h: SizeBase | null;
  readonly vwap24h: Price | null;
}

/** The tickers of all markets, validated. */
export interface TickersAnswer {
  /** By symbol. */
  readonly tickers: ReadonlyMap<string, Ticker>;
  /** Pairs whose row has no usable number. */
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
}

/** A closed candle of the exchange, checked (semantics §1). */
export interface OhlcRow {
  /** Open time, a whole multiple of the interval. */
  readonly at: EpochMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  /** Null if nothing was traded. */
  readonly vwap: Price | null;
  readonly volume: SizeBase;
  /**
   * 0 for a quiet candle, which is flat: a row of zeros, or missing between two rows of one answer.
   */
  readonly trades: number;
}

/** Why a row of candles is rejected. */
export type OhlcRejection = BadRowReason | 'duplicate' | 'shape';

/** The 1-minute candles of a market, validated. */
export interface OhlcAnswer {
  /** Closed candles only, ascending, one for each open time. */
  readonly rows: readonly OhlcRow[];
  readonly rejected: readonly { readonly reason: OhlcRejection; readonly at: EpochMs | null }[];
  /**
   * Open time of the newest good row, the forming one included: the answer's freshness. Null
   * without any.
   */
  readonly newest: EpochMs | null;
}

/** A price level of an order book. */
export interface BookLevel {
  readonly price: Price;
  readonly size: SizeBase;
  /** When it last changed. */
  readonly at: EpochMs;
}

/** Why an order book must not be used. */
export type BookFault = 'empty' | 'one_sided' | 'crossed' | 'stale' | 'bad_numbers' | 'unchanged' | 'suspect';

/** An order book that may be used: both sides, best levels first. */
export interface UsableBook {
  readonly usable: true;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** The newest change of a level: the book's age. */
  readonly newest: EpochMs;
  /** Levels of size 0 that were left out; missing if there were none. */
  readonly skipped?: number;
}

/** An order book, or why it must not be used. */
export type OrderBook = UsableBook | { readonly usable: false; readonly fault: BookFault };

/** A trade of the exchange's public record. */
export interface PublicTrade {
  /** The exchange's number of it, contiguous within a market; null if the answer has none. */
  readonly id: number | null;
  /** With fractions of a millisecond, as precise as the exchange reports. */
  readonly at: EpochMs;
  readonly price: Price;
  readonly size: SizeBase;
  /** The taker's side; null if unknown. */
  readonly side: 'buy' | 'sell' | null;
}

/** A page of a market's public trades, validated. */
export interface TradesAnswer {
  /** Ascending by time. */
  readonly trades: readonly PublicTrade[];
  /**
   * The time of the page's last trade, in nanoseconds. `TradePages` computes where the next page
   * begins.
   */
  readonly last: string;
  readonly rejected: number;
}

/** How the request budget is spent, for `status`. */
export interface ExchangeUsage {
  /** Requests of all processes in the last minute. */
  readonly spent: Readonly<Record<Priority, number>>;
  /** Requests of cost 1 that a minute allows. */
  readonly perMinute: number;
  /** Waiting in this process. */
  readonly waiting: Readonly<Record<Priority, number>>;
  /** Dropped by this process since it started. */
  readonly dropped: number;
  readonly breaker: BreakerState;
  /** The rest of the breaker's pause. */
  readonly silentForMs: DurationMs;
  /**
   * `unreachable`: while the shared budget cannot be reached, this process keeps to half of its
   * own.
   */
  readonly budget: 'own' | 'shared' | 'unreachable';
}

/**
 * A state shared by several processes and changed by one at a time. `now` is in milliseconds of a
 * clock that they share; `change` may be called more than once.
 */
export interface SharedState<S> {
  update<T>(change: (state: S | null, now: number) => { readonly state: S; readonly result: T }): Promise<T>;
}

/** The request budget and the breaker, shared by all processes behind one address. */
export type SharedGate = SharedState<GateState>;

/**
 * An exchange's public market data. Every method rejects with an `ExchangeFailure` (which says what
 * to do next), with `Aborted`, or with a `UserError` if ccxt is not installed; a failed request is
 * never an empty answer.
 */
export interface Exchange {
  markets(options?: AskOptions): Promise<MarketsAnswer>;
  /** All markets in one request. */
  tickers(options?: AskOptions): Promise<TickersAnswer>;
  /**
   * Candles of `intervalMinutes` (1, 5, 15, 30, 60 …) that open at or after `since`, at most the
   * latest that the exchange serves. Request from the last known minute on: a minute missing
   * between two rows of one answer is quiet, any other missing minute is unknown.
   */
  ohlc(symbol: string, intervalMinutes: number, since?: EpochMs, options?: AskOptions): Promise<OhlcAnswer>;
  /** At most `depth` levels a side. Older than `maxAgeMs` (default ten minutes) it is stale. */
  book(symbol: string, depth: number, options?: AskOptions & { readonly maxAgeMs?: DurationMs }): Promise<OrderBook>;
  /**
   * A page of trades after `sinceNs` (nanoseconds), at most 1,000. `TradePages` puts several of
   * them together.
   */
  trades(symbol: string, sinceNs: string, options?: AskOptions): Promise<TradesAnswer>;
  /** Requests the time and sets the clock by it. */
  serverTime(options?: AskOptions): Promise<EpochMs>;
  status(options?: AskOptions): Promise<ExchangeStatus>;
  /**
   * The exchange's clock, without a request; null before its first reading. Requests that need it
   * read it every ten minutes.
   */
  now(): EpochMs | null;
  usage(): Promise<ExchangeUsage>;
  /** Cancels all requests; every later one rejects with `Aborted`. */
  close(): void;
}
