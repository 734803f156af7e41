import type { EpochMs, Price } from '../units.js';
import type { PositionEvent, Trade } from './events.js';
import { raisedStopOf } from './exit-catalogue.js';
import type { Moment } from './missed-trades.js';
import { isOverTarget, noteLow, applyExits, overdueRule, raiseStop, takeTargets } from './observe.js';
import type { Portfolio } from './portfolio.js';
import { atAnyBid, closeOut, execute, type ExitTerms } from './sell.js';

/** Sells all that remains at `low`, since the stop may have been hit in missed time. */
const sellAtLow = (
  portfolio: Portfolio,
  trade: Trade,
  at: EpochMs,
  low: Price,
  terms: ExitTerms,
): readonly PositionEvent[] => {
  const reason = trade.unfinished?.level === null ? trade.unfinished.reason : trade.stopReason;
  trade.ambiguous = true;
  return closeOut(portfolio, trade, at, low, reason, terms);
};

/**
 * Applies the exits to an open trade at a moment of missed time (semantics §5). A check has its
 * usual effect. The lowest price between two checks sells all that remains if it is at or below the
 * stop, unless the next check does so itself.
 */
export const observeMoment = (
  portfolio: Portfolio,
  trade: Trade,
  moment: Moment,
  terms: ExitTerms,
): readonly PositionEvent[] => {
  const { kind, at, price } = moment;
  if (kind === 'check')
    return applyExits(portfolio, trade, { at, opensAt: at, open: price, high: price, low: price }, terms);
  noteLow(trade, at, price);
  if (trade.unfinished?.level === null || price > trade.stop) return [];
  if (moment.next !== null && moment.next <= trade.stop) return [];
  return sellAtLow(portfolio, trade, at, price, terms);
};

/** A candle of missed time. */
export interface MissedCandle {
  /** Close time. */
  readonly at: EpochMs;
  readonly high: Price;
  readonly low: Price;
  /**
   * The last missed check within a candle that was missed as a whole; null for any other candle.
   */
  readonly checkAt: EpochMs | null;
  /** In force when the candle opened. */
  readonly stop: Price;
}

/**
 * Applies the exits to an open trade at a candle of missed time (semantics §5). The order of its
 * prices is unknown, so each is taken to come when it does most harm.
 *
 *     low ≤ the stop, or the stop that high raises   sells all that remains at the low
 *     a check at or after the deadline               sells all that remains at the low
 *     low > target, and a check in it                sells the target's part at the target
 *     high > a target that is left                   may have taken it: the trade is ambiguous
 *     highest ≥ from                                 raises the stop as usual
 */
export const observeMissed = (
  portfolio: Portfolio,
  trade: Trade,
  { at, high, low, checkAt, stop }: MissedCandle,
  terms: ExitTerms,
): readonly PositionEvent[] => {
  noteLow(trade, at, low);
  if (trade.unfinished?.level === null) return sellAtLow(portfolio, trade, at, low, terms);
  if (low <= stop) return sellAtLow(portfolio, trade, at, low, terms);
  const events: PositionEvent[] = [];
  if (low <= (raisedStopOf(trade, high)?.stop ?? -Infinity)) {
    raiseStop(trade, high, at, events);
    events.push(...sellAtLow(portfolio, trade, at, low, terms));
    return events;
  }
  if (checkAt !== null) {
    const overdue = overdueRule(trade, checkAt);
    if (overdue) return closeOut(portfolio, trade, at, low, overdue, terms);
    if (trade.unfinished) {
      const { size, ...unfinished } = trade.unfinished;
      const sale = { at, price: low, size: Math.min(size, trade.remaining), ...unfinished, calls: atAnyBid };
      events.push(...execute(portfolio, trade, sale, terms));
    }
    takeTargets(portfolio, trade, { at, open: 0, high: low }, terms, events);
  }
  if (isOverTarget(trade, high)) trade.ambiguous = true;
  if (trade.remaining > 0) raiseStop(trade, high, at, events);
  return events;
};

/**
 * Sells all that remains at the lowest price seen since an unseen stretch, if that price is at or
 * below the stop that the candle of the stretch has raised: it would have been sold there.
 */
export const observeLowSince = (
  portfolio: Portfolio,
  trade: Trade,
  low: { readonly at: EpochMs; readonly price: Price } | undefined,
  terms: ExitTerms,
): readonly PositionEvent[] => {
  if (!low || trade.remaining === 0 || trade.unfinished?.level === null || low.price > trade.stop) return [];
  return sellAtLow(portfolio, trade, Math.max(low.at, trade.exits.at(-1)?.at ?? low.at), low.price, terms);
};
