import { switchMap, take, type Observable, type ObservableInput } from 'rxjs';
import type { InForce } from '../lib/settings/settings.js';

/**
 * Acts once, with the settings in force on subscription; later settings do not restart it.
 *
 *     settings   s------t---
 *     act         -a--b|
 *     acted       -a--b|
 */
export const withSettings = <T>(
  settings$: Observable<InForce>,
  act: (inForce: InForce) => ObservableInput<T>,
): Observable<T> => settings$.pipe(take(1), switchMap(act));
