import type { Exit, Opportunity, PositionEvent, RejectionReason, Trade } from '../../portfolio/events.js';
import { firstStopOf } from '../../portfolio/exit-catalogue.js';
import type { EpochMs, Price } from '../../units.js';

/** The outcome of an opportunity. */
export interface OpportunityFate {
  readonly opportunity: Opportunity;
  readonly status: 'taken' | 'rejected' | 'expired';
  readonly reason: RejectionReason | null;
  readonly at: EpochMs;
}

/** All changes of a change set to one trade. */
export interface TradeChange {
  readonly trade: Trade;
  /** The exits of this set, with their numbers among the trade's exits, counted from 1. */
  readonly exits: { readonly sequence: number; readonly exit: Exit }[];
  /** The rises of its stop in this set, ascending. */
  readonly raises: { readonly at: EpochMs; readonly stop: Price; readonly reason: string }[];
  closed: boolean;
  stop: Price;
  trailingActive: boolean;
}

/** Events by the rows they change: a trade that opens and closes within the set is one change. */
export interface Changes {
  readonly decisions: readonly OpportunityFate[];
  readonly trades: readonly TradeChange[];
}

/**
 * Groups events by the rows that they change. The state of a trade before comes from its terms, its
 * state after from the events alone, since the trade itself may have changed while its events
 * waited to be saved.
 */
export const gatherChanges = (events: readonly PositionEvent[]): Changes => {
  const decisions: OpportunityFate[] = [];
  const trades = new Map<number, TradeChange>();
  const changeOf = (trade: Trade): TradeChange => {
    const known = trades.get(trade.number);
    if (known) return known;
    const { stop } = firstStopOf(trade.entryPrice, trade.risk, trade.opportunity.values);
    const change = { trade, exits: [], raises: [], closed: false, stop, trailingActive: false };
    trades.set(trade.number, change);
    return change;
  };
  for (const event of events) {
    if (event.kind === 'rejected' || event.kind === 'expired') {
      const reason = event.kind === 'rejected' ? event.reason : null;
      decisions.push({ opportunity: event.opportunity, status: event.kind, reason, at: event.at });
      continue;
    }
    const change = changeOf(event.trade);
    if (event.kind === 'opened') {
      decisions.push({ opportunity: event.trade.opportunity, status: 'taken', reason: null, at: event.at });
    } else if (event.kind === 'exited') {
      change.exits.push({ sequence: event.trade.exits.indexOf(event.exit) + 1, exit: event.exit });
      change.closed ||= event.closed;
    } else {
      const { at, stop, reason } = event;
      change.raises.push({ at, stop, reason });
      change.stop = Math.max(change.stop, stop);
      change.trailingActive ||= event.reason === 'trailing_stop';
    }
  }
  return { decisions, trades: [...trades.values()] };
};
