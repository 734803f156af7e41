import { ExchangeFailure } from '../../exchange/failure.js';
import type { Exchange, PublicTrade, TradesAnswer } from '../../exchange/ports.js';
import { TradePages } from '../../exchange/trade-pages.js';
import type { TradeStretch } from '../../portfolio/missed-trades.js';
import { EXCHANGE_BACKOFF } from '../../retry.js';
import { wholeMinute, type EpochMs, type Ratio } from '../../units.js';
import { elapsed } from '../clock.js';
import { randomFraction } from '../random.js';
import { withRetry } from '../retry.js';

/** A page with fewer trades than this is the last one. */
const TRADES_A_PAGE = 1_000;
const MAX_PAGES = 5;
const MAX_MISSES = 2;
const WITHIN_MS = 20_000;
/**
 * How long a request is retried, in the machine's time: the other markets are not watched
 * meanwhile.
 */
const TIMEOUT_MS = 30_000;
/** The same while the exchange pauses all requests: no order book is available either. */
const PAUSE_MS = 300_000;
const MAX_WAIT_MS = 5_000;

/** How the trades of missed time are requested. */
export interface MissedTradesOptions {
  readonly exchange: Pick<Exchange, 'trades'>;
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  readonly signal: AbortSignal;
  /** Jitter of the waits between tries, from 0 up to 1; by default random. */
  readonly random?: () => Ratio;
  /** Reports a market whose trades could not be fetched. */
  readonly onFailure: (symbol: string, reason: string) => void;
}

/** A page of trades, requested until it arrives; null if it does not arrive in time. */
const pageOf = (
  { exchange, signal, onFailure, random = randomFraction }: Omit<MissedTradesOptions, 'now'>,
  symbol: string,
  cursor: string,
): Promise<TradesAnswer | null> => {
  const since = elapsed();
  const mayRepeat = (failure: unknown): boolean =>
    failure instanceof ExchangeFailure &&
    (failure.next === 'retry' || failure.next === 'wait') &&
    elapsed() - since <= (failure.next === 'wait' ? PAUSE_MS : TIMEOUT_MS);
  return withRetry(() => exchange.trades(symbol, cursor, { rank: 'exits', withinMs: WITHIN_MS, signal }), {
    backoff: EXCHANGE_BACKOFF,
    random,
    maxMs: MAX_WAIT_MS,
    signal,
    mayRepeat,
  }).catch((failure: unknown) => {
    if (!(failure instanceof ExchangeFailure) || failure.next === 'stop') throw failure;
    onFailure(symbol, failure.message);
    return null;
  });
};

/**
 * All trades of a market after `from`: up to now if a page reaches that far, else up to a whole
 * minute at or after `goal`. Fewer if the exchange does not answer, or not with consecutive trades;
 * null if none are known.
 */
export const tradesAfter = async (
  options: MissedTradesOptions,
  symbol: string,
  from: EpochMs,
  goal: EpochMs,
): Promise<TradeStretch | null> => {
  const pages = new TradePages(from);
  let trades: readonly PublicTrade[] = [];
  const upTo = (to: EpochMs): TradeStretch | null =>
    to > from ? { from, to, trades: trades.filter(({ at }) => at > from && at <= to) } : null;
  const whole = () => upTo(wholeMinute(trades.at(-1)?.at ?? from));
  for (let requests = 0; requests < MAX_PAGES;) {
    const requestedAt = options.now();
    const page = await pageOf(options, symbol, pages.cursor);
    if (!page) return whole();
    const news = pages.take(page);
    switch (news.kind) {
      case 'trades':
        trades = [...trades, ...news.trades];
        if (news.isWhole && page.trades.length < TRADES_A_PAGE) return upTo(requestedAt);
        requests++;
        if (wholeMinute(trades.at(-1)!.at) >= goal) return whole();
        break;
      case 'silence':
        return upTo(requestedAt);
      case 'unconfirmed':
        break;
      case 'unusable':
        if (pages.misses > MAX_MISSES) return whole();
    }
  }
  return whole();
};
