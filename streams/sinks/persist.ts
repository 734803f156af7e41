import {
  EMPTY,
  concat,
  defer,
  exhaustMap,
  from,
  ignoreElements,
  map,
  of,
  repeat,
  type MonoTypeOperatorFunction,
  type ObservableInput,
} from 'rxjs';

/**
 * Saves changes in order, one save at a time, and passes each on once it is saved. Changes that
 * arrive during a save are saved together by the next one.
 *
 *     change   a--bc------|
 *     save     -----|           a alone
 *                   -----|      b and c together
 *     passed   -----a----(bc)|
 */
export const persist =
  <T>(save: (changes: readonly T[]) => ObservableInput<unknown>): MonoTypeOperatorFunction<T> =>
  change$ =>
    defer(() => {
      const waiting: T[] = [];
      const saveWaiting = defer(() => {
        const batch = waiting.splice(0);
        return concat(from(save(batch)).pipe(ignoreElements()), from(batch));
      });
      return change$.pipe(
        map(change => waiting.push(change)),
        exhaustMap(() => saveWaiting.pipe(repeat({ delay: () => (waiting.length > 0 ? of(0) : EMPTY) }))),
      );
    });
