import { switchMap, take, type Observable, type ObservableInput } from 'rxjs';
import type { InForce } from '../lib/settings/settings.js';

/**
 * Acts once, by the settings in force when it is subscribed to; later ones do not begin it again.
 *
 *     settings   s------t---
 *     act         -a--b|
 *     acted       -a--b|
 */
export const withSettings = <T>(
  settings$: Observable<InForce>,
  act: (inForce: InForce) => ObservableInput<T>,
): Observable<T> => settings$.pipe(take(1), switchMap(act));
