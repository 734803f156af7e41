import { candlesOf } from '../../lib/simulator/market/candles.js';
import { pairOf } from '../../lib/simulator/market/pairs.js';
import { DAY_MS, MINUTE_MS, type EpochMs, type Price } from '../../lib/units.js';

/** What a market of the simulated exchange really did in a minute. */
export interface TrueMinute {
  readonly low: Price;
  readonly high: Price;
  readonly close: Price;
}

/** Reckons what really happened, minute by minute, so that nothing of it has to be kept. */
export const truthOf =
  (seed: number) =>
  (symbol: string, at: EpochMs): TrueMinute => {
    const day = Math.floor(at / DAY_MS);
    const { low, high, close } = candlesOf(pairOf(symbol), seed, day);
    const i = Math.floor((at - day * DAY_MS) / MINUTE_MS);
    return { low: low[i]!, high: high[i]!, close: close[i]! };
  };
