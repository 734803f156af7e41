import { map, withLatestFrom, type Observable, type OperatorFunction } from 'rxjs';
import type { InForce } from '../lib/settings/settings.js';
import type { Tape } from '../lib/tape.js';

/** A tape with the settings that decide it, and their version. */
export interface StampedTape extends Tape, InForce {}

/**
 * Pins to each value the settings in force when it arrived, with their version, so that every later
 * stage uses the same ones, and results are stored under the version that decided them.
 *
 *     settings   s------t-----
 *     value      -a--b-----c--|
 *     stamped    -s--s-----t--|
 */
export const stamp =
  <T extends object>(settings$: Observable<InForce>): OperatorFunction<T, T & InForce> =>
  value$ =>
    value$.pipe(
      withLatestFrom(settings$),
      map(([value, inForce]) => ({ ...value, ...inForce })),
    );
