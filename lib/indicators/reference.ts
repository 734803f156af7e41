import type { Tulind } from 'tulind';
import type { IndicatorSettings } from '../settings/settings.js';
import type { Tape } from '../tape.js';
import { DAY_MS, MINUTE_MS } from '../units.js';
import { OBV_WINDOW } from './volume.js';

/** Plain arrays, for tulind takes no others. */
interface PlainBars {
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
}

/** tulind's outputs, each as long as the inputs: NaN where it has no value yet. */
const askTulind = async (
  { indicators }: Tulind,
  name: string,
  inputs: readonly (readonly number[])[],
  options: readonly number[],
): Promise<number[][]> => {
  const indicator = indicators[name];
  if (!indicator) throw new Error(`tulind has no indicator ${name}`);
  const length = inputs[0]!.length;
  const start = Math.min(length, indicator.start(options));
  // Inputs shorter than the warm-up make it allocate outputs of negative length.
  const outputs = start < length ? await indicator.indicator(inputs, options) : [[], [], []];
  return outputs.map(output => [...Array<number>(length - output.length).fill(NaN), ...output]);
};

/** tulind's `adx`, and where that is NaN for ever after a 0/0 its `dx` with 0 for each 0/0, smoothed by its `wilders`. */
const adxOf = async (tulind: Tulind, bars: readonly (readonly number[])[], period: number): Promise<number[]> => {
  const [[adx], [dx]] = [await askTulind(tulind, 'adx', bars, [period]), await askTulind(tulind, 'dx', bars, [period])];
  const [smoothed] = await askTulind(
    tulind,
    'wilders',
    [dx!.slice(period - 1).map(index => (Number.isNaN(index) ? 0 : index))],
    [period],
  );
  return adx!.map((value, i) => (Number.isNaN(value) ? (smoothed![i - period + 1] ?? NaN) : value));
};

const percent = (rate: number): number => (Number.isFinite(rate) ? 100 * rate : NaN);

/** What every timeframe has: RSI, MACD, ATR, ADX and the rates of change of the close. */
const priceReference = async (
  tulind: Tulind,
  { high, low, close }: PlainBars,
  { rsi, macd, adx, atr }: IndicatorSettings,
  rocPeriods: readonly number[],
): Promise<[key: string, values: readonly number[]][]> => {
  const columns: [string, readonly number[]][] = [];
  columns.push([`rsi_${rsi.period}`, (await askTulind(tulind, 'rsi', [close], [rsi.period]))[0]!]);
  const [line, signal, histogram] = await askTulind(tulind, 'macd', [close], [macd.fast, macd.slow, macd.signal]);
  columns.push(['macd', line!], ['macd_signal', signal!], ['macd_histogram', histogram!]);
  for (const period of rocPeriods)
    columns.push([`roc_${period}`, (await askTulind(tulind, 'roc', [close], [period]))[0]!.map(percent)]);
  columns.push([`adx_${adx.period}`, await adxOf(tulind, [high, low, close], adx.period)]);
  columns.push([`atr_${atr.period}`, (await askTulind(tulind, 'atr', [high, low, close], [atr.period]))[0]!]);
  return columns;
};

/** The candles of a higher timeframe from the first whole one on, cut out of the minutes in the plainest way. */
const higherBars = ({ high, low, close }: PlainBars, first: number, minutes: number): PlainBars => {
  const bars = { high: [] as number[], low: [] as number[], close: [] as number[] };
  for (let from = first; from + minutes <= close.length; from += minutes) {
    bars.high.push(Math.max(...high.slice(from, from + minutes)));
    bars.low.push(Math.min(...low.slice(from, from + minutes)));
    bars.close.push(close[from + minutes - 1]!);
  }
  return bars;
};

const vwapReference = ({ high, low, close }: PlainBars, volume: readonly number[], firstMinute: number): number[] => {
  const day = DAY_MS / MINUTE_MS;
  let sums: [turnover: number, traded: number] | null = null;
  return close.map((price, row) => {
    if ((firstMinute + row) % day === 0) sums = [0, 0];
    if (!sums) return NaN;
    sums[0] += ((high[row]! + low[row]! + price) / 3) * volume[row]!;
    sums[1] += volume[row]!;
    return sums[0] / sums[1];
  });
};

