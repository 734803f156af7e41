import type { CostSettings, RiskSettings } from '../settings/settings.js';
import type { EpochMs, Money, Price } from '../units.js';
import type { Opportunity, PositionEvent, RejectionReason, Trade } from './events.js';
import { buyPrice, costsOf, roundDownToStep } from './fills.js';
import type { Portfolio } from './portfolio.js';

/** What an entry is judged by besides the portfolio. */
export interface EntryTerms {
  readonly risk: RiskSettings;
  readonly costs: CostSettings;
  /** Taken before the first fill of the minute. */
  readonly equity: Money;
  /** Portfolio currency per quote currency of the market. */
  readonly rate: number;
}

const refusal = (portfolio: Portfolio, market: number, at: EpochMs, risk: RiskSettings): RejectionReason | null => {
  if (portfolio.open.some(trade => trade.market === market)) return 'already_open';
  if (at < portfolio.stoppedAt[market]! + risk.cooldownMs) return 'cooldown';
  if (portfolio.open.length >= risk.maxOpenPositions) return 'max_open_positions';
  return null;
};

/**
 * Takes or rejects an opportunity at an open price (semantics §5): the notional is the smaller of the allowed share of
 * equity and of what cash can pay with its fee, the size is rounded down to the market's step.
 */
export const enter = (
  portfolio: Portfolio,
  opportunity: Opportunity,
  at: EpochMs,
  open: Price,
  { risk, costs, equity, rate }: EntryTerms,
): PositionEvent => {
  const { market } = opportunity;
  const rejected = (reason: RejectionReason): PositionEvent => ({ kind: 'rejected', opportunity, at, reason });
  const reason = refusal(portfolio, market, at, risk);
  if (reason) return rejected(reason);

  const terms = portfolio.markets[market]!;
  const price = buyPrice(open, costs);
  const notional = Math.min(risk.maxPositionSize * equity, portfolio.cash / (1 + costs.takerFee));
  const size = roundDownToStep(notional / (price * rate), terms);
  if (!(size > 0) || size < terms.minimumAmount || size * price < terms.minimumCost) return rejected('size_too_small');

  const entryCosts = costsOf(open, price, size, rate, costs);
  const trade: Trade = {
    number: ++portfolio.entered,
    market,
    opportunity,
    entryAt: at,
    entryPrice: price,
    size,
    entryCosts,
    entryQuoteRate: rate,
    remaining: size,
    risk,
    stop: price * (1 - risk.stopLoss),
    highest: -Infinity, // the entry candle's own high counts first
    trailingActive: false,
    nextLevel: 0,
    ambiguous: false,
    exits: [],
  };
  portfolio.cash -= size * price * rate + entryCosts.fee;
  portfolio.open.push(trade);
  portfolio.open.sort((a, b) => a.market - b.market);
  return { kind: 'opened', trade, at };
};
