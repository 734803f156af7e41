import type { Exit, Trade } from '../portfolio/events.js';
import type { RiskSettings } from '../settings/settings.js';
import { MINUTE_MS, type Money } from '../units.js';
import { Measured, type Reasons } from './measured.js';
import { Moments } from './moments.js';

/** Metrics of closed trades (semantics §6), in the portfolio's currency, net unless gross. */
export interface TradeMetrics {
  readonly totalTrades: number;
  /** A trade that made exactly 0 is neither winning nor losing. */
  readonly winningTrades: number;
  readonly losingTrades: number;
  /** wins / (wins + losses). */
  readonly winRate: number | null;
  /** Of the winning trades. */
  readonly averageProfit: number | null;
  /** Of the losing trades: below 0. */
  readonly averageLoss: number | null;
  /** Σ wins / |Σ losses|. */
  readonly profitFactor: number | null;
  /** Mean profit or loss of a trade, those of 0 included. */
  readonly expectancy: number | null;
  /** Mean R: profit or loss over the loss at the initial stop before costs, stake · stop loss. */
  readonly expectancyR: number | null;
  /** √min(n, 100) · mean(R) / std(R, n − 1). */
  readonly sqn: number | null;
  readonly bestTrade: number | null;
  readonly worstTrade: number | null;
  /** Longest streak of wins, in the order of closes; a trade of 0 ends a streak. */
  readonly longestWinningStreak: number;
  readonly longestLosingStreak: number;
  /** From the entry to the last exit. */
  readonly averageMinutesWinners: number | null;
  readonly averageMinutesLosers: number | null;
  readonly totalProfitLoss: number;
  /** Before fees, spread and slippage. */
  readonly grossProfitLoss: number;
  readonly fees: number;
  readonly spread: number;
  readonly slippage: number;
  /** Parts of `grossProfitLoss`. */
  readonly feesShare: number | null;
  readonly spreadShare: number | null;
  readonly slippageShare: number | null;
  /** Σ notional of all fills, entries and exits / initial balance. */
  readonly turnover: number;
  /** Trades closed by the end of the data, and the result of those exits; part of the totals. */
  readonly endOfDataTrades: number;
  readonly endOfDataProfitLoss: number;
  /** Candles that reached both the stop and an untaken target; the stop counted as first. */
  readonly ambiguousCandles: number;
  readonly reasons: Reasons;
}

/** The part of a closed trade that metrics use. */
export interface ClosedTrade extends Pick<
  Trade,
  'entryAt' | 'entryPrice' | 'entryQuoteRate' | 'entryCosts' | 'size' | 'ambiguous'
> {
  readonly risk: Pick<RiskSettings, 'stopLoss'>;
  readonly exits: readonly Pick<Exit, 'at' | 'price' | 'size' | 'quoteRate' | 'costs' | 'reason' | 'profitLoss'>[];
}

/** Σ of a trade's exits: its profit or loss, in the portfolio's currency. */
export const profitLossOf = ({ exits }: { readonly exits: readonly Pick<Exit, 'profitLoss'>[] }): Money =>
  exits.reduce((total, exit) => total + exit.profitLoss, 0);

/** Value of a trade's entry at its fill price, in the portfolio's currency. */
export const stakeOf = ({
  size,
  entryPrice,
  entryQuoteRate,
}: Pick<Trade, 'size' | 'entryPrice' | 'entryQuoteRate'>): Money => size * entryPrice * entryQuoteRate;

