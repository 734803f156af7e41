import type { Market } from '../market.js';
import { enter, hasExpired } from '../portfolio/entry.js';
import type { RejectionReason, Trade } from '../portfolio/events.js';
import { deadlineOf, triggerOf, type RuleReason } from '../portfolio/exit-catalogue.js';
import type { CandleValues } from '../portfolio/exit-rule.js';
import { buyAt, sellAt } from '../portfolio/fills.js';
import { applyExits } from '../portfolio/observe.js';
import { emptyPortfolio, type Portfolio } from '../portfolio/portfolio.js';
import { closeOut } from '../portfolio/sell.js';
import type { CostSettings, RiskSettings } from '../settings/settings.js';
import { Cell } from '../tape.js';
import { MINUTE_MS, type EpochMs, type Money, type Percent } from '../units.js';
import { STRIDE, type LabelLane } from './lane.js';

/** The terms of a hypothetical trade. */
export interface BarrierTerms {
  readonly risk: RiskSettings;
  readonly costs: CostSettings;
  /** From the entry to the close at which the remainder is sold. */
  readonly maxHoldingMinutes: number;
  /**
   * Cash of the buying portfolio, in the market's quote currency: it determines the size, which is
   * rounded to the market's step.
   */
  readonly balance: Money;
}

/** How a hypothetical trade ended: by an exit rule, or because its time was up. */
export type BarrierExit = RuleReason | 'max_holding';
/** Why there is no outcome: the candles end too early (`cut_off`), or nothing could be bought. */
export type NoOutcome = 'cut_off' | 'no_entry' | RejectionReason;

/** The result of entering at the next open. */
export interface BarrierOutcome {
  /** Net of all costs, of size · entry price. */
  readonly netReturn: Percent;
  /** Of the last exit. */
  readonly exit: BarrierExit;
  readonly minutesHeld: number;
  /**
   * The highest high while held, relative to the entry price; the minutes of entry and exit
   * included.
   */
  readonly best: Percent;
  /** The lowest low, in the same way. */
  readonly worst: Percent;
  /** Whether the last candle reached both the stop and a target; the stop counts. */
  readonly ambiguous: boolean;
  /** Close time of the candle of the last exit, from which the outcome is known. */
  readonly availableAt: EpochMs;
}

/**
 * The maximum number of rows after the decision's that an outcome depends on, with the latest
 * possible entry.
 */
export const lookAhead = ({ risk, maxHoldingMinutes }: Pick<BarrierTerms, 'risk' | 'maxHoldingMinutes'>): number =>
  1 + Math.floor(risk.maxOpportunityAgeMs / MINUTE_MS) + maxHoldingMinutes;

const reset = (portfolio: Portfolio, cash: Money): void => {
  const { open, history } = portfolio;
  portfolio.cash = cash;
  // One at most: several times as fast as setting the length.
  while (open.length > 0) open.pop();
  portfolio.stoppedAt[0] = -Infinity;
  while (history.closes.length > 0) history.closes.pop();
};

/** The first row at which a trade is past its earliest deadline; Infinity where it has none. */
const dueRowOf = ({ start }: LabelLane, trade: Trade): number =>
  Math.ceil(((deadlineOf(trade)?.at ?? Infinity) - start) / MINUTE_MS);

/**
 * The triple-barrier outcome of entering after a candle (semantics §8): one trade in a portfolio of
 * its own, entered by `enter`, observed by `observe`, closed by `closeOut` when its time is up.
 * Candles that the exit rules cannot react to, by their stop, `triggerOf` and `deadlineOf`, are
 * skipped.
 */
export class TripleBarrier {
  private readonly market: Market;
  private readonly terms: BarrierTerms;
  private readonly portfolio: Portfolio;
  private readonly exitTerms;

  constructor(market: Market, terms: BarrierTerms) {
    this.market = market;
    this.terms = terms;
    this.portfolio = emptyPortfolio([market], terms.balance);
    this.exitTerms = { rate: 1, sell: sellAt(1, terms.costs) };
  }

