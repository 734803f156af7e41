import { defaultSettings } from '../test/support/settings.js';
import { IndicatorSet, type IndicatorValues } from '../lib/indicators/set.js';
import { Cell, emptyTape, type Tape } from '../lib/tape.js';
import { DAY_MS, MINUTE_MS } from '../lib/units.js';

const settings = defaultSettings.indicators;

/** Days of random walks, the same at each call. */
const walk = (days: number, markets: number, minutes: number): Tape[] => {
  let seed = 1;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const price = Array.from({ length: markets }, () => 10 + 1000 * random());
  return Array.from({ length: days }, (_, day) => {
    const tape = emptyTape(20_000 * DAY_MS + day * minutes * MINUTE_MS, minutes, markets);
    for (let market = 0; market < markets; market++)
      for (let i = market * minutes; i < (market + 1) * minutes; i++) {
        tape.cell[i] = Cell.traded;
        const open = price[market]!;
        const close = (price[market] = open * (1 + 0.002 * (random() - 0.5)));
        tape.open[i] = open;
        tape.high[i] = Math.max(open, close) * (1 + 0.0005 * random());
        tape.low[i] = Math.min(open, close) * (1 - 0.0005 * random());
        tape.close[i] = close;
        tape.volume[i] = 100 * random();
      }
    return tape;
  });
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/**
 * Candles a second through all indicators on one core, the median of `rounds` over tapes of a day.
 */
const candlesPerSecond = (markets: number, minutes = 1440, recycle = true, rounds = 9): number => {
  const tapes = walk(Math.max(1, Math.ceil(1_440_000 / (minutes * markets))), markets, minutes);
  const rates: number[] = [];
  for (let round = 0; round < rounds + 2; round++) {
    const set = new IndicatorSet(settings, markets);
    const began = performance.now();
    let spent: IndicatorValues | undefined;
    for (const tape of tapes) spent = set.advance(tape, recycle ? spent : undefined);
    const rate = (tapes.length * markets * minutes) / (performance.now() - began);
    if (round >= 2) rates.push(1000 * rate);
  }
  return median(rates);
};

const million = (rate: number) => `${(rate / 1e6).toFixed(2)} M candles/s`;

for (const markets of [1, 5, 50])
  console.log(
    `${markets} markets, a day a tape: ${million(candlesPerSecond(markets))}, ` +
      `${million(candlesPerSecond(markets, 1440, false))} with new columns for each tape`,
  );
console.log(`500 markets, a minute a tape: ${million(candlesPerSecond(500, 1))}`);
