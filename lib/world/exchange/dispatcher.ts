import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { proxyFailure } from '../../exchange/failure.js';
import { readProxies } from '../../exchange/proxies.js';
import type { Bytes, DurationMs } from '../../units.js';
import { environment } from '../environment.js';

/** The limits of a request. */
export interface TransportLimits {
  readonly timeoutMs: DurationMs;
  readonly maxBytes: Bytes;
}

const optionsOf = ({ timeoutMs, maxBytes }: TransportLimits) => ({
  headersTimeout: timeoutMs,
  bodyTimeout: timeoutMs,
  maxResponseSize: maxBytes,
});

/**
 * The dispatcher of requests: uses the proxies of the environment (HTTPS_PROXY, HTTP_PROXY), except
 * for the hosts of NO_PROXY and this machine. `destroy` it at the end. Throws `UserError` if a
 * proxy's URL is invalid.
 */
const dispatcherOf = (
  { EnvHttpProxyAgent, Pool }: typeof Undici,
  options: Readonly<Record<string, unknown>>,
): Dispatcher => {
  const { http, https, direct } = readProxies(environment());
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: http,
    httpsProxy: https,
    noProxy: direct,
    proxyTunnel: false, // https is tunnelled anyway; many proxies refuse to tunnel anything else
    factory: (origin: string | URL, given: object) => new Pool(origin, { ...options, ...given }),
  });
};

/** undici's `fetch` and the dispatcher of its requests. */
export const openTransport = async (limits: TransportLimits) => {
  const undici = await import('undici');
  return { fetch: undici.fetch, dispatcher: dispatcherOf(undici, optionsOf(limits)) };
};

/** The part of a ccxt class that sends requests. */
export interface CcxtTransport {
  getDispatcherOptions(isPlainAgent?: boolean): Record<string, unknown>;
  setFetchProxyOptions(request: { dispatcher?: Dispatcher }, ...proxies: readonly unknown[]): void;
  undiciRequest(url: string, request: { signal: AbortSignal }): Promise<unknown>;
  readonly undiciModule: typeof Undici;
  fetchDispatcher?: Dispatcher;
}
type Class<T> = new (options: Readonly<Record<string, unknown>>) => T;

/** A ccxt class that sends its requests through our dispatcher, within limits. */
export const transported = <T extends CcxtTransport>(Base: Class<T>, limits: TransportLimits): Class<T> =>
  class extends (Base as unknown as Class<CcxtTransport>) {
    private ours: Dispatcher | null = null;

    override getDispatcherOptions(isPlainAgent?: boolean) {
      return { ...super.getDispatcherOptions(isPlainAgent), ...optionsOf(limits) };
    }

    override setFetchProxyOptions(request: { dispatcher?: Dispatcher }) {
      this.ours ??= dispatcherOf(this.undiciModule, this.getDispatcherOptions(true));
      this.fetchDispatcher = this.ours;
      request.dispatcher = this.ours;
    }

    override async undiciRequest(url: string, request: { signal: AbortSignal }): Promise<unknown> {
      try {
        return await super.undiciRequest(url, request);
      } catch (error) {
        throw (error instanceof Error && proxyFailure(error)) || error;
      }
    }
  } as unknown as Class<T>;
