import {
  concatMap,
  defer,
  distinctUntilChanged,
  exhaustMap,
  filter,
  from,
  map,
  mergeScan,
  pairwise,
  startWith,
  timer,
  type ObservableInput,
  type OperatorFunction,
} from 'rxjs';
import type { Observable } from 'rxjs';
import { evaluateReading, startReload, type ConfigurationEvent, type FileReading } from '../../lib/settings/reload.js';
import type { Configuration, InForce } from '../../lib/settings/settings.js';
import type { DurationMs } from '../../lib/units.js';

/** How the configuration file is watched. */
export interface ConfigurationFile {
  /** The configuration at the start of the process. */
  readonly first: Configuration;
  /** Reads the file. */
  readonly read: () => ObservableInput<FileReading>;
  readonly everyMs: DurationMs;
  /**
   * Completes a reading with what it names, as the strategies, or refuses it; default as it is.
   */
  readonly complete?: (reading: FileReading, inForce: Configuration) => ObservableInput<FileReading>;
}

/**
 * Events of the configuration file: first the configuration at the start, then each edit once. The
 * file is read every `everyMs`; a content counts once it is found twice in a row, so that no
 * half-written file is used. Readings are completed one after the other.
 *
 *     file     A-A-B-B-B-x-C-C-
 *     events   A------B------C-
 */
export const configurationEvents = ({
  first,
  read,
  everyMs,
  complete = reading => [reading],
}: ConfigurationFile): Observable<ConfigurationEvent> =>
  defer(() => {
    const begin = startReload(first);
    return timer(everyMs, everyMs).pipe(
      exhaustMap(() => read()),
      pairwise(),
      filter(([before, now]) => before.content === now.content),
      map(([, now]) => now),
      distinctUntilChanged((before, now) => before.content === now.content),
      mergeScan(
        (before, reading) => from(complete(reading, before.inForce)).pipe(map(each => evaluateReading(before, each))),
        begin,
        1,
      ),
      startWith(begin),
      map(({ event }) => event),
      filter(event => event !== null),
    );
  });

/** An event whose row of the history is `versionId`. */
export type RecordedEvent = ConfigurationEvent & { readonly versionId: number };

/**
 * Records each event before it is passed on, in order: a version is in force only when its row
 * exists.
 */
export const recordVersions =
  (save: (event: ConfigurationEvent) => ObservableInput<number>): OperatorFunction<ConfigurationEvent, RecordedEvent> =>
  event$ =>
    event$.pipe(concatMap(event => from(save(event)).pipe(map(versionId => ({ ...event, versionId })))));

/** The settings in force: those of the newest accepted version, whatever was rejected since. */
export const inForce = (): OperatorFunction<RecordedEvent, InForce> => event$ =>
  event$.pipe(
    filter(event => event.kind === 'accepted'),
    map(({ configuration: { settings, strategies }, versionId }) => ({
      settings,
      configurationId: versionId,
      ...(strategies && { strategies }),
    })),
  );
