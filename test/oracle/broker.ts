import type { RejectionReason } from '../../lib/portfolio/events.js';
import type { ExitReason } from '../../lib/portfolio/exit-catalogue.js';
import { MINUTE_MS } from '../../lib/units.js';
import { bought, endsTooSoon, inOrder, sold, type OracleBook, type Walked } from './books.js';
import { amountOf, partOf, stepsIn } from './lots.js';
import { pausedBy, type OracleClosed } from './protections.js';
import { candleAt, closeKnownAt, rateKnownAt, type Series } from './series.js';
import type { OracleCandle, OracleExit, OracleInput, OracleOpportunity, OracleTrade } from './types.js';

/** A candle on which all conditions held, and its average true range, null where that is not known. */
export interface Signal extends Pick<OracleOpportunity, 'symbol' | 'at' | 'close' | 'score'> {
  readonly atr: number | null;
}

/** What the broker leaves behind; money in the portfolio's currency. */
export interface Account {
  readonly trades: readonly OracleTrade[];
  readonly opportunities: readonly OracleOpportunity[];
  readonly ambiguous: number;
  readonly equityByMinute: readonly number[];
  /** Minutes at whose end something was held. */
  readonly heldMinutes: number;
  readonly finalCash: number;
  /** Of all fills, both sides. */
  readonly traded: number;
  readonly fees: number;
  readonly halfSpread: number;
  readonly slippage: number;
}

interface Holding {
  readonly symbol: string;
  readonly entryTime: number;
  readonly entryPrice: number;
  readonly entryRate: number;
  readonly entryFee: number;
  readonly step: number;
  /** Bought, in steps. */
  readonly steps: number;
  /** Left, in steps. */
  remaining: number;
  stop: number;
  /** What an exit at the stop is for. */
  stopReason: ExitReason;
  highest: number;
  nextLevel: number;
  /** Close of the first candle since the entry with an exit signal. */
  signalled: number | null;
  /** What of a sale found no buyers; `level` as the exit's, null for all that remains. */
  unfinished: { readonly reason: ExitReason; readonly level: number | null; readonly steps: number } | null;
  readonly exits: OracleExit[];
}

/** The exits at a stop. */
const STOPS: readonly ExitReason[] = ['stop_loss', 'stop_loss_atr', 'break_even', 'trailing_stop'];

const bySymbol = (a: { symbol: string }, b: { symbol: string }) =>
  a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0;

/**
 * Semantics §5 minute by minute, for the signals of a whole backtest. `exitsAt`: by symbol, the
 * candles on which an exit of the strategy holds.
 */
