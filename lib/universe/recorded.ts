import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import { NOTHING_KNOWN } from './rule.js';
import type { Knowledge, Known } from './universe.js';

/** The verdicts on one market that were stored, ascending by the times of their refreshes. */
export interface LaneVerdicts {
  readonly at: readonly EpochMs[];
  /** One of `Verdict` for each. */
  readonly verdict: readonly number[];
}

/**
 * What was known at each refresh. A stored verdict holds as long as it did then: until the next one, or for the least time
 * between two of them where that does not come; a lone one for `refreshMs`.
 */
export const recordedBy = (
  lanes: readonly LaneVerdicts[],
  refreshMs: DurationMs,
): NonNullable<Knowledge['recorded']> => {
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
 * What a live run that goes on where it was killed said itself at a refresh: that stays in force and is not said anew by what is
 * known only now. Undefined where nothing was said.
 */
export const saidBefore = (lanes: readonly LaneVerdicts[]): NonNullable<Knowledge['recorded']> => {
  const saidOf = lanes.map(({ at, verdict }) => new Map(at.map((time, i) => [time, verdict[i]!])));
  return (market, refreshAt) => saidOf[market]!.get(refreshAt);
};

/** What such a run knows of the other refreshes: nothing at those that it missed; `knownNow` holds since it is back. */
export const knownSince =
  (lanes: readonly LaneVerdicts[], knownNow: Known): Known =>
  (market, refreshAt) => {
    const last = lanes[market]!.at.at(-1);
    if (last !== undefined && refreshAt <= last) return null;
    return knownNow(market, refreshAt) ?? (last === undefined ? null : NOTHING_KNOWN);
  };

/**
 * Share of the refreshes that decide on candles from ≤ t < to at which the verdicts of the first `markets` lanes are known: from
 * the one in force when the first of them closes, to the one at which the last of them closes.
 */
export const recordedShare = (
  recorded: NonNullable<Knowledge['recorded']>,
  markets: number,
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
  refreshMs: DurationMs,
): number => {
  let [known, wanted] = [0, 0];
  for (let at = Math.floor((from + MINUTE_MS) / refreshMs) * refreshMs; at <= to; at += refreshMs)
    for (let market = 0; market < markets; market++, wanted++) if (recorded(market, at) !== undefined) known++;
  return wanted > 0 ? known / wanted : 0;
};
