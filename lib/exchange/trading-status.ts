import { MINUTE_MS, type DurationMs, type EpochMs, type Ratio } from '../units.js';
import type { ExchangeMarket, MarketStatus } from './ports.js';

/** How often the list of markets is requested, and how often while a market is in doubt. */
const EVERY_MS: DurationMs = 15 * MINUTE_MS;
const IN_DOUBT_EVERY_MS: DurationMs = 3 * MINUTE_MS;
/**
 * If more markets than this are not online, the exchange as a whole is paused, and no market is
 * gone.
 */
const MAX_PAUSED: Ratio = 0.5;

const SELLABLE: ReadonlySet<MarketStatus> = new Set(['online', 'limit_only', 'reduce_only']);

/** Which markets can be traded, by the exchange's latest list; all before the first list. */
export class TradingStatus {
  private statuses: ReadonlyMap<string, MarketStatus> | null = null;
  private paused = false;
  private askedAt: EpochMs = -Infinity;

  /** Whether the list has to be requested. */
  isDue(now: EpochMs, inDoubt: boolean): boolean {
    return now - this.askedAt >= (inDoubt ? IN_DOUBT_EVERY_MS : EVERY_MS);
  }

  /** Records a request for the list, whatever its outcome. */
  asked(now: EpochMs): void {
    this.askedAt = now;
  }

  /** Replaces the list. */
  take(markets: readonly ExchangeMarket[]): void {
    this.statuses = new Map(markets.map(({ symbol, status }) => [symbol, status]));
    const listed = markets.filter(({ status }) => status !== 'delisted');
    this.paused = listed.filter(({ status }) => status !== 'online').length > MAX_PAUSED * listed.length;
  }

  /** Whether the exchange lists a market. */
  isListed(symbol: string): boolean {
    return this.statuses === null || (this.statuses.get(symbol) ?? 'delisted') !== 'delisted';
  }

  /** Whether a market takes orders that buy. */
  canBuy(symbol: string): boolean {
    return this.statuses === null || this.statuses.get(symbol) === 'online';
  }

  /** Whether a market takes orders that sell. */
  canSell(symbol: string): boolean {
    return this.statuses === null || SELLABLE.has(this.statuses.get(symbol) ?? 'delisted');
  }

  /** Whether this market alone, not the whole exchange, takes no orders that sell. */
  isClosed(symbol: string): boolean {
    return !this.canSell(symbol) && !this.paused;
  }
}
