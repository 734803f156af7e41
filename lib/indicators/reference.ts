import type { Tulind } from 'tulind';
import type { IndicatorSettings } from '../settings/settings.js';
import type { Tape } from '../tape.js';
import { MINUTE_MS } from '../units.js';
import { higherGroups, minuteGroups } from './catalogue.js';
import type { ColumnGroup, ReferenceBars, RunTulind } from './indicator.js';
import type { PriceBars } from './kernel.js';

/** Runs an indicator of tulind over whole series. */
const runnerOf =
  ({ indicators }: Tulind): RunTulind =>
  async (name, inputs, options) => {
    const indicator = indicators[name];
    if (!indicator) throw new Error(`tulind has no indicator ${name}`);
    const length = inputs[0]!.length;
    const start = Math.min(length, indicator.start(options));
    // inputs shorter than the warm-up make it allocate outputs of negative length
    const outputs = start < length ? await indicator.indicator(inputs, options) : [[], [], []];
    return outputs.map(output => [...Array<number>(length - output.length).fill(NaN), ...output]);
  };

/** A column's reference: its value in each row of the tape, and how a difference is evaluated. */
export interface ReferenceColumn {
  readonly values: readonly number[];
  readonly windowAt: ((row: number) => Promise<number>) | null;
  readonly partSize: ((row: number) => number) | null;
}

/**
 * The candles of a higher timeframe from the first whole one on, built from the minutes in the
 * simplest way.
 */
const higherBars = ({ high, low, close, first }: ReferenceBars, minutes: number): ReferenceBars => {
  const bars = { high: [] as number[], low: [] as number[], close: [] as number[] };
  const begin = (minutes - (first % minutes)) % minutes;
  for (let from = begin; from + minutes <= close.length; from += minutes) {
    bars.high.push(Math.max(...high.slice(from, from + minutes)));
    bars.low.push(Math.min(...low.slice(from, from + minutes)));
    bars.close.push(close[from + minutes - 1]!);
  }
  return { ...bars, volume: [], first: (first + begin) / minutes };
};

/** The columns of a timeframe that have a reference, by key. */
const columnsOf = async (
  groups: readonly ColumnGroup<PriceBars>[],
  bars: ReferenceBars,
  tape: Tape,
  tulind: RunTulind,
): Promise<ReadonlyMap<string, ReferenceColumn>> => {
  const columns = new Map<string, ReferenceColumn>();
  for (const { keys, reference, windowReference, partSize } of groups) {
    if (reference === 'none') continue;
    const values = await reference(bars, tulind);
    for (const [place, key] of keys.entries())
      columns.set(key, {
        values: values[place]!,
        windowAt: windowReference ? row => windowReference(tape, row, place, tulind) : null,
        partSize: partSize?.(tape) ?? null,
      });
  }
  return columns;
};

/**
 * Every column that has a reference, by key, over a whole lane without gaps: computed by tulind, or
 * by simple code that shares nothing with the kernels.
 */
export const referenceColumns = async (
  tape: Tape,
  settings: IndicatorSettings,
  tulind: Tulind,
): Promise<ReadonlyMap<string, ReferenceColumn>> => {
  const run = runnerOf(tulind);
  const bars: ReferenceBars = {
    high: [...tape.high],
    low: [...tape.low],
    close: [...tape.close],
    volume: [...tape.volume],
    first: tape.start / MINUTE_MS,
  };
  const columns = new Map(await columnsOf(minuteGroups(settings), bars, tape, run));
  for (const minutes of settings.timeframes) {
    const higher = higherBars(bars, minutes);
    const begin = higher.first * minutes - bars.first;
    for (const [key, column] of await columnsOf(higherGroups(settings), higher, tape, run))
      columns.set(`${minutes}m.${key}`, {
        ...column,
        values: bars.close.map((_, row) => column.values[Math.floor((row + 1 - begin) / minutes) - 1] ?? NaN),
        windowAt: null,
      });
  }
  return columns;
};
