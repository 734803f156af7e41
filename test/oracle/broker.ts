import type { ExitReason, RejectionReason } from '../../lib/position/events.js';
import { MINUTE_MS } from '../../lib/units.js';
import { amountOf, partOf, stepsIn } from './lots.js';
import { candleAt, closeKnownAt, rateKnownAt, type Series } from './series.js';
import type { OracleCandle, OracleExit, OracleInput, OracleOpportunity, OracleTrade } from './types.js';

/** A candle on which all conditions held. */
export type Signal = Pick<OracleOpportunity, 'symbol' | 'at' | 'close' | 'score'>;

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
  highest: number;
  stopRaised: boolean;
  nextLevel: number;
  readonly exits: OracleExit[];
}

const bySymbol = (a: { symbol: string }, b: { symbol: string }) =>
  a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0;

/** Semantics §5 minute by minute, for the signals of a whole backtest. */
export const trade = (input: OracleInput, all: readonly Series[], signals: readonly Signal[]): Account => {
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

  const openHoldings = () => holdings.filter(({ remaining }) => remaining > 0).toSorted(bySymbol);
  const seriesOf = (symbol: string) => seriesBySymbol.get(symbol)!;
  const rateAt = (symbol: string, now: number) => rateKnownAt(all, seriesOf(symbol).quote, portfolio.currency, now)!;
  const equityAt = (now: number) =>
    openHoldings().reduce(
      (sum, { symbol, remaining, step }) =>
        sum + amountOf(remaining, step) * closeKnownAt(seriesOf(symbol), now)! * rateAt(symbol, now),
      cash,
    );

  /** The fee of a fill, after booking what the fill cost. `price` is the market's, before spread and slippage. */
  const book = (size: number, price: number, fillPrice: number, rate: number): number => {
    const fee = costs.takerFee * size * fillPrice * rate;
    sums.traded += size * fillPrice * rate;
    sums.fees += fee;
    sums.halfSpread += (costs.spread / 2) * size * price * rate;
    sums.slippage += costs.slippage * size * price * rate;
    return fee;
  };

  const buy = ({ symbol }: Signal, candle: OracleCandle, equity: number): RejectionReason | null => {
    const now = candle.at;
    if (openHoldings().some(holding => holding.symbol === symbol)) return 'already_open';
    if (now < (lastStopAt.get(symbol) ?? -Infinity) + risk.cooldownMs) return 'cooldown';
    if (openHoldings().length >= risk.maxOpenPositions) return 'max_open_positions';

    const { amountStep: step = 1e-8, minimumAmount = 0, minimumCost = 0 } = marketBySymbol.get(symbol)!;
    const rate = rateAt(symbol, now);
    const price = candle.open * (1 + costs.spread / 2 + costs.slippage);
    const notional = Math.min(risk.maxPositionSize * equity, cash / (1 + costs.takerFee));
    const steps = stepsIn(notional / (price * rate), step);
    const size = amountOf(steps, step);
    if (steps <= 0 || size < minimumAmount || size * price < minimumCost) return 'size_too_small';

    const entryFee = book(size, candle.open, price, rate);
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
      stop: price * (1 - risk.stopLoss),
      highest: 0,
      stopRaised: false,
      nextLevel: 0,
      exits: [],
    });
    return null;
  };

  const sell = (
    holding: Holding,
    steps: number,
    price: number,
    reason: ExitReason,
    time: number,
    rate: number,
  ): void => {
    const size = amountOf(steps, holding.step);
    const fillPrice = price * (1 - costs.spread / 2 - costs.slippage);
    const fee = book(size, price, fillPrice, rate);
    cash += size * fillPrice * rate - fee;
    holding.remaining -= steps;
    const share = steps / holding.steps;
    const soldBefore = holding.exits.reduce((sum, { percentage }) => sum + percentage, 0);
    holding.exits.push({
      time,
      price: fillPrice,
      size,
      percentage: holding.remaining === 0 ? 100 - soldBefore : 100 * share,
      reason,
      profitLoss: size * (fillPrice * rate - holding.entryPrice * holding.entryRate) - fee - holding.entryFee * share,
      fee,
    });
  };

  const observe = (holding: Holding, { at, open, high, low }: OracleCandle): void => {
    const rate = rateAt(holding.symbol, at);
    const closed = at + MINUTE_MS;
    const levels = risk.takeProfitLevels;
    const isOver = (level: number) => high > holding.entryPrice * (1 + levels[level]!.gain);

    if (low <= holding.stop) {
      if (holding.nextLevel < levels.length && isOver(holding.nextLevel)) sums.ambiguous++;
      const reason = holding.stopRaised ? 'trailing_stop' : 'stop_loss';
      sell(holding, holding.remaining, Math.min(open, holding.stop), reason, closed, rate);
      lastStopAt.set(holding.symbol, closed);
      return;
    }
    while (holding.nextLevel < levels.length && isOver(holding.nextLevel)) {
      const { gain, position, sellsRest } = levels[holding.nextLevel]!;
      holding.nextLevel++;
      const steps = sellsRest ? holding.remaining : Math.min(partOf(holding.steps, position), holding.remaining);
      if (steps === 0) continue; // less than a step: nothing to sell
      sell(holding, steps, Math.max(open, holding.entryPrice * (1 + gain)), 'take_profit', closed, rate);
      if (holding.remaining === 0) return;
    }
    holding.highest = Math.max(holding.highest, high);
    if (holding.highest < holding.entryPrice * (1 + risk.trailingStop.activation)) return;
    const trailed = holding.highest * (1 - risk.trailingStop.offset);
    if (trailed > holding.stop) {
      holding.stop = trailed;
      holding.stopRaised = true;
    }
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

    equityByMinute.push(equityAt(now + MINUTE_MS));
    if (openHoldings().length > 0) sums.heldMinutes++;
    pending = [...waiting, ...signals.filter(({ at }) => at === now)];
  }

  for (const signal of pending) outcomes.push({ ...signal, outcome: 'expired' });
  for (const holding of openHoldings()) {
    const close = closeKnownAt(seriesOf(holding.symbol), to)!;
    sell(holding, holding.remaining, close, 'end_of_data', to, rateAt(holding.symbol, to));
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
