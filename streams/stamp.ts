import { map, withLatestFrom, type Observable, type OperatorFunction } from 'rxjs';
import type { Settings } from '../lib/settings/settings.js';
import type { Tape } from '../lib/tape.js';

export interface StampedTape extends Tape {
  readonly settings: Settings;
}

/**
 * Pins to each tape the settings in force when it arrived, so that every later stage judges it alike.
 *
 *     settings   s------t-----
 *     tape       -a--b-----c--|
 *     stamped    -s--s-----t--|
 */
export const stamp =
  (settings$: Observable<Settings>): OperatorFunction<Tape, StampedTape> =>
  tape$ =>
    tape$.pipe(
      withLatestFrom(settings$),
      map(([tape, settings]) => ({ ...tape, settings })),
    );
