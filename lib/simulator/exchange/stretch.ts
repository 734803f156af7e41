import { Cell } from '../../tape.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type EpochMs, type Price } from '../../units.js';
import { candlesOf } from '../market/candles.js';
import { pairOf } from '../market/pairs.js';
import { recent } from '../market/recent.js';
import { eachTrade, meanTrades, tradesOf, type SyntheticTrade } from '../market/trades.js';

/** The trading in a period of time. */
export interface Stretch {
  /** NaN without trades, as are the other three. */
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  /** In base currency. */
  readonly volume: number;
  /** Σ price · size, in quote currency. */
  readonly turnover: number;
  readonly trades: number;
}

/** A stretch without trades. */
export const NOTHING: Stretch = { open: NaN, high: NaN, low: NaN, close: NaN, volume: 0, turnover: 0, trades: 0 };

/** Two stretches, one after the other, as one. */
export const joined = (a: Stretch, b: Stretch): Stretch => {
  if (a.trades === 0) return b;
  if (b.trades === 0) return a;
  return {
    open: a.open,
    high: Math.max(a.high, b.high),
    low: Math.min(a.low, b.low),
    close: b.close,
    volume: a.volume + b.volume,
    turnover: a.turnover + b.turnover,
    trades: a.trades + b.trades,
  };
};

/** Adds up trades, in the order in which they are passed. */
const adding = (): { readonly take: (price: Price, size: number) => void; readonly sum: () => Stretch } => {
  let [open, high, low, close, volume, turnover, trades] = [NaN, 0, Infinity, NaN, 0, 0, 0];
  return {
    take: (price, size) => {
      if (trades++ === 0) open = price;
      high = Math.max(high, price);
      low = Math.min(low, price);
      close = price;
      volume += size;
      turnover += price * size;
    },
    sum: () => (trades === 0 ? NOTHING : { open, high, low, close, volume, turnover, trades }),
  };
};

/** Trades in their order as a stretch. */
export const stretchOfTrades = (trades: readonly SyntheticTrade[]): Stretch => {
  const { take, sum } = adding();
  for (const { price, size } of trades) take(price, size);
  return sum();
};

/** A minute, from its trades. */
const exactMinute = (symbol: string, seed: number, minute: EpochMs): Stretch => {
  const { take, sum } = adding();
  eachTrade(symbol, seed, minute, take);
  return sum();
};

/** A minute touches its four prices in as many trades. */
const MIN_TRADES = 4;

/**
 * Minutes of one day, from their candles alone: turnover by the typical price, trades by how many
 * such a turnover is made of.
 */
const roughPart = (symbol: string, seed: number, from: EpochMs, to: EpochMs): Stretch => {
  const pair = pairOf(symbol);
  const day = Math.floor(from / DAY_MS);
  const { cell, open, high, low, close, volume } = candlesOf(pair, seed, day);
  const until = (to - day * DAY_MS) / MINUTE_MS;
  let [first, last, highest, lowest, amount, turnover, trades] = [-1, -1, 0, Infinity, 0, 0, 0];
  for (let i = (from - day * DAY_MS) / MINUTE_MS; i < until; i++) {
    if (cell[i] !== Cell.traded) continue;
    if (first < 0) first = i;
    last = i;
    if (high[i]! > highest) highest = high[i]!;
    if (low[i]! < lowest) lowest = low[i]!;
    const worth = (volume[i]! * (high[i]! + low[i]! + close[i]!)) / 3;
    amount += volume[i]!;
    turnover += worth;
    trades += Math.max(MIN_TRADES, Math.round(meanTrades(pair, worth * pair.quote.centre)));
  }
  if (first < 0) return NOTHING;
  return { open: open[first]!, high: highest, low: lowest, close: close[last]!, volume: amount, turnover, trades };
};

const roughHours = recent<Stretch>(65_536);
const roughHour = (symbol: string, seed: number, hour: EpochMs): Stretch =>
  roughHours(`${seed}/${symbol}/${hour / HOUR_MS}`, () => roughPart(symbol, seed, hour, hour + HOUR_MS));

/**
 * The whole minutes from ≤ t < to of a generated market. Prices and volume are those of its
 * candles; turnover and the number of trades come from the trades where `exact`, else they are near
 * enough, since ten thousand minutes of trades take a second.
 */
export const stretchOf = (symbol: string, seed: number, from: EpochMs, to: EpochMs, exact: boolean): Stretch => {
  let sum = NOTHING;
  if (exact) for (let t = from; t < to; t += MINUTE_MS) sum = joined(sum, exactMinute(symbol, seed, t));
  else
    for (let t = from; t < to;) {
      const next = Math.min(t - (t % HOUR_MS) + HOUR_MS, to);
      const isWhole = next - t === HOUR_MS;
      sum = joined(sum, isWhole ? roughHour(symbol, seed, t) : roughPart(symbol, seed, t, next));
      t = next;
    }
  return sum;
};

/** The trades of the minute that is under way, up to this instant. */
export const tradesSoFar = (symbol: string, seed: number, at: EpochMs): readonly SyntheticTrade[] =>
  tradesOf(symbol, seed, at - (at % MINUTE_MS)).filter(trade => trade.at <= at);

/** The last price before this minute. */
export const priceBefore = (symbol: string, seed: number, minute: EpochMs): Price => {
  const day = Math.floor(minute / DAY_MS);
  const candles = candlesOf(pairOf(symbol), seed, day);
  const i = (minute - day * DAY_MS) / MINUTE_MS;
  return i === 0 ? candles.previousClose : candles.close[i - 1]!;
};

/** The last trade before this minute; null at a market's very first. */
export const tradeBefore = (symbol: string, seed: number, minute: EpochMs): SyntheticTrade | null => {
  const midnight = minute - (minute % DAY_MS); // the last minute of each day is traded
  for (let t = minute - MINUTE_MS; t >= midnight - MINUTE_MS; t -= MINUTE_MS) {
    const last = tradesOf(symbol, seed, t).at(-1);
    if (last) return last;
  }
  return null;
};
