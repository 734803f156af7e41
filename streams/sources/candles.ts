import { concat, concatMap, defer, of, type Observable } from 'rxjs';
import type { LiveEvent, Recovered } from '../../lib/market-data/events.js';
import type { LaneRules } from '../../lib/market-data/lane.js';
import { Lanes, type LaneStart } from '../../lib/market-data/lanes.js';
import { pollCandles } from './poll-candles.js';
import { warmUp, type WarmUp } from './warm-up.js';

/** The inputs of the candles. */
export interface CandleInputs extends WarmUp {
  /**
   * The tracked markets, in the order of their lanes. The list is fixed: a new listing needs
   * another stream.
   */
  readonly starts: readonly LaneStart[];
  readonly rules: LaneRules;
}

/**
 * The closed candles of the tracked markets: stored ones, missed ones, `recovered`, and from then
 * on each minute once. If some markets are still behind, `recovered` is emitted again when the last
 * of them has caught up.
 *
 *     stored     ab|
 *     exchange     ---c----d----e--
 *     candles    ab---cr---d----e--
 */
export const candles = ({ starts, rules, ...world }: CandleInputs): Observable<LiveEvent> =>
  defer(() => {
    const lanes = new Lanes(starts, rules);
    const recovered = (): Recovered => ({ kind: 'recovered', behind: lanes.neverCaughtUp(world.now()) });
    return concat(
      warmUp(lanes, world),
      defer(() => {
        const first = recovered();
        let isWhole = first.behind.length === 0;
        const round$ = pollCandles(lanes, world).pipe(
          concatMap((events): readonly LiveEvent[] => {
            const now = isWhole ? null : recovered();
            if (!now || now.behind.length > 0) return events;
            isWhole = true;
            return [...events, now];
          }),
        );
        return concat(of(first), round$);
      }),
    );
  });
