import type { RiskSettings } from '../settings/settings.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type Money, type Price } from '../units.js';
import { byPrecedence, hasExpired } from './entry.js';
import type { Opportunity, PositionEvent } from './events.js';
import { openValue, type Portfolio, type RateOf } from './portfolio.js';

/** The terms of the entries of a minute. */
export interface MinuteTerms {
  readonly risk: RiskSettings;
  /** The rates before the minute. */
  readonly rateOf: RateOf;
}

/**
 * Takes, rejects or expires the pending opportunities at the open of a minute, by precedence and
 * all with the same equity (semantics §5). Those without a traded candle in it stay pending.
 * Appends to `events`; `enter` decides on one at its open.
 */
export const enterPending = (
  portfolio: Portfolio,
  tape: Tape,
  row: number,
  { risk, rateOf }: MinuteTerms,
  events: PositionEvent[],
  enter: (opportunity: Opportunity, open: Price, equity: Money) => PositionEvent,
): void => {
  if (portfolio.pending.length === 0) return;
  const opensAt = tape.start + row * MINUTE_MS;
  const equity = portfolio.cash + openValue(portfolio, rateOf);
  const waiting: Opportunity[] = [];
  for (const opportunity of portfolio.pending.sort(byPrecedence)) {
    const cell = opportunity.market * tape.minutes + row;
    if (hasExpired(opportunity, opensAt, risk)) events.push({ kind: 'expired', opportunity, at: opensAt });
    else if (tape.cell[cell] === Cell.traded) events.push(enter(opportunity, tape.open[cell]!, equity));
    else waiting.push(opportunity);
  }
  portfolio.pending = waiting;
};
