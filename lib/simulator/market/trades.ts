import { Cell } from '../../tape.js';
import { DAY_MS, MINUTE_MS, type EpochMs, type Money, type Price, type SizeBase } from '../../units.js';
import { candlesOf, passingCandles, type DayCandles } from './candles.js';
import { pairOf, type Pair } from './pairs.js';
import { normal, streamsOf, uniform, type Draw } from './random.js';
import { recent } from './recent.js';

/** One trade of the generated market. */
export interface SyntheticTrade {
  readonly at: EpochMs;
  readonly price: Price;
  readonly size: SizeBase;
  /** Of the taker. */
  readonly side: 'buy' | 'sell';
}

/** USD of an average trade at high and at low turnover. */
const LARGE_TRADE = 8_000;
const SMALL_TRADE = 250;
const MAX_TRADES = 60;

/** How many trades that many USD are made of on average. */
export const meanTrades = (pair: Pair, worth: Money): number =>
  worth / Math.min(LARGE_TRADE, Math.max(SMALL_TRADE, pair.turnover / 50_000));

/**
 * How many trades a volume is made of, at least `least` and never more than a tenth of its steps.
 */
const countOf = (draw: Draw, pair: Pair, worth: number, steps: number, least: number): number => {
  const wanted = Math.round(meanTrades(pair, worth) * Math.exp(0.3 * normal(draw)));
  return Math.max(least, Math.min(wanted, MAX_TRADES, Math.floor(steps / 10)));
};

/**
 * The draws of a minute's trades, overwritten for each minute: thousands of minutes are drawn in a
 * second.
 */
const drawn = {
  at: new Float64Array(MAX_TRADES),
  price: new Float64Array(MAX_TRADES),
  size: new Float64Array(MAX_TRADES),
  buys: new Uint8Array(MAX_TRADES),
};

/**
 * Sizes in whole steps whose sum, added up one by one as doubles, is the volume to the last bit.
 * Decimals seldom add up so; about every second draw of sizes does.
 */
const drawSizes = (draw: Draw, count: number, volume: SizeBase, stepsPerUnit: number): void => {
  const { size } = drawn;
  const steps = Math.round(volume * stepsPerUnit);
  for (;;) {
    let shares = 0;
    for (let n = 0; n < count; n++) shares += size[n] = 0.05 - Math.log(1 - uniform(draw));
    const scale = (steps - count) / shares;
    let left = steps;
    let sum = 0;
    for (let n = 0; n < count; n++) {
      const part = n === count - 1 ? left : 1 + Math.floor(size[n]! * scale);
      left -= part;
      sum += size[n] = part / stepsPerUnit;
    }
    if (sum === volume) return;
  }
};

/** The prices that the minute has to touch, in their order, each once. */
const corners = (open: Price, high: Price, low: Price, close: Price): Price[] =>
  (close >= open ? [open, low, high, close] : [open, high, low, close]).filter(
    (price, i, all) => i === 0 || price !== all[i - 1],
  );

/**
 * Of the trades that may share the timestamp of the one before, this many of 256 begin to do so,
 * and go on.
 */
const BEGIN_SHARING = 130;
const GO_ON_SHARING = 225;

const placesOf = recent<(minute: number) => Draw>(4_096);

const drawsAt = (pair: Pair, seed: number, day: number, i: number): Draw =>
  placesOf(`${seed}/${pair.symbol}`, () => streamsOf(seed, `trades/${pair.symbol}`))(day * 1440 + i);

/**
 * The prices that minute `i` touches, and how many trades it has; the first thing that is drawn of
 * it.
 */
const outline = (draw: Draw, pair: Pair, { open, high, low, close, volume }: DayCandles, i: number) => {
  const path = corners(open[i]!, high[i]!, low[i]!, close[i]!);
  const worth = volume[i]! * close[i]! * pair.quote.centre;
  return { path, count: countOf(draw, pair, worth, volume[i]! * 10 ** pair.amountDecimals, path.length) };
};

