import type { CostSettings } from '../settings/settings.js';
import type { EpochMs, Price, SizeBase } from '../units.js';
import type { Exit, ExitReason, PositionEvent, Trade } from './events.js';
import { costsOf, roundDownToStep, sellPrice } from './fills.js';
import type { Observation, Portfolio } from './portfolio.js';

/** What a sale is reckoned with. */
export interface ExitTerms {
  readonly costs: CostSettings;
  /** Portfolio currency per quote currency of the market. */
  readonly rate: number;
}

interface Sale {
  readonly at: EpochMs;
  /** Before costs. */
  readonly price: Price;
  readonly size: SizeBase;
  readonly reason: ExitReason;
  readonly level: number | null;
}

/** Sells a part of a trade, or all that remains, and books it. */
const sell = (portfolio: Portfolio, trade: Trade, sale: Sale, { costs, rate }: ExitTerms): PositionEvent => {
  const { at, size, reason, level } = sale;
  const closed = size === trade.remaining;
  const price = sellPrice(sale.price, costs);
  const exitCosts = costsOf(sale.price, price, size, rate, costs);
  const gain = size * (price * rate - trade.entryPrice * trade.entryQuoteRate);
  const sold = trade.exits.reduce((sum, exit) => sum + exit.percentage, 0);
  const exit: Exit = {
    at,
    price,
    size,
    percentage: closed ? 100 - sold : (100 * size) / trade.size,
    reason,
    level,
    profitLoss: gain - exitCosts.fee - trade.entryCosts.fee * (size / trade.size),
    costs: exitCosts,
    quoteRate: rate,
    trailingActive: trade.trailingActive,
  };
  trade.exits.push(exit);
  trade.remaining = closed ? 0 : trade.remaining - size;
  portfolio.cash += size * price * rate - exitCosts.fee;
  if (closed) {
    portfolio.open.splice(portfolio.open.indexOf(trade), 1);
    if (reason === 'stop_loss' || reason === 'trailing_stop') portfolio.stoppedAt[trade.market] = at;
  }
  return { kind: 'exited', trade, at, exit, closed };
};

/** Sells all that remains at a price, less costs: at the end of the data, or when a market goes. */
export const closeOut = (
  portfolio: Portfolio,
  trade: Trade,
  at: EpochMs,
  price: Price,
  reason: ExitReason,
  terms: ExitTerms,
): PositionEvent => sell(portfolio, trade, { at, price, size: trade.remaining, reason, level: null }, terms);

/**
 * Holds an open trade against one observation (semantics §5), in this order: the stop, the take-profit ladder from
 * below, the trailing stop, whose new stop is in force from the next observation.
 *
 *     low ≤ stop            sells all at min(open, stop); nothing else happens
 *     high > entry·(1+gain) sells the level's part of the original size at max(open, level)
 *     highest ≥ activation  raises the stop to highest·(1−offset), never lowers it
 */
export const observe = (portfolio: Portfolio, trade: Trade, seen: Observation, terms: ExitTerms): PositionEvent[] => {
  const { risk, entryPrice } = trade;
  const ladder = risk.takeProfitLevels;
  const { at, open, high, low } = seen;
  const target = (level: number): Price => entryPrice * (1 + ladder[level]!.gain);

  if (low <= trade.stop) {
    trade.ambiguous = trade.nextLevel < ladder.length && high > target(trade.nextLevel);
    const reason = trade.trailingActive ? 'trailing_stop' : 'stop_loss';
    const price = Math.min(open, trade.stop);
    return [sell(portfolio, trade, { at, price, size: trade.remaining, reason, level: null }, terms)];
  }

  const events: PositionEvent[] = [];
  while (trade.remaining > 0 && trade.nextLevel < ladder.length && high > target(trade.nextLevel)) {
    const level = trade.nextLevel++;
    const { position, sellsRest } = ladder[level]!;
    const part = roundDownToStep(trade.size * position, portfolio.markets[trade.market]!);
    const size = sellsRest ? trade.remaining : Math.min(part, trade.remaining);
    if (size > 0)
      events.push(
        sell(portfolio, trade, { at, price: Math.max(open, target(level)), size, reason: 'take_profit', level }, terms),
      );
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
