import { assetPairs, assets } from './assets.js';
import { coinMarkets } from './coin-markets.js';
import { depth } from './depth.js';
import { ohlc } from './ohlc.js';
import { ticker } from './ticker.js';
import { trades } from './trades.js';
import type { View } from './view.js';

const time = ({ at, skew }: View) => {
  const now = new Date(at + skew);
  const rfc1123 = now
    .toUTCString()
    .replace(/ \d\d(\d\d) /, ' $1 ')
    .replace(/, 0/, ',  ')
    .replace('GMT', '+0000');
  return { unixtime: Math.floor(now.getTime() / 1000), rfc1123 };
};

const systemStatus = ({ at, skew, systemStatus, upcomingMaintenance, emergencies }: View) => ({
  status: systemStatus,
  timestamp: new Date(at + skew).toISOString().replace(/\.\d+Z/, 'Z'),
  upcoming_maintenance: upcomingMaintenance,
  emergency: emergencies,
});

/** The endpoints. `CoinMarkets` is CoinGecko's, all others are Kraken's. */
export const ENDPOINTS = {
  Time: time,
  SystemStatus: systemStatus,
  Assets: assets,
  AssetPairs: assetPairs,
  Ticker: ticker,
  OHLC: ohlc,
  Depth: depth,
  Trades: trades,
  CoinMarkets: coinMarkets,
} satisfies Record<string, (view: View, query: URLSearchParams) => unknown>;

/** Name of a public endpoint of Kraken. */
export type Endpoint = keyof typeof ENDPOINTS;

const isEndpoint = (name: string): name is Endpoint => Object.hasOwn(ENDPOINTS, name);

/** Every simulated endpoint. */
export const ENDPOINT_NAMES: readonly Endpoint[] = Object.keys(ENDPOINTS).filter(isEndpoint);

/** The endpoint at a path; null if there is none. */
export const endpointAt = (path: string): Endpoint | null => {
  if (path === '/api/v3/coins/markets') return 'CoinMarkets';
  const name = /^\/0\/public\/(\w+)$/.exec(path)?.[1] ?? '';
  return isEndpoint(name) && name !== 'CoinMarkets' ? name : null;
};
