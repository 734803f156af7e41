import { MINUTE_MS, type DurationMs, type EpochMs, type Ratio } from '../units.js';
import type { ExchangeMarket, MarketStatus } from './ports.js';

/** The list of markets is asked for so often, and so often while a market is in doubt. */
const EVERY_MS: DurationMs = 15 * MINUTE_MS;
const IN_DOUBT_EVERY_MS: DurationMs = 3 * MINUTE_MS;
/** Where more markets than this are not online, it is the exchange that pauses, and no market has gone. */
const MOST_PAUSED: Ratio = 0.5;

const SELLABLE: ReadonlySet<MarketStatus> = new Set(['online', 'limit_only', 'reduce_only']);

/** Which markets can be traded, by the exchange's last list; before the first, all. */
export class Standing {
  private statuses: ReadonlyMap<string, MarketStatus> | null = null;
  private paused = false;
  private askedAt: EpochMs = -Infinity;

  /** Whether the list is to be asked for. */
  isDue(now: EpochMs, inDoubt: boolean): boolean {
    return now - this.askedAt >= (inDoubt ? IN_DOUBT_EVERY_MS : EVERY_MS);
  }

  /** The list was asked for, whatever came of it. */
  asked(now: EpochMs): void {
    this.askedAt = now;
  }

  /** Takes a new list. */
  take(markets: readonly ExchangeMarket[]): void {
    this.statuses = new Map(markets.map(({ symbol, status }) => [symbol, status]));
    const listed = markets.filter(({ status }) => status !== 'delisted');
    this.paused = listed.filter(({ status }) => status !== 'online').length > MOST_PAUSED * listed.length;
  }

  /** Whether the exchange lists a market at all. */
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

  /** Whether the list says of this market alone that nothing can be sold on it: not of the whole exchange. */
  isClosed(symbol: string): boolean {
    return !this.canSell(symbol) && !this.paused;
  }
}