const longest = (results: readonly Money[], counts: (result: Money) => boolean): number => {
  let most = 0;
  let row = 0;
  for (const result of results) most = Math.max(most, (row = counts(result) ? row + 1 : 0));
  return most;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const average = (values: readonly number[]): number => sum(values) / values.length;

const minutesHeld = ({ entryAt, exits }: ClosedTrade): number => (exits.at(-1)!.at - entryAt) / MINUTE_MS;

/** The metrics of trades, given in the order of their closes. */
export const tradeMetrics = (trades: readonly ClosedTrade[], initialBalance: Money): TradeMetrics => {
  const measured = new Measured();
  const results = trades.map(profitLossOf);
  const multiples = new Moments();
  let [fees, spread, slippage, notional, endOfDataTrades, endOfDataProfitLoss, total] = [0, 0, 0, 0, 0, 0, 0];
  trades.forEach((trade, i) => {
    total += results[i]!;
    multiples.add(results[i]! / (stakeOf(trade) * trade.risk.stopLoss));
    notional += stakeOf(trade);
    for (const costs of [trade.entryCosts, ...trade.exits.map(exit => exit.costs)]) {
      fees += costs.fee;
      spread += costs.halfSpread;
      slippage += costs.slippage;
    }
    for (const exit of trade.exits) {
      notional += exit.size * exit.price * exit.quoteRate;
      if (exit.reason !== 'end_of_data') continue;
      endOfDataTrades++;
      endOfDataProfitLoss += exit.profitLoss;
    }
  });
  const isWin = (result: Money) => result > 0;
  const isLoss = (result: Money) => result < 0;
  const wins = results.filter(isWin);
  const losses = results.filter(isLoss);
  const minutes = (counts: (result: Money) => boolean) => trades.filter((_, i) => counts(results[i]!)).map(minutesHeld);
  const gross = total + fees + spread + slippage;

  const noTrades = trades.length === 0 && 'there are no trades';
  const noWins = noTrades || (wins.length === 0 && 'no trade won');
  const noLosses = noTrades || (losses.length === 0 && 'no trade lost');
  const noShare = noTrades || (gross <= 0 && 'nothing was earned before costs');
  return {
    totalTrades: trades.length,
    winningTrades: wins.length,
    losingTrades: losses.length,
    winRate: measured.value(
      'winRate',
      noTrades || (wins.length + losses.length === 0 && 'no trade won or lost'),
      () => wins.length / (wins.length + losses.length),
    ),
    averageProfit: measured.value('averageProfit', noWins, () => average(wins)),
    averageLoss: measured.value('averageLoss', noLosses, () => average(losses)),
    profitFactor: measured.value('profitFactor', noLosses, () => sum(wins) / -sum(losses)),
    expectancy: measured.value('expectancy', noTrades, () => total / trades.length),
    expectancyR: measured.value('expectancyR', noTrades, () => multiples.mean),
    sqn: measured.value(
      'sqn',
      noTrades ||
        (trades.length < 2 && 'it takes two trades, there is one') ||
        (multiples.deviation === 0 && 'every trade had the same R'),
      () => (Math.sqrt(Math.min(trades.length, 100)) * multiples.mean) / multiples.deviation,
    ),
    bestTrade: measured.value('bestTrade', noTrades, () => results.reduce((a, b) => Math.max(a, b))),
    worstTrade: measured.value('worstTrade', noTrades, () => results.reduce((a, b) => Math.min(a, b))),
    longestWinningStreak: longest(results, isWin),
    longestLosingStreak: longest(results, isLoss),
    averageMinutesWinners: measured.value('averageMinutesWinners', noWins, () => average(minutes(isWin))),
    averageMinutesLosers: measured.value('averageMinutesLosers', noLosses, () => average(minutes(isLoss))),
    totalProfitLoss: total,
    grossProfitLoss: gross,
    fees,
    spread,
    slippage,
    feesShare: measured.value('feesShare', noShare, () => fees / gross),
    spreadShare: measured.value('spreadShare', noShare, () => spread / gross),
    slippageShare: measured.value('slippageShare', noShare, () => slippage / gross),
    turnover: notional / initialBalance,
    endOfDataTrades,
    endOfDataProfitLoss,
    ambiguousCandles: trades.filter(({ ambiguous }) => ambiguous).length,
    reasons: measured.reasons,
  };
};