  /**
   * The outcome for the candle of a row, or the reason why there is none. `values`: those of the
   * candle that first stops read.
   */
  outcome(lane: LabelLane, row: number, values: CandleValues = {}): BarrierOutcome | NoOutcome {
    const { portfolio, terms } = this;
    const { risk, costs, balance, maxHoldingMinutes } = terms;
    const opportunity = { market: 0, at: lane.start + row * MINUTE_MS, close: lane.close[row]!, score: 0, values };
    const known = lane.absentFrom[row]!;
    let entry = row + 1;
    while (entry < known && lane.cell[entry] !== Cell.traded) entry++;
    const entryAt = lane.start + entry * MINUTE_MS;
    if (hasExpired(opportunity, entryAt, risk)) return 'no_entry';
    if (entry >= known) return 'cut_off';

    reset(portfolio, balance);
    const buy = buyAt(lane.open[entry]!, this.market, 1, costs);
    const entered = enter(portfolio, opportunity, entryAt, buy, { risk, costs, equity: balance, rate: 1 });
    if (entered.kind === 'rejected') return entered.reason;
    const trade = portfolio.open[0]!;
    const signalled = lane.exitFrom?.[entry] ?? Infinity;
    if (signalled < lane.cell.length) trade.exitSignalAt = lane.start + (signalled + 1) * MINUTE_MS;
    return this.followed(lane, trade, entry, Math.min(known, entry + maxHoldingMinutes));
  }

  /** Follows a trade from its entry's row up to, not including, `end`. */
  private followed(lane: LabelLane, trade: Trade, entry: number, end: number): BarrierOutcome | NoOutcome {
    const { portfolio, exitTerms } = this;
    const { highs, lows, tops, bottoms, open, start } = lane;
    let [best, worst] = [-Infinity, Infinity];
    let trigger = triggerOf(trade, best);
    let { stop } = trade;
    let due = Math.min(end, dueRowOf(lane, trade));
    let row = entry;
    for (; row < end; row++) {
      for (let at = row / STRIDE; row % STRIDE === 0 && row + STRIDE <= due; row += STRIDE, at++) {
        if (bottoms[at]! <= stop || tops[at]! >= trigger) break;
        if (bottoms[at]! < worst) worst = bottoms[at]!;
        if (tops[at]! > best) best = tops[at]!;
      }
      if (row >= end) break;
      const low = lows[row]!;
      const high = highs[row]!;
      const highest = best;
      if (low < worst) worst = low;
      if (high > best) best = high;
      if (low > stop && high < trigger && (row < due || lane.cell[row] !== Cell.traded)) continue;
      trade.highest = highest; // as the skipped candles would have left it
      const opensAt = start + row * MINUTE_MS;
      applyExits(portfolio, trade, { at: opensAt + MINUTE_MS, opensAt, open: open[row]!, high, low }, exitTerms);
      if (trade.remaining === 0) break;
      ({ stop } = trade);
      trigger = triggerOf(trade, best);
      due = Math.min(end, dueRowOf(lane, trade));
    }
    let exit: BarrierExit;
    if (trade.remaining > 0) {
      if (row - entry < this.terms.maxHoldingMinutes) return 'cut_off';
      row--;
      // The broker has no reason for an end by time.
      closeOut(portfolio, trade, start + (row + 1) * MINUTE_MS, lane.close[row]!, 'end_of_data', exitTerms);
      exit = 'max_holding';
    } else exit = trade.exits.at(-1)!.reason as BarrierExit;
    let profitLoss = 0;
    for (const sold of trade.exits) profitLoss += sold.profitLoss;
    const { entryPrice, size, ambiguous } = trade;
    return {
      netReturn: (100 * profitLoss) / (size * entryPrice),
      exit,
      minutesHeld: row + 1 - entry,
      best: 100 * (best / entryPrice - 1),
      worst: 100 * (worst / entryPrice - 1),
      ambiguous,
      availableAt: start + (row + 1) * MINUTE_MS,
    };
  }
}
