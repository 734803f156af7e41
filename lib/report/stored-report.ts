import { MINUTE_MS, type EpochMs, type Money } from '../units.js';
import type { BacktestReport, ReportedTrade, StrategyResult } from './document.js';
import type { JournalTrade } from './stored-trade.js';
import { isoTime } from './time.js';
import { profitLossOf, stakeOf } from './trade-metrics.js';

/** A report as it is stored: without what has rows of its own. */
export type KeptReport = Readonly<Record<string, unknown>>;

type Equity = StrategyResult['equity'];

/** What a report's strategy has as rows. */
export interface StoredResult {
  readonly trades: readonly JournalTrade[];
  /** The marks of entries and exits. */
  readonly fills: readonly { readonly at: EpochMs; readonly equity: Money }[];
}

/** The times of the marks of a strategy's fills. */
const fillTimes = ({ trades }: StrategyResult): ReadonlySet<string> =>
  new Set(
    trades.flatMap(({ entryTime, exits }) => [
      isoTime(Date.parse(entryTime) + MINUTE_MS),
      ...exits.map(({ time }) => time),
    ]),
  );

/** The equity without the marks of fills, but with both ends. */
const keptEquity = (result: StrategyResult): Equity => {
  const fills = fillTimes(result);
  const { equity } = result;
  return equity.filter(({ time }, n) => n === 0 || n === equity.length - 1 || !fills.has(time));
};

const keptResult = <Result extends StrategyResult>(result: Result): Omit<Result, 'trades'> => {
  const rest: Omit<Result, 'trades'> & { trades?: unknown } = { ...result, equity: keptEquity(result) };
  delete rest.trades;
  return rest;
};

/** What tells objects with the same keys, in whatever order. */
const shapeOf = (keys: readonly string[]): string => JSON.stringify(keys.toSorted());

/** The keys of each object in a document in their order, once for all objects with the same ones. */
const keyOrdersOf = (value: unknown, found = new Map<string, readonly string[]>()) => {
  if (Array.isArray(value)) for (const each of value as readonly unknown[]) keyOrdersOf(each, found);
  else if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    const shape = shapeOf(keys);
    if (keys.length > 1 && !found.has(shape)) found.set(shape, keys);
    for (const each of Object.values(value)) keyOrdersOf(each, found);
  }
  return found;
};

/**
 * A report without its trades, its marks of fills and its configuration, which have rows of their
 * own, and with the order of its keys, which the database does not keep.
 */
export const keptReport = (report: BacktestReport): KeptReport => {
  const rest: Omit<BacktestReport, 'trades' | 'configuration'> & { configuration?: unknown } = keptResult(report);
  delete rest.configuration;
  return { ...rest, shadows: report.shadows.map(keptResult), keyOrders: [...keyOrdersOf(report).values()] };
};

const inOrder = (value: unknown, orders: ReadonlyMap<string, readonly string[]>): unknown => {
  if (Array.isArray(value)) return value.map(each => inOrder(each, orders));
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(members);
  const ordered = orders.get(shapeOf(keys)) ?? keys;
  return Object.fromEntries(ordered.map(key => [key, inOrder(members[key], orders)]));
};

/** A stored trade as a report has it. */
export const reportedTrade = (trade: JournalTrade): ReportedTrade => {
  const { market, entryAt, entryPrice, size, entryFee, quoteRate: entryQuoteRate, exits } = trade;
  const profitLoss = profitLossOf(trade);
  return {
    symbol: market,
    entryTime: isoTime(entryAt),
    entryPrice,
    size,
    entryFee,
    exits: exits.map(exit => ({
      time: isoTime(exit.at),
      price: exit.price,
      size: exit.size,
      percentage: exit.percentage,
      reason: exit.reason,
      profitLoss: exit.profitLoss,
      fee: exit.fee,
    })),
    profitLoss,
    profitLossPercentage: (100 * profitLoss) / stakeOf({ size, entryPrice, entryQuoteRate }),
  };
};

/** A report of an earlier version has kept no equity. */
const wholeEquity = (kept: Equity | undefined, { fills }: StoredResult): Equity => {
  const known = new Set(kept?.map(({ time }) => time));
  const marks = fills.map(({ at, equity }) => ({ time: isoTime(at), equity }));
  const missing = new Map(marks.filter(({ time }) => !known.has(time)).map(mark => [mark.time, mark]));
  return [...(kept ?? []), ...missing.values()].sort((a, b) => (a.time < b.time ? -1 : 1));
};

/** The report of a backtest, from what is stored of it. `resultOf` has the rows of a strategy. */
export const wholeReport = (
  kept: KeptReport,
  configuration: Readonly<Record<string, unknown>>,
  resultOf: (strategy: string) => StoredResult,
): BacktestReport => {
  const { keyOrders, ...rest } = kept as unknown as BacktestReport & {
    readonly keyOrders?: readonly (readonly string[])[];
  };
  const whole = <Result extends StrategyResult>(result: Result): Result => {
    const rows = resultOf(result.strategy.name);
    const trades = rows.trades.toSorted((a, b) => a.number - b.number).map(reportedTrade);
    return { ...result, trades, equity: wholeEquity(result.equity, rows) };
  };
  const report = { ...whole(rest), configuration, shadows: rest.shadows.map(whole) };
  const orders = new Map((keyOrders ?? []).map(keys => [shapeOf(keys), keys]));
  return inOrder(report, orders) as BacktestReport;
};
