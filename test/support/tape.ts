import { Cell, emptyTape, type Candle, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';

/** The candles, in any order, as one tape from the earliest to the latest of their minutes. */
export const tapeOf = (candles: readonly Candle[], markets: number): Tape => {
  if (candles.length === 0) return emptyTape(0, 0, markets);
  let first = Infinity;
  let last = -Infinity;
  for (const { at } of candles) {
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  const tape = emptyTape(first, (last - first) / MINUTE_MS + 1, markets);
  for (const candle of candles) {
    const at = candle.market * tape.minutes + (candle.at - first) / MINUTE_MS;
    tape.cell[at] = candle.cell ?? Cell.traded;
    tape.open[at] = candle.open;
    tape.high[at] = candle.high;
    tape.low[at] = candle.low;
    tape.close[at] = candle.close;
    tape.volume[at] = candle.volume;
  }
  return tape;
};
