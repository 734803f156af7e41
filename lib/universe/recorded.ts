import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import { NOTHING_KNOWN } from './rule.js';
import type { UniverseData, LiveInputs } from './universe.js';

/** Stored verdicts on one market, ascending by the times of their refreshes. */
export interface LaneVerdicts {
  readonly at: readonly EpochMs[];
  /** One of `Verdict` for each. */
  readonly verdict: readonly number[];
}

/**
 * The verdict that was in force at each refresh. A stored verdict holds as long as it did live:
 * until the next one, or for the shortest time between two of them if that one is missing; a single
 * one for `refreshMs`.
 */
export const recordedBy = (
  lanes: readonly LaneVerdicts[],
  refreshMs: DurationMs,
): NonNullable<UniverseData['recorded']> => {
  let holdsMs = Infinity;
  for (const { at } of lanes) for (let i = 1; i < at.length; i++) holdsMs = Math.min(holdsMs, at[i]! - at[i - 1]!);
  if (holdsMs === Infinity) holdsMs = refreshMs;
  return (market, refreshAt) => {
    const { at, verdict } = lanes[market]!;
    let [low, high] = [0, at.length]; // the first one after `refreshAt`
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[middle]! <= refreshAt) low = middle + 1;
      else high = middle;
    }
    return low > 0 && refreshAt - at[low - 1]! < holdsMs ? verdict[low - 1] : undefined;
  };
};

/**
 * A resumed run keeps the verdicts that it stored at a refresh and does not replace them by newer
 * data. Undefined if none were stored.
 */
export const saidBefore = (lanes: readonly LaneVerdicts[]): NonNullable<UniverseData['recorded']> => {
  const saidOf = lanes.map(({ at, verdict }) => new Map(at.map((time, i) => [time, verdict[i]!])));
  return (market, refreshAt) => saidOf[market]!.get(refreshAt);
};

/**
 * Data of a resumed run at other refreshes: unknown at those that it missed, `knownNow` since it
 * resumed.
 */
export const knownSince =
  (lanes: readonly LaneVerdicts[], knownNow: LiveInputs): LiveInputs =>
  (market, refreshAt) => {
    const last = lanes[market]!.at.at(-1);
    if (last !== undefined && refreshAt <= last) return null;
    return knownNow(market, refreshAt) ?? (last === undefined ? null : NOTHING_KNOWN);
  };

/**
 * Share of the refreshes that decide on candles from ≤ t < to for which verdicts of the first
 * `markets` lanes are stored: from the one in force when the first candle closes to the one at
 * which the last one closes.
 */
export const recordedShare = (
  recorded: NonNullable<UniverseData['recorded']>,
  markets: number,
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
  refreshMs: DurationMs,
): number => {
  let [known, wanted] = [0, 0];
  for (let at = Math.floor((from + MINUTE_MS) / refreshMs) * refreshMs; at <= to; at += refreshMs)
    for (let market = 0; market < markets; market++, wanted++) if (recorded(market, at) !== undefined) known++;
  return wanted > 0 ? known / wanted : 0;
};
