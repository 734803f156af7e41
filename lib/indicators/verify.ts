import type { Tulind } from 'tulind';
import { isoTime } from '../report/time.js';
import type { IndicatorSettings } from '../settings/settings.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs } from '../units.js';
import type { IndicatorColumns } from './columns.js';
import { indicatorColumns } from './catalogue.js';
import { referenceColumns } from './reference.js';
import { IndicatorSet } from './set.js';

/** A value where the kernels and the reference disagree. */
export interface Mismatch {
  readonly key: string;
  /** Open time of the candle. */
  readonly minute: EpochMs;
  /** NaN for null, as in the columns. */
  readonly ours: number;
  /** NaN for null. */
  readonly reference: number;
}

/** The first of `count` mismatches of a market, in words. */
export const mismatchText = ({ key, minute, ours, reference }: Mismatch, count: number): string =>
  `${key} is ${ours} at ${isoTime(minute)}, the reference says ${reference} (${count} values differ)`;

/** Allowed distance of the kernels from the reference, relative to the greater of the two. */
const TOLERANCE = 1e-9;

/**
 * A difference of prices, or a sum of volumes with both signs, can be nearly 0 while the rounding
 * of its parts is not. So for MACD, Bollinger bands and OBV, errors up to this share of the close,
 * or of the volume of the window, are accepted: some thousand roundings of one part, a thousandth
 * of the tolerance.
 */
const ROUNDING = 1e-12;

/** The kernels' values for a lane: a fresh set, as at a start. */
const computed = (tape: Tape, settings: IndicatorSettings): IndicatorColumns =>
  new IndicatorSet(settings, 1).advance(tape).columns;

const agree = (ours: number, reference: number, rounding: number): boolean =>
  Number.isNaN(ours) || Number.isNaN(reference)
    ? Number.isNaN(ours) && Number.isNaN(reference)
    : Math.abs(ours - reference) <= Math.max(TOLERANCE * Math.max(Math.abs(ours), Math.abs(reference)), rounding);

/**
 * The part of one market's lane after its last gap, as a tape of one market: the input of
 * `verifyIndicators`. At most `minutes` long; empty if the market's last cell is absent.
 */
export const lastStretch = (tape: Tape, market: number, minutes = Infinity): Tape => {
  const first = market * tape.minutes;
  const end = first + tape.minutes;
  let from = end;
  while (from > first && end - from < minutes && tape.cell[from - 1] !== Cell.absent) from--;
  const part = (column: Float64Array) => column.subarray(from, end);
  return {
    start: tape.start + (from - first) * MINUTE_MS,
    minutes: end - from,
    markets: 1,
    cell: tape.cell.subarray(from, end),
    open: part(tape.open),
    high: part(tape.high),
    low: part(tape.low),
    close: part(tape.close),
    volume: part(tape.volume),
  };
};

/**
 * Compares the kernels with their references on one market's candles, a one-lane tape without gaps,
 * and returns the differences above 1e-9: none, if all is well. Where a value differs from the
 * reference over the whole series, the reference on its window alone decides. Columns whose
 * reference is `none` are skipped. `compute` gives the values to compare, by default those of a
 * fresh set. Throws a RangeError if the tape has more lanes or a gap.
 */
export const verifyIndicators = async (
  tape: Tape,
  settings: IndicatorSettings,
  tulind: Tulind,
  compute: (tape: Tape, settings: IndicatorSettings) => IndicatorColumns = computed,
): Promise<readonly Mismatch[]> => {
  if (tape.markets !== 1 || tape.cell.includes(Cell.absent))
    throw new RangeError('Indicators are verified on one lane without gaps.');
  if (tape.minutes === 0) return [];
  const columns = compute(tape, settings);
  const references = await referenceColumns(tape, settings, tulind);
  const unchecked = new Set(indicatorColumns(settings).flatMap(({ key, isChecked }) => (isChecked ? [] : [key])));
  const mismatches: Mismatch[] = [];
  for (const key of new Set([...references.keys(), ...columns.keys()])) {
    if (unchecked.has(key)) continue;
    const values = columns.get(key);
    const wanted = references.get(key);
    for (let row = 0; row < tape.minutes; row++) {
      const ours = values?.[row] ?? NaN;
      const reference = wanted?.values[row] ?? NaN;
      const rounding = wanted?.partSize ? ROUNDING * wanted.partSize(row) : 0;
      if (agree(ours, reference, rounding)) continue;
      const ofWindow = wanted?.windowAt ? await wanted.windowAt(row) : null;
      if (ofWindow !== null && agree(ours, ofWindow, rounding)) continue;
      mismatches.push({
        key,
        minute: tape.start + row * MINUTE_MS,
        ours,
        reference: ofWindow ?? reference,
      });
    }
  }
  return mismatches;
};
