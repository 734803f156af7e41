import { connect, filter, map, merge, type Observable } from 'rxjs';
import type { LiveEvent, TapeEvent } from '../lib/market-data/events.js';
import type { InForce } from '../lib/settings/settings.js';
import type { GraphInputs } from './bot.js';
import type { SignalTape } from './strategies.js';
import { stamp } from './stamp.js';
import { withSignals } from './with-signals.js';

/** A tape with the decisions on it, or any other event with the settings in force. */
export type ScanStep =
  | { readonly kind: 'scanned'; readonly event: TapeEvent; readonly signal: SignalTape }
  | (Exclude<LiveEvent, TapeEvent> & InForce);

const isTape = (event: LiveEvent): event is TapeEvent => event.kind === 'tape';

/**
 * Runs the tapes among live candle events through the graph, and keeps the order of all events.
 *
 *     events   a-g-b-r-    a, b tapes   g gap   r revised
 *     steps    A-g-B-r-    A, B scanned
 */
export const scan = (
  event$: Observable<LiveEvent>,
  world: Omit<GraphInputs, 'opening' | 'tape$'>,
): Observable<ScanStep> =>
  event$.pipe(
    connect(events$ =>
      merge(
        events$.pipe(
          filter((event): event is Exclude<LiveEvent, TapeEvent> => !isTape(event)),
          stamp(world.settings$),
        ),
        withSignals(events$.pipe(filter(isTape)), ({ tape }) => tape, world).pipe(
          map(([event, signal]): ScanStep => ({ kind: 'scanned', event, signal })),
        ),
      ),
    ),
  );
