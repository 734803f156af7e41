import { DAY_MS, MINUTE_MS } from '../../lib/units.js';
import type { Account } from './broker.js';
import { rateKnownAt, type Series } from './series.js';
import type { OracleInput, OracleMetrics } from './types.js';

const YEAR_DAYS = 365;

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]) => (values.length === 0 ? null : sumOf(values) / values.length);
const deviationOf = (values: readonly number[]): number | null => {
  if (values.length < 2) return null;
  const mean = sumOf(values) / values.length;
  return Math.sqrt(sumOf(values.map(value => (value - mean) ** 2)) / (values.length - 1));
};
const over = (part: number | null, whole: number | null) =>
  part === null || whole === null || whole === 0 ? null : part / whole;

/**
 * The last mark of each UTC day; `marks[i]` is of `from + i` minutes, and a mark at midnight closes
 * the day before.
 */
export const dayClosesOf = (marks: readonly number[], from: number): number[] => {
  const closes = new Map<number, number>();
  for (const [i, mark] of marks.entries()) {
    if (i > 0) closes.set(Math.floor((from + i * MINUTE_MS - 1) / DAY_MS), mark);
  }
  return [...closes.values()];
};

/** The deepest fall from a peak, as a positive ratio of the peak. */
export const maxDrawdownOf = (marks: readonly number[], from: number): OracleMetrics['maxDrawdown'] => {
  let peak = 0;
  let worst = { depth: 0, peak: 0, trough: 0 };
  for (const [i, mark] of marks.entries()) {
    if (mark > marks[peak]!) peak = i;
    const depth = 1 - mark / marks[peak]!;
    if (depth > worst.depth) worst = { depth, peak, trough: i };
  }
  if (worst.depth === 0) return null;
  const recovery = marks.findIndex((mark, i) => i > worst.trough && mark >= marks[worst.peak]!);
  const timeOf = (i: number) => from + i * MINUTE_MS;
  return {
    depth: worst.depth,
    peakAt: timeOf(worst.peak),
    troughAt: timeOf(worst.trough),
    recoveredAt: recovery < 0 ? null : timeOf(recovery),
  };
};

/**
 * Bought at the first open and sold at the last close of the backtest, a fee on each side; null
 * without a candle or rate.
 */
const holdOf = (series: Series, all: readonly Series[], { from, to, settings }: OracleInput): number | null => {
  const candles = series.candles.filter(candle => candle !== undefined).filter(({ at }) => at >= from);
  const [first, last] = [candles[0], candles.at(-1)];
  if (!first || !last) return null;
  const buyRate = rateKnownAt(all, series.quote, settings.portfolio.currency, first.at);
  const sellRate = rateKnownAt(all, series.quote, settings.portfolio.currency, to);
  if (buyRate === null || sellRate === null) return null;
  const fee = settings.costs.takerFee;
  return (last.close * sellRate * (1 - fee)) / (first.open * buyRate * (1 + fee)) - 1;
};

/** Semantics §6. Trades closed by the end of the data count like all others. */
export const metricsOf = (input: OracleInput, all: readonly Series[], account: Account): OracleMetrics => {
  const { from, to, settings } = input;
  const { initialBalance, currency } = settings.portfolio;
  const { equityByMinute, finalCash, fees, halfSpread, slippage } = account;
  const dayCloses = dayClosesOf(equityByMinute, from);
  const dailyReturns = dayCloses.map((close, i) => close / (dayCloses[i - 1] ?? initialBalance) - 1);
  const meanReturn = meanOf(dailyReturns);
  const downside = Math.sqrt(meanOf(dailyReturns.map(value => Math.min(value, 0) ** 2)) ?? 0);
  const tooShort = to - from < 2 * DAY_MS;
  const annual = (ratio: number | null) => (ratio === null || tooShort ? null : ratio * Math.sqrt(YEAR_DAYS));

  const years = (to - from) / (YEAR_DAYS * DAY_MS);
  const cagr = !tooShort && finalCash > 0 ? (finalCash / initialBalance) ** (1 / years) - 1 : null;
  const maxDrawdown = maxDrawdownOf(equityByMinute, from);

  const profits = account.trades.map(({ profitLoss }) => profitLoss);
  const wins = profits.filter(profit => profit > 0);
  const losses = profits.filter(profit => profit < 0);
  const profitDeviation = deviationOf(profits);
  const gross = sumOf(profits) + fees + halfSpread + slippage;
  const shareOfGross = (cost: number) => (gross > 0 ? cost / gross : null);
  const holds = all.map(series => holdOf(series, all, input)).filter(value => value !== null);
  const btc = all.find(({ symbol }) => symbol === `BTC/${currency}`);
  const minutes = equityByMinute.length - 1;

  return {
    dayCloses,
    dailyReturns,
    totalReturn: finalCash / initialBalance - 1,
    cagr,
    sharpe: annual(over(meanReturn, deviationOf(dailyReturns))),
    sortino: annual(over(meanReturn, downside)),
    maxDrawdown,
    calmar: over(cagr, maxDrawdown?.depth ?? null),
    profitFactor: over(sumOf(wins), Math.abs(sumOf(losses))),
    expectancy: meanOf(profits),
    winRate: over(wins.length, wins.length + losses.length),
    averageWin: meanOf(wins),
    averageLoss: meanOf(losses),
    exposure: over(account.heldMinutes, minutes),
    turnover: over(account.traded, meanOf(equityByMinute)),
    fees,
    halfSpread,
    slippage,
    gross,
    feeShare: shareOfGross(fees),
    spreadShare: shareOfGross(halfSpread),
    slippageShare: shareOfGross(slippage),
    sqn: over((meanOf(profits) ?? 0) * Math.sqrt(profits.length), profitDeviation),
    lowSample: profits.length < 30 || to - from < 30 * DAY_MS,
    buyAndHoldBtc: btc ? holdOf(btc, all, input) : null,
    equalWeight: meanOf(holds),
  };
};
