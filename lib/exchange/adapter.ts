import type { DurationMs, EpochMs } from '../units.js';
import type { CandleHistory } from './candle-history.js';
import type { ErrorTexts } from './failure.js';
import type { RequestLimits } from './request-budget.js';
import type {
  ExchangeMarket,
  ExchangeStatus,
  MarketsAnswer,
  OhlcAnswer,
  OrderBook,
  TickersAnswer,
  TradesAnswer,
} from './ports.js';

/** The exchange's clock around a request. */
export interface AnswerTimes {
  /** When its answer is read. */
  readonly now: EpochMs;
  /** When it was sent. */
  readonly sentAt: EpochMs;
}

/** A request of the public REST API, and the reader of its answer. */
export interface PublicRequest<T> {
  /** The method of the ccxt class: `publicGetOHLC`. */
  readonly call: string;
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** In units of `limits.intervalMs`, up to 2; default 1. */
  readonly cost?: number;
  /** Whether `limits.pairIntervalMs` applies; default false. */
  readonly isLimitedByMarket?: boolean;
  /** Reads the parsed JSON. Throws `ExchangeFailure` if it does not answer the request. */
  readonly read: (answer: unknown, times: AnswerTimes) => T;
}

/** Which candles of a market are requested. */
export interface CandleRange {
  readonly intervalMinutes: number;
  /** The earliest open time. */
  readonly since: EpochMs;
  /** `history.settleMs`. */
  readonly settleMs: DurationMs;
}

/** The requests that the bot sends. */
export interface PublicRequests {
  time(): PublicRequest<EpochMs>;
  status(): PublicRequest<ExchangeStatus>;
  /** `before`: the markets of the previous answer. */
  markets(before: readonly ExchangeMarket[]): PublicRequest<MarketsAnswer>;
  /**
   * Tickers of all markets. `symbolOf` gives the symbol of an `id` or `altname`, null if it is not
   * listed.
   */
  tickers(symbolOf: (name: string) => string | null): PublicRequest<TickersAnswer>;
  /** Closed candles of a market, settled by the time of the request. */
  candles(market: ExchangeMarket, range: CandleRange): PublicRequest<OhlcAnswer>;
  /** At most `depth` levels a side; stale if older than `maxAgeMs`. */
  book(market: ExchangeMarket, depth: number, maxAgeMs: DurationMs): PublicRequest<OrderBook>;
  /** A page of trades after `sinceNs` (nanoseconds). */
  trades(market: ExchangeMarket, sinceNs: string): PublicRequest<TradesAnswer>;
}

/** Which bodies are answers at all, decided before ccxt reads them. */
export interface AnswerChecks {
  /**
   * Why a body is not an answer, or null. `parsed` is its JSON; undefined or text if it is not
   * JSON.
   */
  fault(body: string, parsed: unknown): string | null;
  /** Whether an answer is valid in spite of the errors that it reports. */
  isPartial(answer: unknown): boolean;
}

/** The exchange's names of currencies and markets. */
export interface ExchangeNames {
  /** The common name of a currency that a user writes: XBT is BTC. */
  currency(code: string): string;
  /** The symbol (`BTC/USD`) of a market in any of the exchange's spellings; null if it is none. */
  symbol(name: string): string | null;
  /**
   * The codes that are known to be listed, for warnings about misspelt ones; null without such a
   * list.
   */
  readonly known: {
    /** Those that markets are quoted in. */
    readonly quotes: readonly string[];
    /** All codes, the likeliest first. */
    readonly codes: readonly string[];
    has(code: string): boolean;
  } | null;
}

/** All that differs between exchanges. One declaration per exchange, listed in `adapters.ts`. */
export interface ExchangeAdapter {
  /** `exchange.name` in config.yaml. */
  readonly name: string;
  /** Its name in messages. */
  readonly title: string;
  /**
   * The ccxt class: its file in ccxt/src/ without `.js`, and the entry of its `urls.api` that
   * `exchange.url` replaces.
   */
  readonly ccxt: { readonly file: string; readonly api: string };
  readonly limits: RequestLimits;
  readonly history: CandleHistory;
  readonly checks: AnswerChecks;
  readonly errors: ErrorTexts;
  readonly names: ExchangeNames;
  readonly requests: PublicRequests;
}
