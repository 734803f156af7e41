import type { EpochMs, Price, SizeBase } from '../units.js';
import type { Exit, ExitReason, PositionEvent, Trade } from './events.js';
import { roundDownToStep, type Sell } from './fills.js';
import type { Moment } from './missed-trades.js';
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

/** Takes the targets under `high`, from below, each for the larger of `open` and the target itself. Adds to `events`. */
const takeTargets = (
  portfolio: Portfolio,
  trade: Trade,
  { at, open, high }: Omit<Observation, 'low'>,
  terms: ExitTerms,
  events: PositionEvent[],
): void => {
  const { entryPrice } = trade;
  const ladder = trade.risk.takeProfitLevels;
  const target = (level: number): Price => entryPrice * (1 + ladder[level]!.gain);
  while (
    trade.remaining > 0 &&
    !trade.unfinished &&
    !trade.unseen && // it may have been stopped out by then
    trade.nextLevel < ladder.length &&
    high > target(trade.nextLevel)
  ) {
    const level = trade.nextLevel++;
    const { position, sellsRest } = ladder[level]!;
    const part = roundDownToStep(trade.size * position, portfolio.markets[trade.market]!);
    const size = sellsRest ? trade.remaining : Math.min(part, trade.remaining);
    const over = target(level);
    const sale = { at, price: Math.max(open, over), size, reason: 'take_profit' as const, level };
    if (size > 0) events.push(...carryOut(portfolio, trade, { ...sale, calls: bid => bid > over }, terms));
  }
};

/** The stop that trailing makes of a new highest price, whatever it is now; -Infinity while trailing is not active by it. */
const trailed = ({ entryPrice, risk }: Trade, highest: Price): Price => {
  const { activation, offset } = risk.trailingStop;
  return highest >= entryPrice * (1 + activation) ? highest * (1 - offset) : -Infinity;
};

/** Raises the highest price of a trade, and with it the stop, which never falls. Adds to `events`. */
const raise = (trade: Trade, high: Price, at: EpochMs, events: PositionEvent[]): void => {
  trade.highest = Math.max(trade.highest, high);
  const stop = trailed(trade, trade.highest);
  if (!(stop > trade.stop)) return;
  events.push({ kind: 'stop_raised', trade, at, stop, activated: !trade.trailingActive });
  trade.stop = stop;
  trade.trailingActive = true;
};

const stopReason = ({ trailingActive }: Trade): ExitReason => (trailingActive ? 'trailing_stop' : 'stop_loss');

/** Keeps the lowest price since each stretch of unseen time: its candle may raise the stop over that price. */
const noteLow = (trade: Trade, at: EpochMs, price: Price): void => {
  if (!trade.unseen) return;
  trade.unseen = trade.unseen.map(stretch =>
    at < stretch.to || (stretch.low && stretch.low.price <= price) ? stretch : { ...stretch, low: { at, price } },
  );
};

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
  const { at, open, high, low } = seen;
  const sell = (price: Price, size: SizeBase, reason: ExitReason, level: number | null, calls = always) =>
    carryOut(portfolio, trade, { at, price, size, reason, level, calls }, terms);

  noteLow(trade, at, low);
  if (unfinished?.level === null) return sell(open, trade.remaining, unfinished.reason, null);
  if (low <= trade.stop) {
    const next = risk.takeProfitLevels[trade.nextLevel];
    // Of a quote, whose prices are all the same, nothing came first.
    trade.ambiguous ||= low < high && next !== undefined && high > entryPrice * (1 + next.gain);
    return sell(Math.min(open, trade.stop), trade.remaining, stopReason(trade), null, bid => bid <= trade.stop);
  }

  const events: PositionEvent[] = [];
  if (unfinished)
    events.push(...sell(open, Math.min(unfinished.size, trade.remaining), unfinished.reason, unfinished.level));
  takeTargets(portfolio, trade, seen, terms, events);
  if (trade.remaining > 0) raise(trade, high, at, events);
  return events;
};

