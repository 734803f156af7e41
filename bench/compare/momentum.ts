import { Cell, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';

/** A candle as the packages take it: one object each, since some of them keep it. */
export interface PeerCandle {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/**
 * What the momentum conditions read, after each candle; NaN while a package gives nothing. ROC in
 * percent.
 */
export interface PeerValues {
  rsi: number;
  histogram: number;
  roc1: number;
  roc5: number;
  roc15: number;
  adx: number;
  plusDi: number;
  minusDi: number;
  bollingerMiddle: number;
  volumeSma: number;
}

/**
 * The indicators of one market from a package. `minute` and `higher` feed their own timeframe and
 * no other.
 */
export interface PeerIndicators {
  readonly values: PeerValues;
  minute(candle: PeerCandle): void;
  /** Takes a complete candle of 5 or 15 minutes and gives its MACD histogram. */
  higher(timeframe: 0 | 1, candle: PeerCandle): number;
}

export const emptyValues = (): PeerValues => ({
  rsi: NaN,
  histogram: NaN,
  roc1: NaN,
  roc5: NaN,
  roc15: NaN,
  adx: NaN,
  plusDi: NaN,
  minusDi: NaN,
  bollingerMiddle: NaN,
  volumeSma: NaN,
});

/** What a loop over some tapes came to. */
export interface LoopResult {
  readonly candles: number;
  readonly seconds: number;
  readonly candlesPerSecond: number;
  readonly opportunities: number;
  readonly trades: number;
  /** Sum of the trades' net returns, as ratios. */
  readonly netReturn: number;
}

const TIMEFRAMES = [5, 15] as const;
const HALF_SPREAD_AND_SLIPPAGE = 0.00045;
const FEE = 0.004;
const STOP = 0.02;
const TARGET = 0.03;

/** Collects minutes into complete candles of a timeframe, aligned to the epoch. */
class Collector {
  private open = NaN;
  private high = NaN;
  private low = NaN;
  private volume = 0;
  private count = 0;
  private readonly minutes: number;

  constructor(minutes: number) {
    this.minutes = minutes;
  }

  add(minute: number, { open, high, low, close, volume }: PeerCandle): PeerCandle | null {
    const place = minute % this.minutes;
    if (place === 0) {
      [this.open, this.high, this.low, this.volume, this.count] = [open, high, low, volume, 1];
    } else {
      if (high > this.high) this.high = high;
      if (low < this.low) this.low = low;
      this.volume += volume;
      this.count++;
    }
    return place === this.minutes - 1 && this.count === this.minutes
      ? { open: this.open, high: this.high, low: this.low, close, volume: this.volume }
      : null;
  }
}

/** The strategy's default conditions on one candle. A NaN fails whatever it is compared in. */
const holds = (values: PeerValues, previousHistogram: number, higher: readonly number[], candle: PeerCandle): boolean =>
  values.rsi > 30 &&
  values.rsi < 70 &&
  values.histogram > 0 &&
  values.histogram > previousHistogram &&
  values.roc1 >= 0.5 &&
  values.roc5 >= 1 &&
  values.roc15 >= 1.5 &&
  candle.close > values.bollingerMiddle &&
  candle.volume > 1.5 * values.volumeSma &&
  values.adx >= 25 &&
  values.plusDi > values.minusDi &&
  higher[0]! > 0 &&
  higher[1]! > 0;

/**
 * One lane's momentum loop: buys at the open after an opportunity, sells all at a stop or a target,
 * whichever comes first.
 */
const laneLoop = (tapes: readonly Tape[], lane: number, indicators: PeerIndicators) => {
  const collectors = TIMEFRAMES.map(minutes => new Collector(minutes));
  const higher = [NaN, NaN];
  const total = { candles: 0, opportunities: 0, trades: 0, netReturn: 0 };
  const { values } = indicators;
  let pending = false;
  let entry = NaN;
  for (const tape of tapes) {
    const first = tape.start / MINUTE_MS;
    for (let i = 0, at = lane * tape.minutes; i < tape.minutes; i++, at++) {
      if (tape.cell[at] === Cell.absent) continue;
      const candle = {
        open: tape.open[at]!,
        high: tape.high[at]!,
        low: tape.low[at]!,
        close: tape.close[at]!,
        volume: tape.volume[at]!,
      };
      total.candles++;
      const previousHistogram = values.histogram;
      indicators.minute(candle);
      for (let t = 0; t < 2; t++) {
        const complete = collectors[t]!.add(first + i, candle);
        if (complete) higher[t] = indicators.higher(t as 0 | 1, complete);
      }
      if (tape.cell[at] !== Cell.traded) continue;
      if (pending) {
        pending = false;
        entry = candle.open * (1 + HALF_SPREAD_AND_SLIPPAGE);
        total.trades++;
      }
      const stop = entry * (1 - STOP);
      const target = entry * (1 + TARGET);
      if (candle.low <= stop || candle.high > target) {
        const price = candle.low <= stop ? Math.min(candle.open, stop) : Math.max(candle.open, target);
        total.netReturn += (price * (1 - HALF_SPREAD_AND_SLIPPAGE) * (1 - FEE)) / (entry * (1 + FEE)) - 1;
        entry = NaN;
      }
      if (holds(values, previousHistogram, higher, candle)) {
        total.opportunities++;
        pending = Number.isNaN(entry);
      }
    }
  }
  return total;
};

/**
 * Runs the loop over every lane of the tapes (one after the other in time), each with indicators of
 * its own, and times it.
 */
export const momentumLoop = (tapes: readonly Tape[], indicatorsOf: () => PeerIndicators): LoopResult => {
  const began = performance.now();
  const total = { candles: 0, opportunities: 0, trades: 0, netReturn: 0 };
  for (let lane = 0; lane < (tapes[0]?.markets ?? 0); lane++) {
    const part = laneLoop(tapes, lane, indicatorsOf());
    for (const key of ['candles', 'opportunities', 'trades', 'netReturn'] as const) total[key] += part[key];
  }
  const seconds = (performance.now() - began) / 1000;
  return { ...total, seconds, candlesPerSecond: total.candles / seconds };
};
