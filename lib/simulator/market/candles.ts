import { Cell } from '../../tape.js';
import { DAY_MS } from '../../units.js';
import { DAY_MINUTES, minutePath } from './minutes.js';
import type { Pair } from './pairs.js';
import { drawsOf, normal, uniform } from './random.js';
import { recent } from './recent.js';

/** The 1,440 candles of one market and day (UTC), as the columns of a tape's lane. */
export interface DayCandles {
  readonly cell: Uint8Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** The close of the day before, or where the first day starts. */
  readonly previousClose: number;
}

/** Share of the minutes that open exactly at the close before. */
const WITHOUT_GAP = 0.6;
/** The smallest volume, in steps of the amount: enough to be cut into a few trades. */
const MIN_STEPS = 1_000;

const emptyDay = (cell: number): Omit<DayCandles, 'previousClose'> => {
  const column = () => new Float64Array(DAY_MINUTES);
  return {
    cell: new Uint8Array(DAY_MINUTES).fill(cell),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
};

/** Adds up what moves the pair: log price at each minute's start and variance of each minute. */
const pricePath = (pair: Pair, seed: number, day: number) => {
  const log = new Float64Array(DAY_MINUTES + 1).fill(pair.logCentre);
  const variance = new Float64Array(DAY_MINUTES);
  for (const { factor, weight } of pair.terms) {
    const path = minutePath(factor, seed, day);
    for (let i = 0; i <= DAY_MINUTES; i++) log[i]! += weight * path.log[i]!;
    for (let i = 0; i < DAY_MINUTES; i++) variance[i]! += weight * weight * path.variance[i]!;
  }
  return { log, variance };
};

const make = (pair: Pair, seed: number, day: number): DayCandles => {
  if (day * DAY_MS < pair.listedAt) return { ...emptyDay(Cell.absent), previousClose: NaN };
  const { log, variance } = pricePath(pair, seed, day);
  const draw = drawsOf(seed, `candles/${pair.symbol}`, day);
  const candles = emptyDay(Cell.traded);
  const { cell, open, high, low, close, volume } = candles;
  const ticks = 10 ** pair.priceDecimals;
  const steps = 10 ** pair.amountDecimals;
  const minuteTurnover = (pair.turnover / DAY_MINUTES / pair.quote.centre) * 0.9;
  let latent = Math.exp(log[0]!);
  const previousClose = Math.round(latent * ticks) / ticks;
  let last = previousClose;
  for (let i = 0; i < DAY_MINUTES; i++) {
    const start = latent;
    latent = Math.exp(log[i + 1]!);
    const sigma = Math.sqrt(variance[i]!);
    const heat = sigma / pair.minuteSigma;
    const gap = uniform(draw);
    const highest = Math.log(1 - uniform(draw));
    const lowest = Math.log(1 - uniform(draw));
    const crowd = normal(draw);
    const silence = uniform(draw);
    // The first and the last minute of a day are traded, so that no day needs another one's last
    // trade.
    if (silence < pair.quiet * (1.3 - 0.3 * heat) && i > 0 && i < DAY_MINUTES - 1) {
      cell[i] = Cell.quiet;
      open[i] = high[i] = low[i] = close[i] = last;
      continue;
    }
    const o = Math.round(start * (gap < WITHOUT_GAP ? 1 : 1 + (gap - 0.8) * 2.5 * pair.spread) * ticks) / ticks;
    const c = Math.round(latent * ticks) / ticks;
    const change = c / o - 1;
    const rise = (change + Math.sqrt(change * change - 2 * variance[i]! * highest)) / 2;
    const fall = (change - Math.sqrt(change * change - 2 * variance[i]! * lowest)) / 2;
    open[i] = o;
    close[i] = c;
    high[i] = Math.max(o, c, Math.round(o * (1 + rise) * ticks) / ticks);
    low[i] = Math.min(o, c, Math.max(1, Math.round(o * (1 + fall) * ticks)) / ticks);
    const haste = 0.25 + 0.95 * Math.min(Math.abs(change) / sigma, 4);
    const amount = (minuteTurnover * heat * haste * Math.exp(0.45 * crowd - 0.1)) / c;
    volume[i] = Math.max(MIN_STEPS, Math.round(amount * steps)) / steps;
    last = c;
  }
  return { ...candles, previousClose };
};

const days = recent<DayCandles>(128);

/** As `candlesOf`, for a single pass over many days: nothing is cached. */
export const passingCandles = make;

/**
 * Caches today and yesterday of this many markets (60 kB a day), for callers that request all of
 * them repeatedly.
 */
export const keepDaysOf = (markets: number): void => days.reserve(2 * markets + 64);

/**
 * The candles of a day (days since 1970); do not modify them. Every day can be requested alone: it
 * starts at the path's price at midnight, at which the day before has closed. A minute's extremes
 * are those of a Brownian bridge from open to close.
 */
export const candlesOf = (pair: Pair, seed: number, day: number): DayCandles =>
  days(`${seed}/${pair.symbol}/${day}`, () => make(pair, seed, day));
