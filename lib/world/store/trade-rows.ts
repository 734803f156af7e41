import type { PartialExit } from '../../../entities/partial-exit.js';
import type { SimulatedTrade } from '../../../entities/simulated-trade.js';
import { countToText, sumMoney, textToCount, toCount, toMoney } from '../../money.js';
import type { Exit, Trade } from '../../position/events.js';
import type { TradeChange } from './trade-changes.js';

/** A row of `partial_exit` without its trade. */
export type ExitRow = Pick<
  PartialExit,
  | 'sequence'
  | 'exitTimestamp'
  | 'exitPrice'
  | 'exitPercentage'
  | 'size'
  | 'profitLoss'
  | 'fee'
  | 'halfSpread'
  | 'slippage'
  | 'quoteRate'
  | 'reason'
  | 'trailingStopActivated'
> & { level: number | null };

const PERCENT_DECIMALS = 6;
const WHOLE = toCount(100, PERCENT_DECIMALS);

/** What of the exits before it an exit needs to know. */
interface Sold {
  readonly size: bigint;
  readonly percentage: bigint;
}

/** Counts of the exits' sizes and percentages, summed exactly. */
const soldBy = (exits: readonly Pick<PartialExit, 'size' | 'exitPercentage'>[]): Sold => ({
  size: exits.reduce((sum, exit) => sum + textToCount(exit.size), 0n),
  percentage: exits.reduce((sum, exit) => sum + textToCount(exit.exitPercentage), 0n),
});

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** An exit's row. The one that closes takes exactly what is left, so that sizes and percentages sum without a rest. */
const exitRow = (trade: Trade, sequence: number, exit: Exit, closes: boolean, sold: Sold): ExitRow => {
  const left = toCount(trade.size) - sold.size;
  const size = closes ? left : toCount(exit.size);
  const percentageLeft = WHOLE - sold.percentage;
  const percentage = closes ? percentageLeft : smaller(toCount(exit.percentage, PERCENT_DECIMALS), percentageLeft - 1n); // under 100 while something is held
  return {
    sequence,
    exitTimestamp: new Date(exit.at),
    exitPrice: toMoney(exit.price),
    exitPercentage: countToText(percentage, PERCENT_DECIMALS),
    size: countToText(size),
    profitLoss: toMoney(exit.profitLoss),
    fee: toMoney(exit.costs.fee),
    halfSpread: toMoney(exit.costs.halfSpread),
    slippage: toMoney(exit.costs.slippage),
    quoteRate: toMoney(exit.quoteRate),
    reason: exit.reason,
    level: exit.level,
    trailingStopActivated: exit.trailingActive,
  };
};

/** The rows of the exits that a change adds to those already stored. */
export const exitRows = ({ trade, exits, closed }: TradeChange, stored: readonly PartialExit[]): ExitRow[] => {
  const known = new Set(stored.map(({ sequence }) => sequence));
  const before: Pick<PartialExit, 'size' | 'exitPercentage'>[] = [...stored];
  const rows: ExitRow[] = [];
  for (const { sequence, exit } of exits) {
    if (known.has(sequence)) continue;
    const closes = closed && exit === exits.at(-1)!.exit;
    const row = exitRow(trade, sequence, exit, closes, soldBy(before));
    before.push(row);
    rows.push(row);
  }
  return rows;
};

/** Quantity-weighted mean of exit prices. */
const meanPrice = (exits: readonly Pick<PartialExit, 'size' | 'exitPrice'>[]): string => {
  let value = 0;
  let size = 0;
  for (const exit of exits) {
    value += Number(exit.size) * Number(exit.exitPrice);
    size += Number(exit.size);
  }
  return toMoney(value / size);
};

/** What a trade's row says once these are all its exits. */
export const resultRow = (
  trade: Trade,
  exits: readonly Pick<PartialExit, 'size' | 'exitPrice' | 'profitLoss' | 'exitPercentage' | 'exitTimestamp'>[],
) => {
  const remaining = toCount(trade.size) - soldBy(exits).size;
  const profitLoss = exits.length === 0 ? null : sumMoney(exits.map(exit => exit.profitLoss));
  const stake = trade.size * trade.entryPrice * trade.entryQuoteRate;
  const closed = remaining === 0n;
  return {
    remainingSize: countToText(remaining),
    status: exits.length === 0 ? ('open' as const) : closed ? ('closed' as const) : ('partially_closed' as const),
    exitTimestamp: closed ? new Date(Math.max(...exits.map(exit => Number(exit.exitTimestamp)))) : null,
    exitPrice: profitLoss === null ? null : meanPrice(exits),
    profitLoss,
    profitLossPercentage: profitLoss === null ? null : toMoney((100 * Number(profitLoss)) / stake),
  };
};

/** The larger of a number and a stored amount. */
const larger = (value: number, stored: string | undefined): string => {
  const count = toCount(value);
  return stored !== undefined && textToCount(stored) > count ? stored : countToText(count);
};

/** What moves while a trade is held. Nothing of it ever goes back, so that an older change set may be stored again. */
export const progressRow = (
  { trade, stop, trailingActive }: TradeChange,
  stored: Pick<SimulatedTrade, 'stopLossPrice' | 'highestPrice' | 'trailingStopActive'> | null,
) => {
  const ladder = trade.risk.takeProfitLevels;
  const target = ladder[Math.min(trade.nextLevel, ladder.length - 1)];
  return {
    takeProfitPrice: target ? toMoney(trade.entryPrice * (1 + target.gain)) : null,
    ambiguous: trade.ambiguous,
    stopLossPrice: larger(stop, stored?.stopLossPrice),
    highestPrice: Number.isFinite(trade.highest)
      ? larger(trade.highest, stored?.highestPrice ?? undefined)
      : (stored?.highestPrice ?? null),
    trailingStopActive: trailingActive || (stored?.trailingStopActive ?? false),
  };
};

/** What of a trade's row is settled when it opens. */
export const entryRow = (trade: Trade) => ({
  tradeNumber: trade.number,
  entryTimestamp: new Date(trade.entryAt),
  entryPrice: toMoney(trade.entryPrice),
  size: toMoney(trade.size),
  positionType: 'long' as const,
  entryFee: toMoney(trade.entryCosts.fee),
  entryHalfSpread: toMoney(trade.entryCosts.halfSpread),
  entrySlippage: toMoney(trade.entryCosts.slippage),
  entryQuoteRate: toMoney(trade.entryQuoteRate),
});
