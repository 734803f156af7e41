import { Aborted, UserError } from '../errors.js';
import { ExchangeFailure, failureOf } from '../exchange/failure.js';
import { isRecord } from '../exchange/numbers.js';
import { readBases, type ExchangeListing } from '../reference/listings.js';
import type { DurationMs, EpochMs } from '../units.js';
import { now as machineTime } from './clock.js';
import { withDeadline } from './exchange/deadline.js';
import { transported, type CcxtTransport } from './exchange/dispatcher.js';

/** The part of ccxt's exchanges that is used here. */
interface Ccxt extends CcxtTransport {
  options: Record<string, unknown>;
  urls: { api: unknown };
  fetchMarkets(): Promise<unknown>;
  undiciBody(response: Incoming, binary?: boolean): Promise<unknown>;
}
interface Incoming {
  readonly headers: Readonly<Record<string, unknown>>;
}
/** An exchange class of ccxt. */
export type CcxtClass = new (options: Readonly<Record<string, unknown>>) => Ccxt;

/** How the listings of exchanges are requested. */
export interface ListingsQuestion {
  /** Exchanges by ccxt's names. */
  readonly exchanges: readonly string[];
  /** Timeout per exchange; default a minute. */
  readonly timeoutMs?: DurationMs;
  /** Cancels the request, which then rejects with `Aborted`. */
  readonly signal?: AbortSignal;
  /** Clock that dates the answers; default the machine's. */
  readonly now?: () => EpochMs;
  /** Base URLs that replace the exchange's own, by its name. */
  readonly urls?: ReadonlyMap<string, string>;
  /** Loads ccxt's class of an exchange; default from the package. */
  readonly load?: (exchange: string) => Promise<CcxtClass>;
}

/** The largest genuine answer is about 20 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

const loadClass = async (exchange: string): Promise<CcxtClass> => {
  const source = new URL(`./src/${exchange}.js`, import.meta.resolve('ccxt')); // its package exports only the whole
  try {
    return ((await import(source.href)) as { default: CcxtClass }).default;
  } catch {
    throw new UserError([`ccxt has no exchange "${exchange}": see filtering.listing_exchanges`]);
  }
};

/**
 * Limits how much of an answer is read; compressed ones, to which the limit would not apply, are
 * refused.
 */
const bounded = (Base: CcxtClass, timeoutMs: DurationMs): CcxtClass =>
  class extends transported(Base, { timeoutMs, maxBytes: MAX_BYTES }) {
    override async undiciBody(response: Incoming, binary?: boolean): Promise<unknown> {
      if ((response.headers['content-encoding'] ?? 'identity') !== 'identity')
        throw new ExchangeFailure('bad_answer', 'the answer is packed, which it was asked not to be');
      return super.undiciBody(response, binary);
    }
  };

/** Derivatives and fees would take separate and larger requests. */
const onlySpot = ({ options }: Ccxt): void => {
  const { fetchMarkets } = options;
  if (isRecord(fetchMarkets) && Array.isArray(fetchMarkets['types']))
    options['fetchMarkets'] = { ...fetchMarkets, types: ['spot'], fetchTickersFees: false };
  else if (Array.isArray(fetchMarkets)) options['fetchMarkets'] = ['spot'];
};

const replaceUrls = (urls: unknown, url: string): unknown =>
  isRecord(urls) ? Object.fromEntries(Object.entries(urls).map(([name, one]) => [name, replaceUrls(one, url)])) : url;

/**
 * The listings of one exchange. ccxt's object is released with the answer: it would keep every
 * market's description.
 */
const askExchange = async (
  exchange: string,
  { load = loadClass, urls, timeoutMs = 60_000, now = machineTime }: ListingsQuestion,
  signal: AbortSignal,
): Promise<ExchangeListing> => {
  const Exchange = bounded(await load(exchange), timeoutMs);
  const ccxt = new Exchange({
    timeout: timeoutMs,
    userAgent: 'crypto-bot',
    headers: { 'Accept-Encoding': 'identity' },
  });
  onlySpot(ccxt);
  const url = urls?.get(exchange);
  if (url !== undefined) ccxt.urls.api = replaceUrls(ccxt.urls.api, url.replace(/\/+$/, ''));
  try {
    const at = now();
    const bases = readBases(await withDeadline(timeoutMs, signal, () => ccxt.fetchMarkets()));
    if (bases.size === 0) throw new ExchangeFailure('bad_answer', 'there is no spot market at all');
    return { exchange, at, bases };
  } finally {
    void ccxt.fetchDispatcher?.destroy();
  }
};

/**
 * The listings of the exchanges, requested one after the other, so that only one large answer is in
 * memory. Each fails alone. Rejects with `Aborted` only.
 */
export const fetchListings = async (question: ListingsQuestion): Promise<readonly ExchangeListing[]> => {
  const { exchanges, signal = new AbortController().signal } = question;
  const answers: ExchangeListing[] = [];
  for (const exchange of new Set(exchanges)) {
    try {
      answers.push(await askExchange(exchange, question, signal));
    } catch (error) {
      if (signal.aborted) throw new Aborted();
      answers.push({ exchange, failure: failureOf(error, null).message });
    }
  }
  return answers;
};
