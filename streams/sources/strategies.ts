import { concatMap, filter, from, map, pairwise, startWith, type Observable } from 'rxjs';
import type { ObservableInput, OperatorFunction } from 'rxjs';
import { isDeepStrictEqual } from 'node:util';
import { needCandles } from '../../lib/strategy/setup.js';
import type { InForce } from '../../lib/settings/settings.js';

/**
 * Records the strategies of settings before these are in force, in order, and adds the ids of their
 * versions.
 *
 *     settings   s----t-----
 *     record     --1| --2|
 *     versioned  --s----t---
 */
export const recordStrategies =
  (record: (inForce: InForce) => ObservableInput<ReadonlyMap<string, number>>): OperatorFunction<InForce, InForce> =>
  settings$ =>
    settings$.pipe(
      concatMap(inForce => from(record(inForce)).pipe(map(strategyVersions => ({ ...inForce, strategyVersions })))),
    );

const needRecovery = (before: InForce, now: InForce): boolean =>
  needCandles(before.strategies ?? [], now.strategies ?? []) ||
  !isDeepStrictEqual(before.settings.indicators, now.settings.indicators);

/**
 * Emits the first settings, then those with which the stored candles have to be read again: their
 * strategies read columns that were not computed so far. Whatever else is edited disturbs nothing.
 *
 *     settings    s--t--u---   u: a strategy's file has changed
 *     recoveries  s-----u---
 */
export const recoveries = (settings$: Observable<InForce>): Observable<InForce> =>
  settings$.pipe(
    startWith(null),
    pairwise(),
    filter(([before, now]) => now !== null && (before === null || needRecovery(before, now))),
    map(([, now]) => now!),
  );
