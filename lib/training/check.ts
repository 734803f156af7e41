import { isoTime } from '../report/time.js';
import { MINUTE_MS } from '../units.js';
import type { Block } from './block.js';
import type { Column } from './columns.js';
import { testedIn, trainsFrom, type Fold } from './folds.js';
import { findLeak, leakLine } from './leaks.js';
import type { Place } from './partition.js';

/** Expected period and labels of a block. */
export interface Expected {
  readonly from: string;
  readonly to: string;
  readonly labels: { readonly horizons_minutes: readonly number[] };
}

const same = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));
/** Equality up to the rounding of a division. */
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));

/**
 * Problems of a block read back: order and range of times, leaks, folds, returns against closes.
 */
export const checkBlock = (
  block: Block,
  columns: readonly Column[],
  folds: readonly Fold[],
  { from, to, labels }: Expected,
  place: Pick<Place, 'from' | 'to'>,
): readonly string[] => {
  const problems: string[] = [];
  const column = (name: string) => block.values.get(name)!;
  const open = column('open_time');
  const rowOf = new Map<number, number>();
  const [first, end] = [Math.max(place.from, Date.parse(from)), Math.min(place.to, Date.parse(to))];
  for (let row = 0; row < block.rows; row++) {
    const at = open[row]!;
    const when = Number.isNaN(at) ? `row ${row + 1}` : `the row of ${isoTime(at)}`;
    rowOf.set(at, row);
    if (!(at >= first && at < end)) problems.push(`${when} is not of this file and period`);
    if (row > 0 && !(at > open[row - 1]!)) problems.push(`${when} is not after the previous row`);
    if (column('decided_at')[row] !== at + MINUTE_MS) problems.push(`${when}: decided_at is not the candle's close`);
    if (column('fold')[row] !== testedIn(folds, at)) problems.push(`${when}: fold is not the fold of its time`);
    const trains = trainsFrom(folds, column('label_available_at')[row]!);
    if (!same(column('fold_trains_from')[row]!, trains))
      problems.push(`${when}: fold_trains_from does not match its label_available_at and the embargo`);
  }
  const leak = findLeak(block, columns);
  if (leak) problems.push(`leak: ${leakLine(leak, block)}`);
  const close = column('settled_close');
  const [seen, settledAt, available] = [block.values.get('close'), column('settled_at'), column('label_available_at')];
  const suspect = column('suspect');
  for (const horizon of labels.horizons_minutes) {
    const returns = block.values.get(`forward_return_${horizon}`);
    if (!returns) continue; // column not selected
    for (let row = 0; row < block.rows; row++) {
      const later = rowOf.get(open[row]! + horizon * MINUTE_MS);
      if (later === undefined || Number.isNaN(returns[row]) || suspect[row] || suspect[later]) continue;
      if (!near(returns[row]!, 100 * (close[later]! / close[row]! - 1)))
        problems.push(`the row of ${isoTime(open[row]!)}: forward_return_${horizon} does not match the closes`);
      for (const each of [row, later])
        if (seen && seen[each] !== close[each] && !(available[row]! >= settledAt[each]!))
          problems.push(
            `the row of ${isoTime(open[row]!)}: label_available_at is before the close of ${isoTime(open[each]!)} was settled`,
          );
    }
  }
  return problems;
};
