import type { CostSettings, RiskSettings } from '../settings/settings.js';
import { MINUTE_MS, type EpochMs, type Money, type Price } from '../units.js';
import type { Opportunity, PositionEvent, RejectionReason, Trade } from './events.js';
import { firstStopOf, type SetStop } from './exit-catalogue.js';
import { isTooSmall, type FillBuy } from './fills.js';
import { pauseReason } from './history.js';
import type { Portfolio } from './portfolio.js';
import { notionalOf } from './sizing-catalogue.js';

/** The terms of an entry. */
export interface EntryTerms {
  readonly risk: RiskSettings;
  readonly costs: CostSettings;
  /**
   * As of before the first fill of the minute, or of the opportunities that are decided together.
   */
  readonly equity: Money;
  /** Portfolio currency per quote currency of the market. */
  readonly rate: number;
}

/** Why a market is not entered, whatever the size; null if nothing keeps it. */
const refusal = (portfolio: Portfolio, market: number, at: EpochMs, risk: RiskSettings): RejectionReason | null => {
  if (portfolio.open.some(trade => trade.market === market)) return 'already_open';
  if (at < portfolio.stoppedAt[market]! + risk.cooldownMs) return 'cooldown';
  const pause = pauseReason(portfolio.history, portfolio.markets[market]!.symbol, at, risk);
  if (pause) return pause;
  if (portfolio.open.length >= risk.maxOpenPositions) return 'max_open_positions';
  return null;
};

/** Orders opportunities of the same moment: the higher score first, then the symbol. */
export const byPrecedence = (a: Opportunity, b: Opportunity): number => b.score - a.score || a.market - b.market;

/** Whether an opportunity is too old to be bought; its age counts from the close of its candle. */
export const hasExpired = ({ at: opened }: Opportunity, at: EpochMs, { maxOpportunityAgeMs }: RiskSettings): boolean =>
  at - (opened + MINUTE_MS) > maxOpportunityAgeMs;

/**
 * Takes or rejects an opportunity (semantics §5). The notional is the smallest that the sizing
 * rules and the cash less the fee allow; `buy` turns it into a fill.
 */
export const enter = (
  portfolio: Portfolio,
  opportunity: Opportunity,
  at: EpochMs,
  buy: FillBuy,
  { risk, costs, equity, rate }: EntryTerms,
): PositionEvent => {
  const { market } = opportunity;
  const rejected = (reason: RejectionReason): PositionEvent => ({ kind: 'rejected', opportunity, at, reason });
  const reason = refusal(portfolio, market, at, risk);
  if (reason) return rejected(reason);

  const affordable = portfolio.cash / (1 + costs.takerFee);
  let [asked, first]: [Price, SetStop | null] = [NaN, null];
  const fill = buy(price => {
    asked = price;
    first = firstStopOf(price, risk, opportunity.values);
    return Math.min(notionalOf({ equity, price, stop: first.stop }, risk), affordable);
  });
  if (typeof fill === 'string') return rejected(fill);
  const { price, size, costs: entryCosts } = fill;
  if (isTooSmall(size, price, portfolio.markets[market]!)) return rejected('size_too_small');

  const { stop, reason: stopReason } = price === asked ? first! : firstStopOf(price, risk, opportunity.values);
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
    stop,
    stopReason,
    highest: -Infinity, // the entry candle's own high counts first
    trailingActive: false,
    nextLevel: 0,
    ambiguous: false,
    exits: [],
  };
  portfolio.cash -= size * price * rate + entryCosts.fee;
  portfolio.open.push(trade);
  if (portfolio.open.length > 1) portfolio.open.sort((a, b) => a.market - b.market);
  return { kind: 'opened', trade, at };
};