/** How many trades each minute of a day has. */
export const tradeCounts = (symbol: string, seed: number, day: number): Uint8Array => {
  const pair = pairOf(symbol);
  const candles = passingCandles(pair, seed, day);
  return candles.cell.map((cell, i) =>
    cell === Cell.traded ? outline(drawsAt(pair, seed, day, i), pair, candles, i).count : 0,
  );
};

/** Draws the trades of a minute; gives how many there are. */
const drawTrades = (pair: Pair, seed: number, minute: EpochMs): number => {
  const day = Math.floor(minute / DAY_MS);
  const i = Math.floor((minute - day * DAY_MS) / MINUTE_MS);
  const candles = candlesOf(pair, seed, day);
  if (candles.cell[i] !== Cell.traded) return 0;
  const draw = drawsAt(pair, seed, day, i);
  const low = candles.low[i]!;
  const high = candles.high[i]!;
  const volume = candles.volume[i]!;
  const steps = 10 ** pair.amountDecimals;
  const ticks = 10 ** pair.priceDecimals;
  const { path, count } = outline(draw, pair, candles, i);
  drawSizes(draw, count, volume, steps);
  const start = day * DAY_MS + i * MINUTE_MS;
  // The corners are spread evenly over the trades; from each to the next the price wavers along the
  // line.
  const posts = path.map((_, corner) => Math.round((corner * (count - 1)) / Math.max(1, path.length - 1)));
  let leg = 0;
  let before = i === 0 ? candles.previousClose : candles.close[i - 1]!;
  let isSharing = false;
  for (let n = 0; n < count; n++) {
    if (posts[leg + 1] === n) leg++;
    const from = path[leg]!;
    const to = path[leg + 1] ?? from;
    let price = from;
    if (to !== from && posts[leg] !== n) {
      const part = (n - posts[leg]!) / (posts[leg + 1]! - posts[leg]!);
      const wavering = from + (to - from) * part + (high - low) * 0.1 * normal(draw);
      price = Math.min(high, Math.max(low, Math.round(wavering * ticks) / ticks));
    }
    const place = draw();
    const at = start + Math.floor(((n + (place >>> 0) / 2 ** 32) * MINUTE_MS) / count);
    const buys = (price === before ? draw() < 0 : price > before) ? 1 : 0;
    // An order that takes several others is as many trades, at one time, on one side, at prices
    // that only get worse.
    const mayShare = n > 0 && (price === before || buys === drawn.buys[n - 1]);
    isSharing = mayShare && (place & 255) < (isSharing ? GO_ON_SHARING : BEGIN_SHARING);
    drawn.at[n] = isSharing ? drawn.at[n - 1]! : at;
    drawn.buys[n] = isSharing ? drawn.buys[n - 1]! : buys;
    drawn.price[n] = before = price;
  }
  return count;
};

const make = (pair: Pair, seed: number, minute: EpochMs): readonly SyntheticTrade[] =>
  Array.from({ length: drawTrades(pair, seed, minute) }, (_, n) => ({
    at: drawn.at[n]!,
    price: drawn.price[n]!,
    size: drawn.size[n]!,
    side: drawn.buys[n] === 1 ? 'buy' : 'sell',
  }));

const minutes = recent<readonly SyntheticTrade[]>(2_048);

/**
 * The trades of a minute in order of time; none in a quiet minute or before the listing. First and
 * last price, highest and lowest are the candle's open and close, high and low, and the sizes,
 * added up as doubles in this order, its volume.
 */
export const tradesOf = (symbol: string, seed: number, minute: EpochMs): readonly SyntheticTrade[] =>
  minutes(`${seed}/${symbol}/${Math.floor(minute / MINUTE_MS)}`, () => make(pairOf(symbol), seed, minute));

/**
 * The same trades for callers that need only prices and sizes of thousands of minutes: nothing is
 * cached.
 */
export const eachTrade = (
  symbol: string,
  seed: number,
  minute: EpochMs,
  take: (price: Price, size: SizeBase) => void,
): void => {
  const count = drawTrades(pairOf(symbol), seed, minute);
  for (let n = 0; n < count; n++) take(drawn.price[n]!, drawn.size[n]!);
};
