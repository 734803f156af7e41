import { Cell } from '../../tape.js';
import { DAY_MS, MINUTE_MS, type EpochMs, type Price, type SizeBase } from '../../units.js';
import { candlesOf } from './candles.js';
import { pairOf, type Pair } from './pairs.js';
import { drawsOf, normal, uniform } from './random.js';
import { tradesOf } from './trades.js';

/** Quote currency per unit of base currency, and the amount of base currency offered there. */
export type BookLevel = readonly [price: Price, size: SizeBase];

/** An order book: bids from the highest down, asks from the lowest up. */
export interface SyntheticBook {
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/**
 * Each level is further from the one before, and holds more, by this much; never further than
 * `WIDEST` of the price.
 */
const WIDENING = 1.03;
const DEEPENING = 1.04;
const WIDEST = 0.002;

/** The price of the last trade at or before this instant; null before the listing. */
const lastPrice = (pair: Pair, seed: number, at: EpochMs): Price | null => {
  const day = Math.floor(at / DAY_MS);
  const i = Math.floor((at - day * DAY_MS) / MINUTE_MS);
  const candles = candlesOf(pair, seed, day);
  if (candles.cell[i] === Cell.absent) return null;
  const trade = tradesOf(pair.symbol, seed, at - (at % MINUTE_MS)).findLast(trade => trade.at <= at);
  return trade?.price ?? (i === 0 ? candles.previousClose : candles.close[i - 1]!);
};

/**
 * The order book at an instant, up to `depth` levels a side around the last traded price; it
 * changes with each second and trade. Empty before the listing. Prices are whole ticks, the best
 * bid is always under the best ask.
 */
export const bookOf = (symbol: string, seed: number, at: EpochMs, depth: number): SyntheticBook => {
  const pair = pairOf(symbol);
  const last = lastPrice(pair, seed, at);
  if (last === null) return { bids: [], asks: [] };
  const ticks = 10 ** pair.priceDecimals;
  const steps = 10 ** pair.amountDecimals;
  // Depth grows slower than turnover: about 20,000 USD at BTC's first level, 600 at a thin coin's.
  const firstSize = Math.sqrt(pair.turnover) / (last * pair.quote.centre);
  const width = 0.6 + 0.8 * uniform(drawsOf(seed, `book/${symbol}`, Math.floor(at / 1000)));
  const half = 0.5 * last * ticks * pair.spread * width;
  // Each side draws for itself, so that a shallow book is the top of a deep one.
  const side = (way: 1 | -1): BookLevel[] => {
    const draw = drawsOf(seed, `book/${symbol}/${way}`, Math.floor(at / 1000));
    const levels: BookLevel[] = [];
    const best = last * ticks + way * half;
    let tick = way > 0 ? Math.ceil(best) : Math.floor(best);
    if (tick === Math.round(last * ticks)) tick += way;
    for (let i = 0; i < depth && tick > 0; i++) {
      const size = firstSize * DEEPENING ** i * Math.exp(0.7 * normal(draw));
      levels.push([tick / ticks, Math.max(1, Math.round(size * steps)) / steps]);
      const step = last * ticks * Math.min(pair.spread * WIDENING ** i, WIDEST);
      tick += way * Math.max(1, Math.round(step * (0.2 + 0.8 * uniform(draw))));
    }
    return levels;
  };
  return { bids: side(-1), asks: side(1) };
};
