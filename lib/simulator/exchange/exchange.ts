import type { EpochMs } from '../../units.js';
import { keepDaysOf } from '../market/candles.js';
import { ENDPOINTS, endpointAt, type Endpoint } from './endpoints.js';
import { activeFaults, type Faults, type Struck } from './faults/active.js';
import type { Result } from './faults/fault.js';
import { directoryOf, listingsOf, type Listing } from './listing.js';
import { oddListings } from './odd-listings.js';
import { rateLimits } from './rate-limits.js';
import { jsonReply, type Reply } from './reply.js';
import { requestLog, type RequestLog } from './request-log.js';
import { Refusal, type View } from './view.js';

/** What a simulated exchange is made from. */
export interface ExchangeOptions {
  readonly seed: number;
  /** `BASE/QUOTE` in usual codes. */
  readonly symbols: readonly string[];
  /** Market time. */
  readonly clock: () => EpochMs;
  /** Whether a minute without trades has a row of zeros (default) or none. */
  readonly quietRows?: View['quietRows'];
  /** Whether requests are limited as Kraken does; default true. */
  readonly isLimited?: boolean;
  /**
   * The number of listed pairs, those of `symbols` included; all others have almost no trades.
   * Default 40 more.
   */
  readonly pairs?: number;
}

/** A request as it arrives at the simulated exchange. */
export interface ExchangeRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  /** Whose limits the request counts against. */
  readonly client: string;
}

/** An exchange that answers as Kraken does, over the generated market. */
export interface SimulatedExchange {
  readonly seed: number;
  readonly symbols: readonly string[];
  now(): EpochMs;
  reply(request: ExchangeRequest): Reply;
  /** Computes what the first requests would have to wait for. */
  warmUp(): void;
  readonly faults: Faults;
  readonly requests: RequestLog;
}

const ODD_PAIRS = 40;

const refusalReply = (error: string, endpoint: Endpoint, result?: unknown): Reply =>
  endpoint === 'CoinMarkets'
    ? jsonReply({ error }, 422)
    : jsonReply(result === undefined ? { error: [error] } : { error: [error], result });

const limitReply = (error: string, endpoint: Endpoint): Reply =>
  endpoint === 'CoinMarkets'
    ? jsonReply({ status: { error_code: 429, error_message: error } }, 429)
    : refusalReply(error, endpoint);

/** Starts one. Throws `UserError` for symbols that are none. */
export const simulatedExchange = (options: ExchangeOptions): SimulatedExchange => {
  const { seed, symbols, clock, quietRows = 'zero', isLimited = true } = options;
  const generated = listingsOf(symbols);
  const { pairs: listedPairs = generated.length + ODD_PAIRS } = options;
  const directory = directoryOf([...generated, ...oddListings(generated, listedPairs)]);
  const faults = activeFaults(seed, directory);
  const limits = rateLimits();
  const requests = requestLog();
  keepDaysOf(symbols.length);

  const viewAt = (at: EpochMs): View => ({
    seed,
    at,
    skew: 0,
    systemStatus: 'online',
    upcomingMaintenance: [],
    emergencies: [],
    inclusiveSince: false,
    directory,
    quietRows,
  });

  const pairsOf = (names: string | null): readonly Listing[] | null =>
    names === null ? null : names.split(',').flatMap(name => directory.find(name) ?? []);

  /** Requests for candles and trades are limited for each pair, all others together. */
  const scopeOf = (endpoint: Endpoint, pairs: readonly Listing[] | null): string => {
    if (endpoint === 'OHLC' || endpoint === 'Trades') return `${endpoint} ${pairs?.[0]?.id ?? ''}`;
    return endpoint === 'CoinMarkets' ? endpoint : 'all';
  };

  const answer = (endpoint: Endpoint, query: URLSearchParams, at: EpochMs, struck: readonly Struck[]): Reply => {
    let view = viewAt(at);
    for (const strike of struck) if (strike.kind.level === 'view') view = strike.kind.spoil(view, strike);
    try {
      const result = ENDPOINTS[endpoint](view, query);
      for (const strike of struck)
        if (strike.kind.level === 'result')
          strike.kind.spoil(result as Result, pairsOf(strike.fault.pair ?? null) ?? directory.all, strike);
      return jsonReply(endpoint === 'CoinMarkets' ? result : { error: [], result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refusalReply(error.message, endpoint, error.result);
    }
  };

  const reply = ({ path, query, client }: ExchangeRequest): Reply => {
    const at = clock();
    const endpoint = endpointAt(path);
    const log = (sent: Reply, remarks: readonly string[]): Reply => {
      requests.add({ at, endpoint: endpoint ?? 'unknown', pair: query.get('pair'), status: sent.status, remarks });
      return sent;
    };
    if (!endpoint) return log(jsonReply({ error: ['EGeneral:Unknown method'] }, 404), ['EGeneral:Unknown method']);
    const pairs = pairsOf(query.get('pair'));
    const refused = isLimited ? limits.refusal(client, scopeOf(endpoint, pairs), at) : null;
    if (refused) return log(limitReply(refused, endpoint), [refused]);
    const struck = faults.strike({ endpoint, pairs, at });
    let sent = answer(endpoint, query, at, struck);
    for (const strike of struck) if (strike.kind.level === 'reply') sent = strike.kind.spoil(sent, strike);
    return log(
      sent,
      struck.map(({ fault }) => fault.kind),
    );
  };

  const warmUp = () => {
    ENDPOINTS.Ticker(viewAt(clock()), new URLSearchParams());
  };

  return { seed, symbols, now: clock, reply, warmUp, faults, requests };
};
