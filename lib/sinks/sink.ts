import type { ObservableInput } from 'rxjs';
import type { PositionsEvent } from '../market-data/positions-events.js';
import type { Log } from '../ops/log.js';
import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
import type { EpochMs } from '../units.js';

/** What a sink can reach. */
export interface Outlets {
  /** The log of the process. */
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Writes the lines of the log that describe an event. */
  readonly describe: (event: PositionsEvent) => void;
  /** Reports to the supervisor that the process works. */
  readonly beat: () => void;
  /** Stores the metrics of a strategy's wallet so far. */
  readonly measure: (strategy: string, at: EpochMs, configurationId: number) => ObservableInput<unknown>;
  /**
   * Appends lines to a text file, which it creates. A failure is logged and the lines are lost; it
   * never throws.
   */
  readonly append: (file: string, lines: readonly string[]) => ObservableInput<unknown>;
}

/**
 * The reaction to an event; the event is passed on once the returned work is done. Null: nothing to
 * wait for.
 */
export type React = (event: PositionsEvent) => ObservableInput<unknown> | null;

/**
 * Reacts to what the position manager does, in one file. `index.ts` lists the sinks. Its keys stand
 * in `application` of config.yaml; a change of one takes a restart.
 */
export interface Sink<Keys extends Section, Settings, Document> extends Fragment<Keys, Settings, Document> {
  /** Called once, at the start of the process. */
  readonly open: (outlets: Outlets, settings: Settings) => React;
}

/** Declares a sink. */
export const declareSink = <Keys extends Section = never, Settings = unknown, Document = unknown>(
  sink: Sink<Keys, Settings, Document>,
): Sink<Keys, Settings, Document> => sink;
