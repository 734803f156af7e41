import { AsyncLocalStorage } from 'node:async_hooks';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { UserError } from '../../errors.js';
import { retryAfterMsOf } from '../../exchange/backoff.js';
import type { AnswerChecks, ExchangeAdapter } from '../../exchange/adapter.js';
import { httpFailure } from '../../exchange/failure.js';
import type { DurationMs } from '../../units.js';
import { readProxies } from '../../exchange/proxies.js';
import { environment } from '../environment.js';
import { transported, type CcxtTransport } from './dispatcher.js';

interface Answer {
  readonly status: number;
  readonly text: () => Promise<string>;
}
interface Incoming {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: { arrayBuffer(): Promise<ArrayBuffer> };
}
type Headers = Readonly<Record<string, unknown>>;
type Parameters = Readonly<Record<string, string | number>>;

/**
 * The part of a ccxt class that is used and overridden here. ccxt's own types would more than
 * double the time of every type check; the tests against a real HTTP server verify that these hold.
 */
interface Ccxt extends CcxtTransport {
  readonly urls: { readonly api: Record<string, string> };
  undiciRequest(url: string, request: { signal: AbortSignal }): Promise<Answer>;
  undiciBody(response: Incoming, binary?: boolean): Promise<unknown>;
  handleErrors(...answer: readonly unknown[]): unknown;
}
type CcxtClass = new (options: Readonly<Record<string, unknown>>) => Ccxt;
type ErrorClass = new (message: string) => Error;

/** More than any valid answer: all pairs are about 1.5 MB. */
const MAX_BYTES = 8 * 1024 * 1024;

/** The signal of the request under way: ccxt has no parameter for it. */
const questions = new AsyncLocalStorage<AbortSignal>();

const DECODERS = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['br', promisify(brotliDecompress)],
  ['deflate', promisify(inflate)],
]);

const headerOf = (headers: Headers, name: string): unknown =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

/**
 * A ccxt class in which no failure looks like an empty answer: the time limit covers the body, not
 * just the headers; the body has a size limit; every answer is checked for its shape before ccxt
 * reads it.
 */
const hardened = (Base: CcxtClass, BadResponse: ErrorClass, checks: AnswerChecks, timeoutMs: DurationMs): CcxtClass =>
  class extends transported(Base, { timeoutMs, maxBytes: MAX_BYTES }) {
    override async undiciRequest(url: string, request: { signal: AbortSignal }): Promise<Answer> {
      const signal = questions.getStore();
      const signals = signal ? [request.signal, signal] : [request.signal];
      const response = await super.undiciRequest(url, { ...request, signal: AbortSignal.any(signals) });
      const text = await response.text(); // here, because ccxt's time limit ends when this method returns
      return { ...response, text: () => Promise.resolve(text) };
    }

    override async undiciBody(response: Incoming, binary?: boolean): Promise<unknown> {
      const encoding = response.headers['content-encoding'] ?? 'identity';
      if (encoding === 'identity') return super.undiciBody(response, binary);
      const body = await response.body.arrayBuffer();
      const decode = DECODERS.get(String(encoding));
      if (!decode) throw new BadResponse('the body has an unknown encoding');
      return (await decode(body, { maxOutputLength: MAX_BYTES })).toString('utf8');
    }

    override handleErrors(...answer: readonly unknown[]): unknown {
      const [code, reason, , , headers, body, parsed] = answer as [
        number,
        string,
        string,
        string,
        Headers,
        string,
        unknown,
      ];
      const retryAfterMs = retryAfterMsOf(headerOf(headers, 'retry-after'));
      const fault = checks.fault(body, parsed);
      try {
        if (!fault && !checks.isPartial(parsed)) super.handleErrors(...answer);
      } catch (error) {
        throw Object.assign(error as Error, { retryAfterMs });
      }
      if (code < 200 || code > 299) throw httpFailure(code, reason, body, retryAfterMs);
      if (fault) throw new BadResponse(fault);
      return undefined;
    }
  };

/** An exchange's public API through ccxt. */
export interface CcxtApi {
  /**
   * The exchange's answer, its shape checked. Rejects with ccxt's errors; `signal` ends the request
   * itself.
   */
  call(name: string, parameters: Parameters, signal: AbortSignal): Promise<unknown>;
  /** Cuts all connections. */
  close(): void;
}

/** How ccxt reaches an exchange. */
export interface CcxtApiOptions {
  readonly adapter: Pick<ExchangeAdapter, 'ccxt' | 'checks'>;
  /** The base URL; null is the exchange's own. */
  readonly url: string | null;
  readonly timeoutMs: DurationMs;
}

const loadCcxt = async (file: string) => {
  try {
    const sources = new URL('./src/', import.meta.resolve('ccxt')); // its package exports only the whole
    return (await Promise.all([
      import(new URL(`${file}.js`, sources).href),
      import(new URL('base/errors.js', sources).href),
    ])) as [{ default: CcxtClass }, Readonly<Record<'BadResponse', ErrorClass>>];
  } catch (error) {
    const found = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    throw new UserError([`The package ccxt could not be loaded: ${found}`, 'Run "npm ci" to install it again.'], 1);
  }
};

/**
 * Loads one ccxt class, and nothing else of ccxt: that takes 0.3 s and 70 MB instead of 1.5 s and
 * 130 MB. Throws a `UserError` if ccxt is not installed, or if the environment names a proxy whose
 * URL is invalid.
 */
export const openCcxtApi = async ({ adapter, url, timeoutMs }: CcxtApiOptions): Promise<CcxtApi> => {
  readProxies(environment()); // a mistake there is reported before the first request
  const [{ default: Base }, { BadResponse }] = await loadCcxt(adapter.ccxt.file);
  const Api = hardened(Base, BadResponse, adapter.checks, timeoutMs);
  const api = new Api({
    enableRateLimit: false, // our own scheduler keeps the budget, shared with the other process
    timeout: timeoutMs,
    quoteJsonNumbers: false, // one huge number in an answer would turn all of them into text
    userAgent: 'crypto-bot',
    headers: { 'Accept-Encoding': 'identity' },
  });
  if (url !== null) api.urls.api[adapter.ccxt.api] = url.replace(/\/+$/, '');
  const methods = api as unknown as Readonly<Record<string, (parameters: Parameters) => Promise<unknown>>>;
  return {
    call: (name, parameters, signal) => questions.run(signal, () => methods[name]!(parameters)),
    close: () => void api.fetchDispatcher?.destroy(),
  };
};
