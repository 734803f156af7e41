import { concat, concatMap, defer, from, ignoreElements, of, type MonoTypeOperatorFunction } from 'rxjs';
import type { PositionsEvent } from '../../lib/market-data/positions-events.js';
import type { React } from '../../lib/sinks/sink.js';

const reaction =
  (react: React): MonoTypeOperatorFunction<PositionsEvent> =>
  event$ =>
    event$.pipe(
      concatMap(event => {
        const work = react(event);
        return work === null ? of(event) : concat(from(work).pipe(ignoreElements()), of(event));
      }),
    );

/**
 * Hands each event to every sink, one after the other, and passes it on. A sink that works on an
 * event holds back those behind it; the sinks before it have seen them already. `open` is called at
 * each subscription.
 *
 *     event    a---x---b--    the second sink works on x
 *     work     ----w|
 *     passed   a----x--b--
 */
export const react =
  (open: () => readonly React[]): MonoTypeOperatorFunction<PositionsEvent> =>
  event$ =>
    defer(() => open().reduce((stream$, sink) => stream$.pipe(reaction(sink)), event$));
