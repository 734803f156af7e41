import type { Market } from '../../market.js';
import { emptyTape, type Tape } from '../../tape.js';
import { DAY_MS, MINUTE_MS, type EpochMs } from '../../units.js';
import { candlesOf } from './candles.js';
import { pairOf, type Pair } from './pairs.js';

/** A market of the generated exchange. */
export interface SyntheticMarket {
  readonly market: Market;
  /** Open time of its first minute. */
  readonly listedAt: EpochMs;
  /** Digits after the point of its prices and of its amounts. */
  readonly priceDecimals: number;
  readonly amountDecimals: number;
}

/**
 * Large coins from different years, one that is young (SOL) and one that is thin (MINA, three in
 * ten minutes quiet).
 */
export const DEFAULT_SYNTHETIC_SYMBOLS: readonly string[] = [
  'ADA/USD',
  'BTC/USD',
  'DOGE/USD',
  'ETH/USD',
  'LINK/USD',
  'LTC/USD',
  'MINA/USD',
  'SOL/USD',
  'XRP/USD',
];

/** An order is worth about this many USD at least. */
const MINIMUM_ORDER = 5;
const MINIMUM_COST = 0.5;

const describe = (pair: Pair): SyntheticMarket => ({
  market: {
    symbol: pair.symbol,
    base: pair.base.name,
    quote: pair.quote.name,
    amountStep: 1 / 10 ** pair.amountDecimals,
    minimumAmount: Number((MINIMUM_ORDER / pair.base.centre).toPrecision(1)),
    minimumCost: Number((MINIMUM_COST / pair.quote.centre).toPrecision(1)),
  },
  listedAt: pair.listedAt,
  priceDecimals: pair.priceDecimals,
  amountDecimals: pair.amountDecimals,
});

/**
 * The markets of these symbols (`BASE/QUOTE`), in this order. Throws `UserError` for anything that
 * is not a symbol.
 */
export const syntheticMarkets = (symbols: readonly string[]): readonly SyntheticMarket[] =>
  symbols.map(symbol => describe(pairOf(symbol)));

const COLUMNS = ['cell', 'open', 'high', 'low', 'close', 'volume'] as const;

/**
 * The candles with from ≤ t < to (whole minutes) as tapes of `minutesPerTape`, the last one maybe
 * shorter, a lane for each symbol in the order given. The same seed, symbol and minute have the
 * same candle whatever else is requested. Absent before a market's listing.
 */
export function* syntheticTapes(
  symbols: readonly string[],
  seed: number,
  from: EpochMs,
  to: EpochMs,
  minutesPerTape: number,
): Generator<Tape> {
  const pairs = symbols.map(pairOf);
  for (let start = from; start < to; start += minutesPerTape * MINUTE_MS) {
    const end = Math.min(to, start + minutesPerTape * MINUTE_MS);
    const tape = emptyTape(start, (end - start) / MINUTE_MS, pairs.length);
    for (let day = Math.floor(start / DAY_MS); day * DAY_MS < end; day++) {
      const first = Math.max(start, day * DAY_MS);
      const skip = (first - day * DAY_MS) / MINUTE_MS;
      const until = skip + (Math.min(end, (day + 1) * DAY_MS) - first) / MINUTE_MS;
      pairs.forEach((pair, lane) => {
        const candles = candlesOf(pair, seed, day);
        const at = lane * tape.minutes + (first - start) / MINUTE_MS;
        for (const column of COLUMNS) tape[column].set(candles[column].subarray(skip, until), at);
      });
    }
    yield tape;
  }
}