/**
 * Every column by key as tulind gives it over a whole lane without gaps. Higher candles, VWAP and the window of OBV, which
 * tulind does not know, come from plain code that shares nothing with the kernels.
 */
export const referenceColumns = async (
  tape: Tape,
  settings: IndicatorSettings,
  tulind: Tulind,
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const bars = { high: [...tape.high], low: [...tape.low], close: [...tape.close] };
  const volume = [...tape.volume];
  const firstMinute = tape.start / MINUTE_MS;
  const ask = (name: string, inputs: readonly (readonly number[])[], options: readonly number[]) =>
    askTulind(tulind, name, inputs, options);
  const { adx, volume: ofVolume, bollinger } = settings;

  const columns = new Map(await priceReference(tulind, bars, settings, settings.roc.periods));
  const [plus, minus] = await ask('di', [bars.high, bars.low, bars.close], [adx.period]);
  columns.set(`plus_di_${adx.period}`, plus!).set(`minus_di_${adx.period}`, minus!);
  columns.set(`volume_sma_${ofVolume.period}`, (await ask('sma', [volume], [ofVolume.period]))[0]!);
  columns.set(`volume_roc_${ofVolume.period}`, (await ask('roc', [volume], [ofVolume.period]))[0]!.map(percent));
  const [obv] = await ask('obv', [bars.close, volume], []);
  columns.set(
    'obv',
    obv!.map((sum, row) => sum - (obv![row - OBV_WINDOW] ?? 0)),
  );
  columns.set('vwap', vwapReference(bars, volume, firstMinute));
  const [lower, middle, upper] = await ask('bbands', [bars.close], [bollinger.period, bollinger.deviations]);
  columns.set('bb_lower', lower!).set('bb_middle', middle!).set('bb_upper', upper!);

  for (const minutes of settings.timeframes) {
    const first = (minutes - (firstMinute % minutes)) % minutes;
    const higher = await priceReference(tulind, higherBars(bars, first, minutes), settings, [1]);
    for (const [key, values] of higher)
      columns.set(
        `${minutes}m.${key}`,
        volume.map((_, row) => values[Math.floor((row + 1 - first) / minutes) - 1] ?? NaN),
      );
  }
  return columns;
};

/**
 * The value of a column that looks back on a fixed window, from tulind on that window alone; null for other columns.
 * tulind's running sums keep the rounding of everything that ever passed through them: after a large volume a mean of
 * zeros is not zero, and of a nearly flat window the deviation is noise. Here the closes are counted from the first of the
 * window, which changes no deviation. Lower and upper band are NaN where the window is flat (semantics §2).
 */
export const windowReference = async (
  tape: Tape,
  row: number,
  key: string,
  { volume, bollinger }: IndicatorSettings,
  tulind: Tulind,
): Promise<number | null> => {
  const last = (column: Float64Array, count: number) => [...column.subarray(Math.max(0, row + 1 - count), row + 1)];
  if (key === `volume_sma_${volume.period}`)
    return (await askTulind(tulind, 'sma', [last(tape.volume, volume.period)], [volume.period]))[0]!.at(-1)!;
  if (key === 'obv') {
    const inputs = [last(tape.close, OBV_WINDOW + 1), last(tape.volume, OBV_WINDOW + 1)];
    return (await askTulind(tulind, 'obv', inputs, []))[0]!.at(-1)!;
  }
  const band = ['bb_lower', 'bb_middle', 'bb_upper'].indexOf(key);
  if (band < 0) return null;
  const closes = last(tape.close, bollinger.period);
  const pivot = closes[0]!;
  if (band !== 1 && closes.every(close => close === pivot)) return NaN;
  const inputs = [closes.map(close => close - pivot)];
  return pivot + (await askTulind(tulind, 'bbands', inputs, [bollinger.period, bollinger.deviations]))[band]!.at(-1)!;
};