/** Sells all that remains at `low`, since the stop may have been hit in missed time. */
const sellAtLow = (portfolio: Portfolio, trade: Trade, at: EpochMs, low: Price, terms: ExitTerms): PositionEvent[] => {
  const reason = trade.unfinished?.level === null ? trade.unfinished.reason : stopReason(trade);
  trade.ambiguous = true;
  return closeOut(portfolio, trade, at, low, reason, terms);
};

/**
 * Holds an open trade against a moment of missed time (semantics §5): a check does what it would have done; the lowest price
 * between two checks sells all that remains if it is at or under the stop, but where the next check sells by itself.
 */
export const observeMoment = (
  portfolio: Portfolio,
  trade: Trade,
  moment: Moment,
  terms: ExitTerms,
): PositionEvent[] => {
  const { kind, at, price } = moment;
  if (kind === 'check') return observe(portfolio, trade, { at, open: price, high: price, low: price }, terms);
  noteLow(trade, at, price);
  if (trade.unfinished?.level === null || price > trade.stop) return [];
  if (moment.next !== null && moment.next <= trade.stop) return [];
  return sellAtLow(portfolio, trade, at, price, terms);
};

/** What is known of a candle of missed time besides its prices. */
export interface MissedCandle {
  /** Close time. */
  readonly at: EpochMs;
  readonly high: Price;
  readonly low: Price;
  /** Whether a check that did not take place would have seen the price within it, and all of it was missed. */
  readonly hasCheck: boolean;
  /** What was in force when the minute began. */
  readonly stop: Price;
}

/**
 * Holds an open trade against a candle of missed time (semantics §5): in which order its prices came is not known, so each came
 * when it does most harm.
 *
 *     low ≤ the stop, or what high makes of it   sells all that remains at the low
 *     low > entry·(1+gain), and a check in it    sells the level's part of the original size at the level
 *     high > a target that is left               may have taken it: the trade is ambiguous
 *     highest ≥ activation                       raises the stop, as ever
 */
export const observeMissed = (
  portfolio: Portfolio,
  trade: Trade,
  { at, high, low, hasCheck, stop }: MissedCandle,
  terms: ExitTerms,
): PositionEvent[] => {
  noteLow(trade, at, low);
  if (trade.unfinished?.level === null) return sellAtLow(portfolio, trade, at, low, terms);
  if (low <= stop) return sellAtLow(portfolio, trade, at, low, terms);
  const events: PositionEvent[] = [];
  if (low <= trailed(trade, high)) {
    raise(trade, high, at, events);
    events.push(...sellAtLow(portfolio, trade, at, low, terms));
    return events;
  }
  if (hasCheck && trade.unfinished) {
    const { size, reason, level } = trade.unfinished;
    const sale = { at, price: low, size: Math.min(size, trade.remaining), reason, level, calls: always };
    events.push(...carryOut(portfolio, trade, sale, terms));
  }
  if (hasCheck) takeTargets(portfolio, trade, { at, open: 0, high: low }, terms, events);
  const missed = trade.risk.takeProfitLevels[trade.nextLevel];
  if (missed && high > trade.entryPrice * (1 + missed.gain)) trade.ambiguous = true;
  if (trade.remaining > 0) raise(trade, high, at, events);
  return events;
};

/**
 * Sells all that remains at the lowest price that was seen since a stretch of unseen time, if that is at or under the stop that
 * its candle has raised: at that price it would have been sold.
 */
export const observeLowSince = (
  portfolio: Portfolio,
  trade: Trade,
  low: { readonly at: EpochMs; readonly price: Price } | undefined,
  terms: ExitTerms,
): PositionEvent[] => {
  if (!low || trade.remaining === 0 || trade.unfinished?.level === null || low.price > trade.stop) return [];
  return sellAtLow(portfolio, trade, Math.max(low.at, trade.exits.at(-1)?.at ?? low.at), low.price, terms);
};
