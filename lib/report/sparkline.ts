import type { EquityPoint } from './equity-curve.js';

const BLOCKS = '▁▂▃▄▅▆▇█';

/** A curve as a line of blocks, one per equal time step, each the last value known at its end. */
export const sparkline = (points: readonly EquityPoint[], width: number): string => {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return '';
  const step = (last.at - first.at) / width;
  const values = Array.from({ length: step > 0 ? width : 1 }, (_, i) => {
    const end = first.at + (i + 1) * step;
    return (points.findLast(({ at }) => at <= end + 0.5) ?? first).equity;
  });
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  const height = (value: number) => (range > 0 ? Math.round(((value - low) / range) * (BLOCKS.length - 1)) : 0);
  return values.map(value => BLOCKS[height(value)]).join('');
};
