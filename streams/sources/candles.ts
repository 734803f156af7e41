import { concat, concatMap, defer, of, type Observable } from 'rxjs';
import type { CandleEvent } from '../../lib/live/events.js';
import type { LaneRules } from '../../lib/live/lane.js';
import { Lanes, type LaneStart } from '../../lib/live/lanes.js';
import { rounds } from './rounds.js';
import { warmUp, type WarmUp } from './warm-up.js';

export interface CandleWorld extends WarmUp {
  /** The tracked markets, in the order of their lanes. It is fixed: a new listing needs another stream. */
  readonly starts: readonly LaneStart[];
  readonly rules: LaneRules;
}

/**
 * The closed candles of the tracked markets: what is stored, what was missed, `recovered`, and from then on each minute once.
 * Nothing is to be decided before `recovered`.
 *
 *     stored     ab|
 *     exchange     ---c----d----e--
 *     candles    ab---cr---d----e--
 */
export const candles = ({
  starts,
  rules,
  ...world
}: CandleWorld): Observable<CandleEvent | { readonly kind: 'recovered' }> =>
  defer(() => {
    const lanes = new Lanes(starts, rules);
    return concat(
      warmUp(lanes, world),
      of({ kind: 'recovered' } as const),
      rounds(lanes, world).pipe(concatMap(events => events)),
    );
  });
