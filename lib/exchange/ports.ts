import type { BadRowReason } from '../series/bad-row.js';
import type { Market } from '../market.js';
import type { DurationMs, EpochMs, Price, Ratio, SizeBase } from '../units.js';
import type { BreakerState } from './breaker.js';
import type { GateState, Rank } from './gate.js';

/** How a question is asked. */
export interface AskOptions {
  /** What it is for: decides who comes first. Each question has a rank of its own unless told. */
  readonly rank?: Rank;
  /** Ends every wait; the question then rejects with `Aborted`. */
  readonly signal?: AbortSignal;
  /** The length of its cycle, in time of the exchange: if it has not been asked by then, it is dropped. A minute unless told. */
  readonly withinMs?: DurationMs;
  /** How often it is repeated after a failure that may pass; as configured unless told. */
  readonly retries?: number;
}

export const MARKET_STATUSES = ['online', 'cancel_only', 'post_only', 'limit_only', 'reduce_only', 'delisted'] as const;
export type MarketStatus = (typeof MARKET_STATUSES)[number];

export const EXCHANGE_STATUSES = ['online', 'maintenance', 'cancel_only', 'post_only'] as const;
export type ExchangeStatus = (typeof EXCHANGE_STATUSES)[number];

/** A market as the exchange lists it. */
export interface ExchangeMarket extends Market {
  /** The exchange's name of it in answers: XXBTZUSD. */
  readonly id: string;
  /** The exchange's name of it in requests, often the same: XBTUSD. */
  readonly altname: string;
  /** `delisted`: it was listed while this process ran and is so no more. */
  readonly status: MarketStatus;
  /** Prices are whole multiples of this; null where not known. */
  readonly tick: Price | null;
  /** Of the lowest tier; null where not known. */
  readonly takerFee: Ratio | null;
}

export interface MarketsAnswer {
  /** Sorted by symbol. */
  readonly markets: readonly ExchangeMarket[];
  /** What is listed and cannot be used: hostile or unknown names, dark pools, second ids of one symbol. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** The market's last day. Each number is null where the exchange gives none that is positive and finite. */
export interface Ticker {
  /** Both are null where one is, or where the bid is not under the ask. */
  readonly bid: Price | null;
  readonly ask: Price | null;
  readonly last: Price | null;
  /** Of the last 24 hours; may be 0. */
  readonly volume24h: SizeBase | null;
  readonly vwap24h: Price | null;
}

export interface TickersAnswer {
  /** By symbol. */
  readonly tickers: ReadonlyMap<string, Ticker>;
  /** Pairs whose row holds no usable number at all. */
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
}

/** A closed candle as the exchange gave it, checked (semantics §1). */
export interface OhlcRow {
  /** Open time, a whole multiple of the interval. */
  readonly at: EpochMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  /** Null where nothing was traded. */
  readonly vwap: Price | null;
  readonly volume: SizeBase;
  /** 0 for a quiet candle, which is flat: a zero row, or a candle missing between two others of the same answer. */
  readonly trades: number;
}

export type OhlcRejection = BadRowReason | 'duplicate' | 'shape';

export interface OhlcAnswer {
  /** Closed candles only, ascending, one for each open time. */
  readonly rows: readonly OhlcRow[];
  readonly rejected: readonly { readonly reason: OhlcRejection; readonly at: EpochMs | null }[];
  /** Open time of the newest good row, the forming one included: how fresh the answer is. Null without any. */
  readonly newest: EpochMs | null;
}

export interface BookLevel {
  readonly price: Price;
  readonly size: SizeBase;
  /** When it was last changed. */
  readonly at: EpochMs;
}

export type BookFault = 'empty' | 'one_sided' | 'crossed' | 'stale' | 'bad_numbers' | 'unchanged' | 'suspect';

/** An order book that may be used: both sides, best levels first. */
export interface UsableBook {
  readonly usable: true;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** The newest change of a level: the book's age. */
  readonly newest: EpochMs;
  /** Levels of size 0 that came and were left out; absent where there were none. */
  readonly skipped?: number;
}

/** An order book, or why it must not be used. */
export type OrderBook = UsableBook | { readonly usable: false; readonly fault: BookFault };

export interface PublicTrade {
  /** The exchange's number of it: contiguous for a market. Null in answers that give none. */
  readonly id: number | null;
  /** With fractions of a millisecond, as far as the exchange gives them. */
  readonly at: EpochMs;
  readonly price: Price;
  readonly size: SizeBase;
  /** Of the taker; null where not known. */
  readonly side: 'buy' | 'sell' | null;
}

export interface TradesAnswer {
  /** Ascending by time. */
  readonly trades: readonly PublicTrade[];
  /** When the last trade of the page was made, in nanoseconds. `TradePages` knows where the next page has to begin. */
  readonly last: string;
  readonly rejected: number;
}

/** How the request budget is spent: what `status` shows. */
export interface ExchangeUsage {
  /** Requests of the last minute, of all processes. */
  readonly spent: Readonly<Record<Rank, number>>;
  /** What a minute allows at a cost of 1 each. */
  readonly perMinute: number;
  /** Waiting in this process. */
  readonly waiting: Readonly<Record<Rank, number>>;
  /** Dropped by this process since it started. */
  readonly dropped: number;
  readonly breaker: BreakerState;
  /** What is left of the breaker's pause. */
  readonly silentForMs: DurationMs;
  /** `unreachable`: there is a shared budget, and as long as it cannot be reached this process keeps to half of its own. */
  readonly budget: 'own' | 'shared' | 'unreachable';
}

/**
 * A state that several processes see and one at a time changes. `now` is in milliseconds on a clock that all of them read;
 * `change` may be called more than once.
 */
export interface SharedState<S> {
  update<T>(change: (state: S | null, now: number) => { readonly state: S; readonly result: T }): Promise<T>;
}

/** The request budget and the breaker, shared by all processes that ask from one address. */
export type SharedGate = SharedState<GateState>;

/**
 * An exchange's public market data. Every method rejects with an `ExchangeFailure` (which says what to do next), with
 * `Aborted`, or with a `UserError` where ccxt is not installed; none answers with emptiness for a question that was not answered.
 */
export interface Exchange {
  markets(options?: AskOptions): Promise<MarketsAnswer>;
  /** All markets in one request. */
  tickers(options?: AskOptions): Promise<TickersAnswer>;
  /**
   * Candles of `intervalMinutes` (1, 5, 15, 30, 60 …) that open at or after `since`, at most the latest that the exchange
   * serves. Ask from the last minute that is known: what is missing between two rows of one answer is quiet, and only that.
   */
  ohlc(symbol: string, intervalMinutes: number, since?: EpochMs, options?: AskOptions): Promise<OhlcAnswer>;
  /** At most `depth` levels a side. Older than `maxAgeMs` (default ten minutes) it is stale. */
  book(symbol: string, depth: number, options?: AskOptions & { readonly maxAgeMs?: DurationMs }): Promise<OrderBook>;
  /** A page of trades after `sinceNs` (nanoseconds), at most 1,000. `TradePages` puts several of them together. */
  trades(symbol: string, sinceNs: string, options?: AskOptions): Promise<TradesAnswer>;
  /** Asks for the time and sets the clock by it. */
  serverTime(options?: AskOptions): Promise<EpochMs>;
  status(options?: AskOptions): Promise<ExchangeStatus>;
  /** The exchange's clock, without asking; null before it was first read. Questions that need it read it every ten minutes. */
  now(): EpochMs | null;
  usage(): Promise<ExchangeUsage>;
  /** Ends everything that is under way; every question after it rejects with `Aborted`. */
  close(): void;
}
