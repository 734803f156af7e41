import type { EpochMs, Price } from '../units.js';
import type { PositionEvent, Trade } from './events.js';
import { deadlineOf, raisedStopOf, TARGET_REASON, targetOf, type RuleReason } from './exit-catalogue.js';
import { roundDownToStep } from './fills.js';
import type { Observation, Portfolio } from './portfolio.js';
import { atAnyBid, execute, type ExitTerms } from './sell.js';

/** Whether a price is above the next target. */
export const isOverTarget = (trade: Trade, price: Price): boolean => price > (targetOf(trade)?.price ?? Infinity);

/** The rule whose deadline a moment has reached; null where there is none. */
export const overdueRule = (trade: Trade, at: EpochMs): RuleReason | null => {
  const deadline = deadlineOf(trade);
  return deadline && at >= deadline.at ? deadline.reason : null;
};

/**
 * Takes the targets below `high`, the lowest first, each at the higher of `open` and the target.
 * Appends to `events`. None is taken while a sale is unfinished, or while the trade may have been
 * stopped out in missed time.
 */
export const takeTargets = (
  portfolio: Portfolio,
  trade: Trade,
  { at, open, high }: Pick<Observation, 'at' | 'open' | 'high'>,
  terms: ExitTerms,
  events: PositionEvent[],
): void => {
  if (TARGET_REASON === null) return;
  while (trade.remaining > 0 && !trade.unfinished && !trade.unseen) {
    const target = targetOf(trade);
    if (!target || !(high > target.price)) return;
    const { price: over, part } = target;
    const level = trade.nextLevel++;
    const size =
      part === 'rest'
        ? trade.remaining
        : Math.min(roundDownToStep(trade.size * part, portfolio.markets[trade.market]!), trade.remaining);
    const price = Math.max(open, over);
    const sale = { at, price, size, reason: TARGET_REASON, level, calls: (bid: Price) => bid > over };
    if (size > 0) events.push(...execute(portfolio, trade, sale, terms));
  }
};

/**
 * Raises the highest price of a trade, and with it the stop, which never falls. Appends to
 * `events`.
 */
export const raiseStop = (trade: Trade, high: Price, at: EpochMs, events: PositionEvent[]): void => {
  trade.highest = Math.max(trade.highest, high);
  const raised = raisedStopOf(trade, trade.highest);
  if (!raised || !(raised.stop > trade.stop)) return;
  const { stop, reason } = raised;
  events.push({ kind: 'stop_raised', trade, at, stop, reason, activated: trade.stopReason !== reason });
  trade.stop = stop;
  trade.stopReason = reason;
  trade.trailingActive ||= reason === 'trailing_stop';
};

/**
 * Keeps the lowest price since each unseen stretch: the candle of that stretch may still raise the
 * stop above it.
 */
export const noteLow = (trade: Trade, at: EpochMs, price: Price): void => {
  if (!trade.unseen) return;
  trade.unseen = trade.unseen.map(stretch =>
    at < stretch.to || (stretch.low && stretch.low.price <= price) ? stretch : { ...stretch, low: { at, price } },
  );
};

/**
 * Applies the exits to an open trade at one observation (semantics §5), in this order: the rest of
 * an unfinished sale of everything, a deadline, the stop, the rest of an unfinished target, the
 * targets, and the raising of the stop, which is in force from the next observation.
 *
 *     opens at ≥ deadline   sells all at the open; nothing else happens
 *     low ≤ stop            sells all at min(open, stop); nothing else happens
 *     high > target         sells the target's part of the original size at max(open, target)
 *     highest ≥ from        raises the stop, never lowers it
 */
export const applyExits = (
  portfolio: Portfolio,
  trade: Trade,
  seen: Observation,
  terms: ExitTerms,
): readonly PositionEvent[] => {
  const { unfinished, remaining } = trade;
  const { at, opensAt, open, high, low } = seen;
  const common = { at, calls: atAnyBid };

  noteLow(trade, at, low);
  if (unfinished?.level === null) {
    const { reason, level } = unfinished;
    return execute(portfolio, trade, { ...common, price: open, size: remaining, reason, level }, terms);
  }
  const overdue = overdueRule(trade, opensAt);
  if (overdue)
    return execute(portfolio, trade, { ...common, price: open, size: remaining, reason: overdue, level: null }, terms);
  const { stop, stopReason: reason } = trade;
  if (low <= stop) {
    // The prices of a quote are all the same: none came first.
    trade.ambiguous ||= low < high && isOverTarget(trade, high);
    const price = Math.min(open, stop);
    return execute(
      portfolio,
      trade,
      { at, price, size: remaining, reason, level: null, calls: bid => bid <= stop },
      terms,
    );
  }

  const events: PositionEvent[] = [];
  if (unfinished) {
    const sale = { ...common, price: open, ...unfinished, size: Math.min(unfinished.size, remaining) };
    events.push(...execute(portfolio, trade, sale, terms));
  }
  takeTargets(portfolio, trade, seen, terms, events);
  if (trade.remaining > 0) raiseStop(trade, high, at, events);
  return events;
};
