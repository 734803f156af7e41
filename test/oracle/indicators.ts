import { createRequire } from 'node:module';
import { MINUTE_MS } from '../../lib/units.js';
import type { IndicatorSettings } from '../../lib/settings/settings.js';
import { higherCandles, runsOf, type Series } from './series.js';
import type { OracleCandle } from './types.js';

type Reference = (
  inputs: readonly (readonly number[])[],
  options: readonly number[],
  done: (error: unknown, outputs: number[][]) => void,
) => void;
const { indicators } = createRequire(import.meta.url)('tulind') as {
  indicators: Record<string, { indicator: Reference }>;
};

/** A value for each candle, null where there is none. */
type Column = (number | null)[];

const padded = (values: readonly number[], length: number): Column => [
  ...new Array<null>(length - values.length).fill(null),
  ...values.map(value => (Number.isFinite(value) ? value : null)),
];

/** tulind's outputs, one value a candle: null until tulind gives one, and where it gives NaN. */
export const reference = (name: string, inputs: readonly number[][], options: readonly number[]): Column[] => {
  let columns: Column[] = [];
  // tulind calls back before it returns
  indicators[name]!.indicator(inputs, options, (error, outputs) => {
    if (error) throw error as Error;
    columns = outputs.map(output => padded(output, inputs[0]!.length));
  });
  return columns;
};

/**
 * tulind's ADX, where a directional index of 0/0 counts as 0 instead of spoiling all that follows.
 */
export const adxOf = (candles: readonly OracleCandle[], period: number): Column => {
  const keep = (period - 1) / period;
  const values: number[] = [];
  let range = 0;
  let up = 0;
  let down = 0;
  let adx = 0;
  for (let i = 1; i < candles.length; i++) {
    const [{ high, low }, before] = [candles[i]!, candles[i - 1]!];
    const rise = Math.max(high - before.high, 0);
    const fall = Math.max(before.low - low, 0);
    const fade = i < period ? 1 : keep; // the first `period - 1` are summed
    range = range * fade + Math.max(high - low, Math.abs(high - before.close), Math.abs(low - before.close));
    up = up * fade + (rise >= fall ? rise : 0); // equal ones both count, as in tulind
    down = down * fade + (fall >= rise ? fall : 0);
    if (i < period - 1) continue;
    const [plus, minus] = [up / range, down / range];
    const index = up + down === 0 ? 0 : (100 * Math.abs(plus - minus)) / (plus + minus);
    adx = i <= 2 * period - 2 ? adx + index : adx * keep + index; // the first `period` are summed
    if (i >= 2 * period - 2) values.push(adx / period);
  }
  return padded(values, candles.length);
};

/** What the strategy looks at on one candle. */
export interface Values {
  /** How many candles the unbroken run has, this one included. */
  readonly candles: number;
  readonly rsi: number | null;
  readonly histogram: number | null;
  /** Of the candle before. */
  readonly histogramBefore: number | null;
  /** Percent, one for each configured period. */
  readonly roc: readonly (number | null)[];
  readonly bollingerMiddle: number | null;
  readonly volumeSma: number | null;
  readonly adx: number | null;
  readonly atr: number | null;
  readonly plusDi: number | null;
  readonly minusDi: number | null;
  /** By minutes of the timeframe: its complete candles so far and the last one's histogram. */
  readonly timeframes: ReadonlyMap<number, { readonly candles: number; readonly histogram: number | null }>;
}

const histogramOf = (candles: readonly OracleCandle[], { fast, slow, signal }: IndicatorSettings['macd']): Column =>
  reference('macd', [candles.map(({ close }) => close)], [fast, slow, signal])[2]!;

const valuesOfRun = (
  run: readonly OracleCandle[],
  settings: IndicatorSettings,
  timeframes: readonly number[],
): Values[] => {
  const [high, low, close, volume] = (['high', 'low', 'close', 'volume'] as const).map(key => run.map(row => row[key]));
  const [rsi] = reference('rsi', [close!], [settings.rsi.period]);
  const histogram = histogramOf(run, settings.macd);
  const [, middle] = reference('bbands', [close!], [settings.bollinger.period, settings.bollinger.deviations]);
  const [sma] = reference('sma', [volume!], [settings.volume.period]);
  const [plusDi, minusDi] = reference('di', [high!, low!, close!], [settings.adx.period]);
  const adx = adxOf(run, settings.adx.period);
  const [atr] = reference('atr', [high!, low!, close!], [settings.atr.period]);
  const roc = settings.roc.periods.map(period => run.map((row, i) => percentSince(row, run[i - period])));
  const higher = timeframes.map(minutes => {
    const candles = higherCandles(run, minutes);
    return { minutes, candles, histogram: histogramOf(candles, settings.macd), closed: 0 };
  });
  return run.map((candle, i) => {
    for (const timeframe of higher) {
      const { minutes, candles } = timeframe;
      const next = candles[timeframe.closed];
      if (next && next.at + minutes * MINUTE_MS <= candle.at + MINUTE_MS) timeframe.closed++;
    }
    return {
      candles: i + 1,
      rsi: rsi![i]!,
      histogram: histogram[i]!,
      histogramBefore: histogram[i - 1] ?? null,
      roc: roc.map(column => column[i]!),
      bollingerMiddle: middle![i]!,
      volumeSma: sma![i]!,
      adx: adx[i]!,
      atr: atr![i]!,
      plusDi: plusDi![i]!,
      minusDi: minusDi![i]!,
      timeframes: new Map(
        higher.map(({ minutes, closed, histogram: column }) => [
          minutes,
          { candles: closed, histogram: column[closed - 1] ?? null },
        ]),
      ),
    };
  });
};

const percentSince = (now: OracleCandle, then: OracleCandle | undefined): number | null =>
  then ? 100 * (now.close / then.close - 1) : null;

/** The values of every candle of a market by its open time; after a gap they start anew. */
export const valuesOf = (
  series: Series,
  settings: IndicatorSettings,
  timeframes: readonly number[],
): ReadonlyMap<number, Values> =>
  new Map(
    runsOf(series).flatMap(run =>
      valuesOfRun(run, settings, timeframes).map((values, i) => [run[i]!.at, values] as const),
    ),
  );
