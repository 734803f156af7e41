import type { Tape } from '../tape.js';
import { MINUTE_MS, wholeMinute, type EpochMs, type Price, type Ratio } from '../units.js';
import type { Unseen } from './events.js';

/** The whole minutes after `after` up to `until`, ascending. */
export const minutesAfter = (after: EpochMs, until: EpochMs): readonly EpochMs[] => {
  const first = wholeMinute(after) + MINUTE_MS;
  const count = Math.max(0, Math.floor((until - first) / MINUTE_MS) + 1);
  return Array.from({ length: count }, (_, n) => first + n * MINUTE_MS);
};

/**
 * The price range of a market in a minute of a tape. It starts at the price before the minute (NaN:
 * unknown). A low or high more than `maxJump` from that price may be a single bad print: the open
 * or the close replaces it.
 */
export const rangeOf = ({ open, high, low, close }: Tape, cell: number, last: Price, maxJump: Ratio) => {
  const [first, final] = [open[cell]!, close[cell]!];
  if (Number.isNaN(last)) return { high: high[cell]!, low: low[cell]! };
  return {
    high: Math.max(last, high[cell]! > last * (1 + maxJump) ? Math.max(first, final) : high[cell]!),
    low: Math.min(last, low[cell]! < last * (1 - maxJump) ? Math.min(first, final) : low[cell]!),
  };
};

/**
 * Appends a stretch of unseen time, merged with the last one if they touch and have the same stop.
 */
export const joined = (stretches: readonly Unseen[], next: Unseen): readonly Unseen[] => {
  const last = stretches.at(-1);
  return last?.to === next.from && last.stop === next.stop
    ? [...stretches.slice(0, -1), { ...next, from: last.from }]
    : [...stretches, next];
};
