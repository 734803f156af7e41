import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { PublicTrade, TradesAnswer } from '../../lib/exchange/ports.js';
import { TradePages } from '../../lib/exchange/trade-pages.js';
import type { TradeStretch } from '../../lib/position/missed-trades.js';
import { wholeMinute, type EpochMs } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { rest } from '../../lib/world/rest.js';
import type { RunWorld } from './world.js';

/** Where a page holds fewer trades than this, there are no more of them. */
const MOST_A_PAGE = 1_000;
const MOST_PAGES = 5;
const MOST_MISSES = 2;
const WITHIN_MS = 20_000;
/** How long a request is repeated, in the machine's time: the other markets are not watched meanwhile. */
const PATIENCE_MS = 30_000;
/** The same while the exchange pauses all requests: then no order book comes either. */
const PAUSE_MS = 300_000;
const MOST_WAIT_MS = 5_000;

/** A page of trades, requested until it comes; null if it does not come in time. */
const pageOf = async (
  { exchange, link, log }: Pick<RunWorld, 'exchange' | 'link' | 'log'>,
  symbol: string,
  cursor: string,
): Promise<TradesAnswer | null> => {
  for (const since = elapsed(); ;)
    try {
      return await exchange.trades(symbol, cursor, { rank: 'exits', withinMs: WITHIN_MS, signal: link.signal });
    } catch (reason) {
      if (!(reason instanceof ExchangeFailure) || reason.next === 'stop') throw reason;
      const patienceMs = reason.next === 'wait' ? PAUSE_MS : PATIENCE_MS;
      link.beat();
      if (reason.next === 'skip' || elapsed() - since > patienceMs) {
        log.warn(
          { market: symbol, repeatKey: `no missed trades ${symbol}` },
          `${symbol}: the trades of the missed time did not come (${reason.message}); its candles decide`,
        );
        return null;
      }
      await rest(Math.min(MOST_WAIT_MS, reason.retryAfterMs ?? MOST_WAIT_MS), link.signal);
    }
};

/**
 * All trades of a market after `from`: up to now where a page reaches so far, else up to a whole minute at or after `goal`. Less
 * where the exchange does not answer, or not with trades that follow each other; null where none are known.
 */
export const tradesAfter = async (
  world: Pick<RunWorld, 'exchange' | 'link' | 'log' | 'now'>,
  symbol: string,
  from: EpochMs,
  goal: EpochMs,
): Promise<TradeStretch | null> => {
  const pages = new TradePages(from);
  let trades: readonly PublicTrade[] = [];
  const upTo = (to: EpochMs): TradeStretch | null =>
    to > from ? { from, to, trades: trades.filter(({ at }) => at > from && at <= to) } : null;
  const whole = () => upTo(wholeMinute(trades.at(-1)?.at ?? from));
  for (let requests = 0; requests < MOST_PAGES;) {
    const requestedAt = world.now();
    const page = await pageOf(world, symbol, pages.cursor);
    if (!page) return whole();
    const news = pages.take(page);
    switch (news.kind) {
      case 'trades':
        trades = [...trades, ...news.trades];
        if (news.isWhole && page.trades.length < MOST_A_PAGE) return upTo(requestedAt);
        requests++;
        if (wholeMinute(trades.at(-1)!.at) >= goal) return whole();
        break;
      case 'silence':
        return upTo(requestedAt);
      case 'unconfirmed':
        break;
      case 'unusable':
        if (pages.misses > MOST_MISSES) return whole();
    }
  }
  return whole();
};
