import type { PartialExit } from '../../../entities/partial-exit.js';
import type { SimulatedTrade } from '../../../entities/simulated-trade.js';
import { compareMoney, justUnder, lessMoney, sumMoney, toMoney } from '../../money.js';
import type { Exit, Trade } from '../../portfolio/events.js';
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

/** Decimals of a percentage, and the last place of one. */
const PERCENT_DECIMALS = 6;
const PERCENT_UNIT = '0.000001';
const WHOLE = '100';

/** The rest of a trade after its exits. */
interface Left {
  readonly size: string;
  readonly percentage: string;
}

/** The exact rest of a trade's size, and of its 100 %. */
const leftOf = (size: string, exits: readonly Pick<PartialExit, 'size' | 'exitPercentage'>[]): Left => ({
  size: lessMoney(size, ...exits.map(exit => exit.size)),
  percentage: lessMoney(WHOLE, ...exits.map(exit => exit.exitPercentage)),
});

const smaller = (a: string, b: string): string => (compareMoney(a, b) < 0 ? a : b);

/**
 * An exit's row. The closing one takes exactly the rest, so that sizes and percentages add up; any
 * other leaves something, however the portfolio's subtractions were rounded.
 */
const exitRow = (sequence: number, exit: Exit, closes: boolean, left: Left): ExitRow => {
  const most = lessMoney(left.percentage, PERCENT_UNIT);
  return {
    sequence,
    exitTimestamp: new Date(exit.at),
    exitPrice: toMoney(exit.price),
    exitPercentage: closes ? left.percentage : smaller(exit.percentage.toFixed(PERCENT_DECIMALS), most),
    size: closes ? left.size : smaller(toMoney(exit.size), justUnder(left.size)),
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
    const row = exitRow(sequence, exit, closes, leftOf(toMoney(trade.size), before));
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

/** A trade's row after all its exits. */
export const resultRow = (
  trade: Trade,
  exits: readonly Pick<PartialExit, 'size' | 'exitPrice' | 'profitLoss' | 'exitPercentage' | 'exitTimestamp'>[],
) => {
  const remaining = leftOf(toMoney(trade.size), exits).size;
  const profitLoss = exits.length === 0 ? null : sumMoney(exits.map(exit => exit.profitLoss));
  const stake = trade.size * trade.entryPrice * trade.entryQuoteRate;
  const closed = compareMoney(remaining, '0') === 0;
  return {
    remainingSize: remaining,
    status: exits.length === 0 ? ('open' as const) : closed ? ('closed' as const) : ('partially_closed' as const),
    exitTimestamp: closed ? new Date(Math.max(...exits.map(exit => Number(exit.exitTimestamp)))) : null,
    exitPrice: profitLoss === null ? null : meanPrice(exits),
    profitLoss,
    profitLossPercentage: profitLoss === null ? null : toMoney((100 * Number(profitLoss)) / stake),
  };
};

/** The larger of a number and a stored amount. */
const larger = (value: number, stored: string | undefined): string => {
  const amount = toMoney(value);
  return stored !== undefined && compareMoney(stored, amount) > 0 ? stored : amount;
};

/**
 * The columns that change while a trade is held. None of them ever goes back, so that an older
 * change set may be stored again.
 */
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

/** The rows of `stop_raise` of a change to a trade with this id. */
export const raiseRows = ({ raises }: TradeChange, trade: number) =>
  raises.map(({ at, stop, reason }) => ({ trade, timestamp: new Date(at), stop: toMoney(stop), reason }));

/** The columns of a trade's row that are fixed when it opens. */
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
