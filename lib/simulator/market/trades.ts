import { Cell } from '../../tape.js';
import { DAY_MS, MINUTE_MS, type EpochMs, type Money, type Price, type SizeBase } from '../../units.js';
import { candlesOf } from './candles.js';
import { pairOf, type Pair } from './pairs.js';
import { drawsOf, normal, uniform, type Draw } from './random.js';
import { recent } from './recent.js';

/** One trade of the generated market. */
export interface SyntheticTrade {
  readonly at: EpochMs;
  readonly price: Price;
  readonly size: SizeBase;
  /** Of the taker. */
  readonly side: 'buy' | 'sell';
}

/** USD of an average trade, where there is much turnover and where there is little. */
const LARGE_TRADE = 8_000;
const SMALL_TRADE = 250;
const MOST_TRADES = 60;

/** How many trades that many USD are made of on average. */
export const meanTrades = (pair: Pair, worth: Money): number =>
  worth / Math.min(LARGE_TRADE, Math.max(SMALL_TRADE, pair.turnover / 50_000));

/** How many trades a volume is made of, at least `least` and never more than a tenth of its steps. */
const countOf = (draw: Draw, pair: Pair, worth: number, steps: number, least: number): number => {
  const wanted = Math.round(meanTrades(pair, worth) * Math.exp(0.3 * normal(draw)));
  return Math.max(least, Math.min(wanted, MOST_TRADES, Math.floor(steps / 10)));
};

/**
 * Sizes in whole steps whose sum, added up one by one as doubles, is the volume to the last bit.
 * Decimals seldom add up so; about every second draw of sizes does.
 */
const sizesOf = (draw: Draw, count: number, volume: SizeBase, stepsPerUnit: number): number[] => {
  const steps = Math.round(volume * stepsPerUnit);
  for (;;) {
    const shares = Array.from({ length: count }, () => 0.05 - Math.log(1 - uniform(draw)));
    const scale = (steps - count) / shares.reduce((sum, share) => sum + share, 0);
    let left = steps;
    const sizes = shares.map((share, i) => {
      const size = i === count - 1 ? left : 1 + Math.floor(share * scale);
      left -= size;
      return size / stepsPerUnit;
    });
    if (sizes.reduce((sum, size) => sum + size, 0) === volume) return sizes;
  }
};

/** The prices that the minute has to touch, in their order, each once. */
const corners = (open: Price, high: Price, low: Price, close: Price): Price[] =>
  (close >= open ? [open, low, high, close] : [open, high, low, close]).filter(
    (price, i, all) => i === 0 || price !== all[i - 1],
  );

const make = (pair: Pair, seed: number, minute: EpochMs): readonly SyntheticTrade[] => {
  const day = Math.floor(minute / DAY_MS);
  const i = Math.floor((minute - day * DAY_MS) / MINUTE_MS);
  const candles = candlesOf(pair, seed, day);
  if (candles.cell[i] !== Cell.traded) return [];
  const draw = drawsOf(seed, `trades/${pair.symbol}`, day * 1440 + i);
  const close = candles.close[i]!;
  const low = candles.low[i]!;
  const high = candles.high[i]!;
  const volume = candles.volume[i]!;
  const steps = 10 ** pair.amountDecimals;
  const ticks = 10 ** pair.priceDecimals;
  const path = corners(candles.open[i]!, high, low, close);
  const count = countOf(draw, pair, volume * close * pair.quote.centre, volume * steps, path.length);
  const sizes = sizesOf(draw, count, volume, steps);
  const start = day * DAY_MS + i * MINUTE_MS;
  // The corners are spread evenly over the trades; from each to the next the price wavers along the line.
  const posts = path.map((_, corner) => Math.round((corner * (count - 1)) / Math.max(1, path.length - 1)));
  let leg = 0;
  let before = i === 0 ? candles.previousClose : candles.close[i - 1]!;
  return sizes.map((size, n) => {
    if (posts[leg + 1] === n) leg++;
    const from = path[leg]!;
    const to = path[leg + 1] ?? from;
    let price = from;
    if (to !== from && posts[leg] !== n) {
      const part = (n - posts[leg]!) / (posts[leg + 1]! - posts[leg]!);
      const wavering = from + (to - from) * part + (high - low) * 0.1 * normal(draw);
      price = Math.min(high, Math.max(low, Math.round(wavering * ticks) / ticks));
    }
    const at = start + Math.floor(((n + uniform(draw)) * MINUTE_MS) / count);
    const up = price === before ? draw() < 0 : price > before;
    before = price;
    return { at, price, size, side: up ? 'buy' : 'sell' };
  });
};

const minutes = recent<readonly SyntheticTrade[]>(2_048);

/**
 * The trades of a minute in order of time; none in a quiet minute or before the listing. First and last price, highest and
 * lowest are the candle's open and close, high and low, and the sizes, added up as doubles in this order, its volume.
 */
export const tradesOf = (symbol: string, seed: number, minute: EpochMs): readonly SyntheticTrade[] =>
  minutes(`${seed}/${symbol}/${Math.floor(minute / MINUTE_MS)}`, () => make(pairOf(symbol), seed, minute));
