import { simulatedExchange, type ExchangeOptions } from '../../lib/simulator/exchange/exchange.js';
import type { DepthRow } from '../../lib/simulator/exchange/depth.js';
import type { Fault } from '../../lib/simulator/exchange/faults/fault.js';
import type { OhlcRow } from '../../lib/simulator/exchange/ohlc.js';
import type { TickerEntry } from '../../lib/simulator/exchange/ticker.js';
import type { TradeRow } from '../../lib/simulator/exchange/trades.js';
import type { EpochMs } from '../../lib/units.js';

/** 12:00:30 of a Sunday. */
export const NOON = Date.UTC(2026, 3, 12, 12, 0, 30);
export const SYMBOLS = ['BTC/USD', 'ETH/USD', 'DOGE/USD', 'MINA/USD', 'SOL/USD', 'USDT/USD', 'ETH/BTC', 'EUR/USD'];

interface Envelope {
  readonly error: readonly string[];
  readonly result: Record<string, unknown>;
}

/** What the result holds of one pair. */
interface Parts {
  readonly OHLC: OhlcRow[];
  readonly Trades: TradeRow[];
  readonly Depth: { asks: DepthRow[]; bids: DepthRow[] };
  readonly Ticker: TickerEntry;
}

/** An exchange whose clock stands until it is set. */
export const openExchange = (options: Partial<ExchangeOptions> = {}) => {
  let at: EpochMs = NOON;
  const exchange = simulatedExchange({ seed: 1, symbols: SYMBOLS, clock: () => at, isLimited: false, ...options });
  const raw = (path: string, query: Record<string, string | number> = {}, client = 'tester') =>
    exchange.reply({
      path,
      query: new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])),
      client,
    });
  const ask = (endpoint: string, query: Record<string, string | number> = {}) =>
    JSON.parse(raw(`/0/public/${endpoint}`, query).body) as Envelope;
  return {
    exchange,
    raw,
    ask,
    /** The part of the result under a key. */
    get: <E extends keyof Parts>(endpoint: E, query: Record<string, string | number>, key: string) =>
      ask(endpoint, query).result[key] as Parts[E],
    spoil: (fault: Fault) => exchange.faults.add(fault, at),
    now: () => at,
    set: (time: EpochMs) => (at = time),
    wait: (milliseconds: number) => (at += milliseconds),
  };
};
