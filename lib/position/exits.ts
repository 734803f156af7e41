import type { EpochMs, Price, SizeBase } from '../units.js';
import type { Exit, ExitReason, PositionEvent, Trade } from './events.js';
import { roundDownToStep, type Sell } from './fills.js';
import type { Observation, Portfolio } from './portfolio.js';

/** How sales are carried out. */
export interface ExitTerms {
  readonly sell: Sell;
  /** Portfolio currency per quote currency of the market. */
  readonly rate: number;
}

interface Sale {
  readonly at: EpochMs;
  /** What called for it, before costs. */
  readonly price: Price;
  readonly size: SizeBase;
  readonly reason: ExitReason;
  readonly level: number | null;
  /** Whether a bid would have called for it too. */
  readonly calls: (bid: Price) => boolean;
}

/** What is sold whatever the price. */
const always: Sale['calls'] = () => true;

/** Books what a sale came to, if anything, and keeps what is left of it. */
const carryOut = (portfolio: Portfolio, trade: Trade, sale: Sale, { sell, rate }: ExitTerms): PositionEvent[] => {
  const { at, reason, level } = sale;
  const fill = sell(sale.price, sale.size, sale.calls);
  const unsold = sale.size - (fill?.size ?? 0);
  if (unsold > 0) trade.unfinished = { reason, level, size: unsold };
  else if (trade.unfinished) delete trade.unfinished;
  if (!fill) return [];

  const { price, size, costs } = fill;
  const closed = size === trade.remaining;
  const gain = size * (price * rate - trade.entryPrice * trade.entryQuoteRate);
  const sold = trade.exits.reduce((sum, exit) => sum + exit.percentage, 0);
  const exit: Exit = {
    at,
    price,
    size,
    percentage: closed ? 100 - sold : (100 * size) / trade.size,
    reason,
    level,
    profitLoss: gain - costs.fee - trade.entryCosts.fee * (size / trade.size),
    costs,
    quoteRate: rate,
    trailingActive: trade.trailingActive,
  };
  trade.exits.push(exit);
  trade.remaining = closed ? 0 : trade.remaining - size;
  portfolio.cash += size * price * rate - costs.fee;
  if (closed) {
    portfolio.open.splice(portfolio.open.indexOf(trade), 1);
    if (reason === 'stop_loss' || reason === 'trailing_stop') portfolio.stoppedAt[trade.market] = at;
  }
  return [{ kind: 'exited', trade, at, exit, closed }];
};

/** Sells all that remains: at the end of the data, or when a market goes. */
export const closeOut = (
  portfolio: Portfolio,
  trade: Trade,
  at: EpochMs,
  price: Price,
  reason: ExitReason,
  terms: ExitTerms,
): PositionEvent[] =>
  carryOut(portfolio, trade, { at, price, size: trade.remaining, reason, level: null, calls: always }, terms);

/**
 * Holds an open trade against one observation (semantics §5), in this order: the stop, what an earlier observation left
 * unsold, the take-profit ladder from below, the trailing stop, whose new stop is in force from the next observation.
 *
 *     low ≤ stop            sells all at min(open, stop); nothing else happens
 *     high > entry·(1+gain) sells the level's part of the original size at max(open, level)
 *     highest ≥ activation  raises the stop to highest·(1−offset), never lowers it
 *
 * What is left of a stop, or of a target's part, is sold at the open.
 */
export const observe = (portfolio: Portfolio, trade: Trade, seen: Observation, terms: ExitTerms): PositionEvent[] => {
  const { risk, entryPrice, unfinished } = trade;
  const ladder = risk.takeProfitLevels;
  const { at, open, high, low } = seen;
  const target = (level: number): Price => entryPrice * (1 + ladder[level]!.gain);
  const sell = (price: Price, size: SizeBase, reason: ExitReason, level: number | null, calls = always) =>
    carryOut(portfolio, trade, { at, price, size, reason, level, calls }, terms);

  if (unfinished?.level === null) return sell(open, trade.remaining, unfinished.reason, null);
  if (low <= trade.stop) {
    // Of a quote, whose prices are all the same, nothing came first.
    trade.ambiguous = low < high && trade.nextLevel < ladder.length && high > target(trade.nextLevel);
    const reason = trade.trailingActive ? 'trailing_stop' : 'stop_loss';
    return sell(Math.min(open, trade.stop), trade.remaining, reason, null, bid => bid <= trade.stop);
  }

  const events: PositionEvent[] = [];
  if (unfinished)
    events.push(...sell(open, Math.min(unfinished.size, trade.remaining), unfinished.reason, unfinished.level));
  while (
    trade.remaining > 0 &&
    !trade.unfinished &&
    trade.nextLevel < ladder.length &&
    high > target(trade.nextLevel)
  ) {
    const level = trade.nextLevel++;
    const { position, sellsRest } = ladder[level]!;
    const part = roundDownToStep(trade.size * position, portfolio.markets[trade.market]!);
    const size = sellsRest ? trade.remaining : Math.min(part, trade.remaining);
    const over = target(level);
    if (size > 0) events.push(...sell(Math.max(open, over), size, 'take_profit', level, bid => bid > over));
  }
  if (trade.remaining === 0) return events;

  trade.highest = Math.max(trade.highest, high);
  const { activation, offset } = risk.trailingStop;
  const raised = trade.highest * (1 - offset);
  if (trade.highest >= entryPrice * (1 + activation) && raised > trade.stop) {
    events.push({ kind: 'stop_raised', trade, at, stop: raised, activated: !trade.trailingActive });
    trade.stop = raised;
    trade.trailingActive = true;
  }
  return events;
};
