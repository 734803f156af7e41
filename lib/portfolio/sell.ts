import type { EpochMs, Price, SizeBase } from '../units.js';
import type { Exit, PositionEvent, Trade } from './events.js';
import { COOLDOWN_REASONS, STOP_REASONS, type ExitReason } from './exit-catalogue.js';
import type { FillSell } from './fills.js';
import type { Portfolio } from './portfolio.js';
import type { ClosedTrade } from './protection.js';

/** How sales are filled. */
export interface ExitTerms {
  readonly sell: FillSell;
  /** Portfolio currency per quote currency of the market. */
  readonly rate: number;
}

/** A sale to fill. */
export interface Sale {
  readonly at: EpochMs;
  /** The price that triggered it, before costs. */
  readonly price: Price;
  readonly size: SizeBase;
  readonly reason: ExitReason;
  /** Index of the target; null for a sale of all that remains. */
  readonly level: number | null;
  /** Whether a bid would have triggered it too. */
  readonly calls: (bid: Price) => boolean;
}

/** For sales at any price. */
export const atAnyBid: Sale['calls'] = () => true;

/** A trade as protections remember it, after the exit that has closed it. */
const closedTrade = ({ markets }: Portfolio, trade: Trade, { at, reason }: Exit): ClosedTrade => {
  let [profitLoss, lastSale] = [0, 0];
  for (const exit of trade.exits) {
    profitLoss += exit.profitLoss;
    if (exit.reason === reason) lastSale += exit.profitLoss;
  }
  return {
    symbol: markets[trade.market]!.symbol,
    at,
    isStopped: STOP_REASONS.includes(reason),
    lastSale,
    profitLoss,
    stake: trade.size * trade.entryPrice * trade.entryQuoteRate,
  };
};

/**
 * Fills a sale as far as there are buyers, books the fill, and keeps what is unsold with the trade.
 */
export const execute = (
  portfolio: Portfolio,
  trade: Trade,
  sale: Sale,
  { sell, rate }: ExitTerms,
): readonly PositionEvent[] => {
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
    if (portfolio.open.at(-1) === trade) portfolio.open.pop();
    else portfolio.open.splice(portfolio.open.indexOf(trade), 1);
    if (COOLDOWN_REASONS.includes(reason)) portfolio.stoppedAt[trade.market] = at;
    portfolio.history.closes.push(closedTrade(portfolio, trade, exit));
  }
  return [{ kind: 'exited', trade, at, exit, closed }];
};

/**
 * Sells all that remains at a price, whatever the bids: at the end of the data, or of a market that
 * is delisted.
 */
export const closeOut = (
  portfolio: Portfolio,
  trade: Trade,
  at: EpochMs,
  price: Price,
  reason: ExitReason,
  terms: ExitTerms,
): readonly PositionEvent[] => {
  const sale = { at, price, size: trade.remaining, reason, level: null, calls: atAnyBid };
  return execute(portfolio, trade, sale, terms);
};
