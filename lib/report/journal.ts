import type { ExitReason } from '../portfolio/exit-catalogue.js';
import type { EpochMs, Money, Percent, Price, Ratio, SizeBase } from '../units.js';
import { csvText } from './csv.js';
import type { JournalTrade } from './stored-trade.js';
import { isoTime } from './time.js';

/** Costs in portfolio currency. */
export interface JournalCosts {
  readonly fee: Money;
  readonly halfSpread: Money;
  readonly slippage: Money;
  readonly total: Money;
}

/** One sale of a trade. Times ISO 8601 UTC, prices in quote currency, money in the portfolio's. */
export interface ListedExit {
  readonly time: string;
  readonly price: Price;
  readonly size: SizeBase;
  /** Of the original size. */
  readonly percentage: Percent;
  readonly reason: ExitReason;
  /** Place on the take-profit ladder, 0 the lowest; null for other reasons. */
  readonly level: number | null;
  /** Net of the exit's fee and of its share of the entry's. */
  readonly profitLoss: Money;
}

/** One trade of the journal. */
export interface ListedTrade {
  readonly number: number;
  readonly strategy: string;
  readonly market: string;
  readonly status: 'open' | 'partially_closed' | 'closed';
  readonly entryTime: string;
  readonly entryPrice: Price;
  readonly size: SizeBase;
  /** Open time of the candle that it was decided on. */
  readonly decidedOn: string;
  readonly score: Ratio;
  /** What the strategy read on that candle, by name. */
  readonly values: Readonly<Record<string, number>>;
  /** Why it was bought, in few words, most important first. */
  readonly reasons: readonly string[];
  readonly exits: readonly ListedExit[];
  /** Of the entry and of the exits so far. */
  readonly costs: JournalCosts;
  /** Of an open trade, as the next one; null for a closed one. */
  readonly stop: Price | null;
  /** Null also if there is no target, or if all of them were reached. */
  readonly nextTarget: Price | null;
  /** Of the exits so far, net; null before the first. */
  readonly profitLoss: Money | null;
  /** Of size · entry price. */
  readonly profitLossPercentage: Percent | null;
}

/** Sums of the listed trades of a strategy, whose wallet is its own. */
export interface JournalSum {
  readonly strategy: string;
  readonly trades: number;
  readonly open: number;
  /** Closed trades that made more than 0, less than 0, and exactly 0. */
  readonly won: number;
  readonly lost: number;
  readonly even: number;
  /** Of all exits, those of open trades included. */
  readonly profitLoss: Money;
  readonly costs: JournalCosts;
}

/** The trades of a run: what `bot trades --json` prints. */
export interface Journal {
  readonly run: number;
  readonly mode: string;
  readonly currency: string;
  /** Start of the time in which the trades were held; null: the whole run. */
  readonly since: string | null;
  /** The market and the strategy that it is limited to; null: all of them. */
  readonly market: string | null;
  readonly strategy: string | null;
  /** In the order of their entries. */
  readonly trades: readonly ListedTrade[];
  /** By strategy, in the order of its first listed trade. */
  readonly sums: readonly JournalSum[];
}

const costsOf = (parts: readonly Omit<JournalCosts, 'total'>[]): JournalCosts => {
  const sum = { fee: 0, halfSpread: 0, slippage: 0 };
  for (const { fee, halfSpread, slippage } of parts) {
    sum.fee += fee;
    sum.halfSpread += halfSpread;
    sum.slippage += slippage;
  }
  return { ...sum, total: sum.fee + sum.halfSpread + sum.slippage };
};

/** A stored trade as the journal lists it. */
export const listedTrade = (trade: JournalTrade, reasons: readonly string[]): ListedTrade => {
  const { number, strategy, market, opportunity, entryAt, entryPrice, size, exits, closedAt } = trade;
  const isOpen = closedAt === null;
  const entry = { fee: trade.entryFee, halfSpread: trade.entryHalfSpread, slippage: trade.entrySlippage };
  return {
    number,
    strategy,
    market,
    status: isOpen ? (exits.length === 0 ? 'open' : 'partially_closed') : 'closed',
    entryTime: isoTime(entryAt),
    entryPrice,
    size,
    decidedOn: isoTime(opportunity.at),
    score: opportunity.score,
    values: opportunity.values,
    reasons,
    exits: exits.map(({ at, price, size: sold, percentage, reason, level, profitLoss }) => ({
      time: isoTime(at),
      price,
      size: sold,
      percentage,
      reason,
      level,
      profitLoss,
    })),
    costs: costsOf([entry, ...exits]),
    stop: isOpen ? trade.stop : null,
    nextTarget: isOpen ? trade.nextTarget : null,
    profitLoss: trade.profitLoss,
    profitLossPercentage: trade.profitLossPercentage,
  };
};

const sumOf = (strategy: string, trades: readonly ListedTrade[]): JournalSum => {
  const closed = trades.filter(({ status }) => status === 'closed');
  const having = (isSo: (result: Money) => boolean) => closed.filter(({ profitLoss }) => isSo(profitLoss ?? 0)).length;
  return {
    strategy,
    trades: trades.length,
    open: trades.length - closed.length,
    won: having(result => result > 0),
    lost: having(result => result < 0),
    even: having(result => result === 0),
    profitLoss: trades.reduce((sum, { profitLoss }) => sum + (profitLoss ?? 0), 0),
    costs: costsOf(trades.map(({ costs }) => costs)),
  };
};

/** The journal of these trades. */
export const journalOf = (
  run: { readonly id: number; readonly mode: string; readonly currency: string },
  limits: { readonly since: EpochMs | null; readonly market: string | null; readonly strategy: string | null },
  trades: readonly ListedTrade[],
): Journal => ({
  run: run.id,
  mode: run.mode,
  currency: run.currency,
  since: limits.since === null ? null : isoTime(limits.since),
  market: limits.market,
  strategy: limits.strategy,
  trades,
  sums: [...new Set(trades.map(({ strategy }) => strategy))].map(name =>
    sumOf(
      name,
      trades.filter(({ strategy }) => strategy === name),
    ),
  ),
});

/** Mean price of a trade's exits, weighted by size; null before the first. */
const meanExit = (exits: readonly ListedExit[]): Price | null => {
  const sold = exits.reduce((sum, { size }) => sum + size, 0);
  return sold > 0 ? exits.reduce((sum, { size, price }) => sum + size * price, 0) / sold : null;
};

/** The journal as CSV: one row a trade, so that every column of money can be summed. */
export const journalCsv = ({ run, trades }: Journal): string =>
  csvText(
    [
      'run',
      'trade',
      'strategy',
      'symbol',
      'status',
      'entry_time',
      'entry_price',
      'size',
      'score',
      'exits',
      'last_exit_time',
      'mean_exit_price',
      'last_exit_reason',
      'stop',
      'next_target',
      'fee',
      'half_spread',
      'slippage',
      'profit_loss',
      'profit_loss_percentage',
    ],
    trades.map(trade => {
      const last = trade.exits.at(-1);
      return [
        run,
        trade.number,
        trade.strategy,
        trade.market,
        trade.status,
        trade.entryTime,
        trade.entryPrice,
        trade.size,
        trade.score,
        trade.exits.length,
        last?.time ?? null,
        meanExit(trade.exits),
        last?.reason ?? null,
        trade.stop,
        trade.nextTarget,
        trade.costs.fee,
        trade.costs.halfSpread,
        trade.costs.slippage,
        trade.profitLoss,
        trade.profitLossPercentage,
      ];
    }),
  );
