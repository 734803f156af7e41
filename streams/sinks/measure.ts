import {
  concat,
  concatMap,
  defer,
  from,
  ignoreElements,
  of,
  type MonoTypeOperatorFunction,
  type ObservableInput,
} from 'rxjs';
import { HOUR_MS, type EpochMs } from '../../lib/units.js';
import type { PositionsEvent } from '../live/positions.js';

/**
 * Stores what a run came to whenever a trade was closed, and each hour; passes on every event, that one once it is measured.
 *
 *     change    a---x---b--    x a trade is closed
 *     measure   ----m|
 *     passed    a----x--b--
 */
export const measure =
  (
    save: (at: EpochMs, configurationId: number) => ObservableInput<unknown>,
  ): MonoTypeOperatorFunction<PositionsEvent> =>
  event$ =>
    defer(() => {
      let measuredAt = NaN;
      return event$.pipe(
        concatMap(event => {
          if (event.kind !== 'changed') return of(event);
          if (Number.isNaN(measuredAt)) measuredAt = event.at;
          const hasClosed = event.events.some(each => each.kind === 'exited' && each.closed);
          if (!hasClosed && event.at - measuredAt < HOUR_MS) return of(event);
          measuredAt = event.at;
          return concat(from(save(event.at, event.configurationId)).pipe(ignoreElements()), of(event));
        }),
      );
    });