export const trade = (
  input: OracleInput,
  all: readonly Series[],
  signals: readonly Signal[],
  exitsAt: ReadonlyMap<string, ReadonlySet<number>> = new Map(),
): Account => {
  const { from, to, settings } = input;
  const { costs, risk, portfolio } = settings;
  const seriesBySymbol = new Map(all.map(series => [series.symbol, series]));
  const marketBySymbol = new Map(input.markets.map(market => [market.symbol, market]));

  const holdings: Holding[] = []; // every one ever opened, in order of entry
  const outcomes: OracleOpportunity[] = [];
  const lastStopAt = new Map<string, number>();
  const equityByMinute = [portfolio.initialBalance];
  const sums = { traded: 0, fees: 0, halfSpread: 0, slippage: 0, ambiguous: 0, heldMinutes: 0 };
  let cash = portfolio.initialBalance;
  let pending: Signal[] = [];
  const booksAt = (symbol: string, minute: number, kind: 'entry' | 'exit') =>
    inOrder(input.books?.(symbol, minute) ?? [], kind);

  const openHoldings = () => holdings.filter(({ remaining }) => remaining > 0).toSorted(bySymbol);
  const seriesOf = (symbol: string) => seriesBySymbol.get(symbol)!;
  const rateAt = (symbol: string, now: number) => rateKnownAt(all, seriesOf(symbol).quote, portfolio.currency, now)!;
  const equityAt = (now: number) =>
    openHoldings().reduce(
      (sum, { symbol, remaining, step }) =>
        sum + amountOf(remaining, step) * closeKnownAt(seriesOf(symbol), now)! * rateAt(symbol, now),
      cash,
    );

  /** The fee of a fill, after booking what it cost. */
  const book = ({ steps, price, halfSpread, slippage }: Walked, step: number, rate: number): number => {
    const value = amountOf(steps, step) * price * rate;
    sums.traded += value;
    sums.fees += costs.takerFee * value;
    sums.halfSpread += halfSpread * rate;
    sums.slippage += slippage * rate;
    return costs.takerFee * value;
  };

  /**
   * A fill without a book: `price` is the market's, `way` is 1 for buying and -1 for
   * selling.
   */
  const byCandle = (steps: number, step: number, price: number, way: 1 | -1): Walked => {
    const value = amountOf(steps, step) * price;
    return {
      steps,
      price: price * (1 + way * (costs.spread / 2 + costs.slippage)),
      halfSpread: (costs.spread / 2) * value,
      slippage: costs.slippage * value,
    };
  };

  const closedTrades = (): OracleClosed[] =>
    holdings
      .filter(({ remaining }) => remaining === 0)
      .map(holding => {
        const last = holding.exits.at(-1)!;
        const { symbol, profitLoss, exits } = tradeOf(holding);
        return {
          symbol,
          at: last.time,
          isStopped: STOPS.includes(last.reason),
          lastSale: exits
            .filter(({ reason }) => reason === last.reason)
            .reduce((sum, exit) => sum + exit.profitLoss, 0),
          profitLoss,
          stake: amountOf(holding.steps, holding.step) * holding.entryPrice * holding.entryRate,
        };
      });

  /** Where a position of this signal is sold if it never rises, at this entry price. */
  const firstStop = (price: number, atr: number | null): { stop: number; stopReason: ExitReason } => {
    const fixed = price * (1 - risk.stopLoss);
    const { multiple } = risk.atrStop;
    const byRange = multiple === null || atr === null || atr === 0 ? -Infinity : price - multiple * atr;
    return byRange > fixed ? { stop: byRange, stopReason: 'stop_loss_atr' } : { stop: fixed, stopReason: 'stop_loss' };
  };

  const buy = ({ symbol, atr }: Signal, candle: OracleCandle, equity: number): RejectionReason | null => {
    const now = candle.at;
    if (openHoldings().some(holding => holding.symbol === symbol)) return 'already_open';
    if (now < (lastStopAt.get(symbol) ?? -Infinity) + risk.cooldownMs) return 'cooldown';
    const pause = pausedBy(symbol, now, { settings, from, equityByMinute, closed: closedTrades() });
    if (pause) return pause;
    if (openHoldings().length >= risk.maxOpenPositions) return 'max_open_positions';

    const { amountStep: step = 1e-8, minimumAmount = 0, minimumCost = 0 } = marketBySymbol.get(symbol)!;
    const rate = rateAt(symbol, now);
    /** What may be spent where one coin costs this. */
    const notionalAt = (price: number) => {
      const wayDown = 1 - firstStop(price, atr).stop / price;
      const risked = risk.riskPerTrade === null ? Infinity : (risk.riskPerTrade * equity) / wayDown;
      return Math.min(risk.maxPositionSize * equity, risked, cash / (1 + costs.takerFee));
    };
    const isTooSmall = (steps: number, price: number) => {
      const size = amountOf(steps, step);
      return steps <= 0 || size < minimumAmount || size * price < minimumCost;
    };
    const [stored] = booksAt(symbol, now, 'entry');
    const best = stored?.asks[0]![0] ?? NaN;
    let fill = stored ? bought(stored, notionalAt(best) / rate, step) : null;
    if (stored && !fill) {
      if (isTooSmall(stepsIn(notionalAt(best) / rate / best, step), best)) return 'size_too_small';
      if (!endsTooSoon(stored.asks, stored.most)) return 'no_depth';
    }
    const candlePrice = candle.open * (1 + costs.spread / 2 + costs.slippage);
    fill ??= byCandle(stepsIn(notionalAt(candlePrice) / (candlePrice * rate), step), step, candle.open, 1);
    const { price, steps } = fill;
    if (isTooSmall(steps, price)) return 'size_too_small';

    const size = amountOf(steps, step);
    const entryFee = book(fill, step, rate);
    cash -= size * price * rate + entryFee;
    holdings.push({
      symbol,
      entryTime: now,
      entryPrice: price,
      entryRate: rate,
      entryFee,
      step,
      steps,
      remaining: steps,
      ...firstStop(price, atr),
      highest: 0,
      nextLevel: 0,
      signalled: null,
      unfinished: null,
      exits: [],
    });
    return null;
  };

  const bookSale = (
    holding: Holding,
    fill: Walked,
    { reason, time, rate }: { reason: ExitReason; time: number; rate: number },
  ): void => {
    const { steps, price } = fill;
    const size = amountOf(steps, holding.step);
    const fee = book(fill, holding.step, rate);
    cash += size * price * rate - fee;
    holding.remaining -= steps;
    const share = steps / holding.steps;
    const soldBefore = holding.exits.reduce((sum, { percentage }) => sum + percentage, 0);
    holding.exits.push({
      time,
      price,
      size,
      percentage: holding.remaining === 0 ? 100 - soldBefore : 100 * share,
      reason,
      profitLoss: size * (price * rate - holding.entryPrice * holding.entryRate) - fee - holding.entryFee * share,
      fee,
    });
  };

  const observe = (holding: Holding, { at, open, high, low }: OracleCandle): void => {
    const { symbol, step, entryPrice } = holding;
    const rate = rateAt(symbol, at);
    const time = at + MINUTE_MS;
    const levels = risk.takeProfitLevels;
    const over = (level: number) => entryPrice * (1 + levels[level]!.gain);
    const gone = new Map<OracleBook, number>();
    const books = booksAt(symbol, at, 'exit');

    /** Sells to the first book whose best bid calls for it, else at the candle's price. */
    const sell = (
      steps: number,
      price: number,
      reason: ExitReason,
      level: number | null,
      calls: (bid: number) => boolean,
    ): void => {
      const stored = books.find(({ bids }) => calls(bids[0]![0]));
      let fill: Walked | null = byCandle(steps, step, price, -1);
      if (stored) {
        const walked = sold(stored, steps, step, gone.get(stored) ?? 0);
        if (walked?.steps === steps || !endsTooSoon(stored.bids, stored.most)) {
          fill = walked;
          gone.set(stored, (gone.get(stored) ?? 0) + amountOf(walked?.steps ?? 0, step));
        }
      }
      const rest = steps - (fill?.steps ?? 0);
      holding.unfinished = rest > 0 ? { reason, level, steps: rest } : null;
      if (fill) bookSale(holding, fill, { reason, time, rate });
      if (holding.remaining === 0 && STOPS.includes(reason)) lastStopAt.set(symbol, time);
    };

    const left = holding.unfinished;
    if (left?.level === null) {
      sell(holding.remaining, open, left.reason, null, () => true);
      return;
    }
    // Which of two comes first decides the reason, and the time limit if they are the same.
    const limit = risk.maxHoldingMs === null ? Infinity : holding.entryTime + risk.maxHoldingMs;
    if (holding.signalled !== null && at >= holding.signalled && holding.signalled < limit) {
      sell(holding.remaining, open, 'exit_signal', null, () => true);
      return;
    }
    if (risk.maxHoldingMs !== null && at >= holding.entryTime + risk.maxHoldingMs) {
      sell(holding.remaining, open, 'time_limit', null, () => true);
      return;
    }
    if (low <= holding.stop) {
      if (holding.nextLevel < levels.length && high > over(holding.nextLevel)) sums.ambiguous++;
      sell(holding.remaining, Math.min(open, holding.stop), holding.stopReason, null, bid => bid <= holding.stop);
      return;
    }
    if (left) sell(Math.min(left.steps, holding.remaining), open, left.reason, left.level, () => true);
    while (
      holding.remaining > 0 &&
      !holding.unfinished &&
      holding.nextLevel < levels.length &&
      high > over(holding.nextLevel)
    ) {
      const level = holding.nextLevel++;
      const { position, sellsRest } = levels[level]!;
      const steps = sellsRest ? holding.remaining : Math.min(partOf(holding.steps, position), holding.remaining);
      if (steps === 0) continue; // less than a step: nothing to sell
      sell(steps, Math.max(open, over(level)), 'take_profit', level, bid => bid > over(level));
    }
    if (holding.remaining === 0) return;
    holding.highest = Math.max(holding.highest, high);
    const raise = (activation: number | null, stop: number, reason: ExitReason) => {
      if (activation === null || holding.highest < entryPrice * (1 + activation) || stop <= holding.stop) return;
      holding.stop = stop;
      holding.stopReason = reason;
    };
    raise(risk.breakEven.activation, entryPrice * (1 + risk.breakEven.offset), 'break_even');
    raise(risk.trailingStop.activation, holding.highest * (1 - risk.trailingStop.offset), 'trailing_stop');
  };

  for (let now = from; now < to; now += MINUTE_MS) {
    const equity = equityAt(now);

    const waiting: Signal[] = [];
    for (const signal of pending.toSorted((a, b) => b.score - a.score || bySymbol(a, b))) {
      const candle = candleAt(seriesOf(signal.symbol), now);
      if (now - (signal.at + MINUTE_MS) > risk.maxOpportunityAgeMs) outcomes.push({ ...signal, outcome: 'expired' });
      else if (candle?.kind !== 'traded') waiting.push(signal);
      else {
        const reason = buy(signal, candle, equity);
        outcomes.push(reason === null ? { ...signal, outcome: 'taken' } : { ...signal, outcome: 'rejected', reason });
      }
    }

    for (const holding of openHoldings()) {
      const candle = candleAt(seriesOf(holding.symbol), now);
      if (candle?.kind === 'traded') observe(holding, candle);
    }
    for (const holding of openHoldings())
      if (exitsAt.get(holding.symbol)?.has(now)) holding.signalled ??= now + MINUTE_MS;

    equityByMinute.push(equityAt(now + MINUTE_MS));
    if (openHoldings().length > 0) sums.heldMinutes++;
    pending = [...waiting, ...signals.filter(({ at }) => at === now)];
  }

  for (const signal of pending) outcomes.push({ ...signal, outcome: 'expired' });
  for (const holding of openHoldings()) {
    const close = closeKnownAt(seriesOf(holding.symbol), to)!;
    const fill = byCandle(holding.remaining, holding.step, close, -1);
    bookSale(holding, fill, { reason: 'end_of_data', time: to, rate: rateAt(holding.symbol, to) });
  }
  equityByMinute[equityByMinute.length - 1] = cash;

  return {
    ...sums,
    trades: holdings.map(tradeOf),
    opportunities: outcomes.toSorted((a, b) => a.at - b.at || bySymbol(a, b)),
    equityByMinute,
    finalCash: cash,
  };
};

const tradeOf = ({ symbol, entryTime, entryPrice, entryRate, entryFee, steps, step, exits }: Holding): OracleTrade => {
  const size = amountOf(steps, step);
  const profitLoss = exits.reduce((sum, exit) => sum + exit.profitLoss, 0);
  const paid = size * entryPrice * entryRate;
  return {
    symbol,
    entryTime,
    entryPrice,
    size,
    entryFee,
    exits,
    profitLoss,
    profitLossPercentage: (100 * profitLoss) / paid,
  };
};
