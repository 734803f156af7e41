import { changeLine, diffConfigurations, type KeyChange } from './diff.js';
import { diffDraft, type Draft } from './draft.js';
import { restartReason } from './restart.js';
import type { Configuration } from './settings.js';

/** The content of the configuration file at one reading. */
export type FileReading = {
  /** SHA-256 (hex) of the content: equal content is the same reading. */
  readonly content: string;
} & (
  | { readonly configuration: Configuration }
  | {
      /** Why it is not a valid configuration, one line each. */
      readonly problems: readonly string[];
      readonly draft: Draft | null;
    }
);

/** Result of an edit of the configuration file. */
export type ConfigurationEvent =
  /** In force from the next tape on; the first event is the configuration at the start. */
  | { readonly kind: 'accepted'; readonly configuration: Configuration; readonly changes: readonly KeyChange[] }
  /** Valid, but some of its keys are read only at a start: it waits as a whole. */
  | {
      readonly kind: 'restart_needed';
      readonly configuration: Configuration;
      readonly changes: readonly KeyChange[];
      /** The keys that need a restart. */
      readonly keys: readonly string[];
      readonly problems: readonly string[];
    }
  /** Invalid: the previous version stays in force. */
  | {
      readonly kind: 'refused';
      readonly content: string;
      /** Null if it could not be read as YAML. */
      readonly changes: readonly KeyChange[] | null;
      readonly problems: readonly string[];
    }
  /** After a refused or waiting edit, the file equals the configuration in force again. */
  | { readonly kind: 'restored'; readonly configuration: Configuration };

/** State of reloading: the configuration in force and the last event; null for no event. */
export interface Reload {
  readonly inForce: Configuration;
  readonly event: ConfigurationEvent | null;
  /** Whether the file equals the configuration in force. */
  readonly settled: boolean;
}

/** Before the first reading. */
export const startReload = (configuration: Configuration): Reload => ({
  inForce: configuration,
  event: { kind: 'accepted', configuration, changes: [] },
  settled: true,
});

const restartLines = (changes: readonly KeyChange[]): readonly string[] => {
  const lines = changes.flatMap(change => {
    const reason = restartReason(change.key);
    return reason === null ? [] : [`${changeLine(change)} needs a restart: ${reason}`];
  });
  const others = changes.filter(({ key }) => restartReason(key) === null).map(({ key }) => key);
  if (lines.length === 0 || others.length === 0) return lines;
  return [...lines, `Until then ${others.join(', ')} waits as well: an edit is applied whole or not at all.`];
};

/** Evaluates a reading whose content differs from the previous one. */
export const evaluateReading = ({ inForce, settled }: Reload, reading: FileReading): Reload => {
  if ('problems' in reading) {
    const { content, problems, draft } = reading;
    const changes = draft && diffDraft(inForce.document, draft);
    return { inForce, event: { kind: 'refused', content, changes, problems }, settled: false };
  }
  const { configuration } = reading;
  const changes = diffConfigurations(inForce, configuration);
  if (changes.length === 0)
    return { inForce, event: settled ? null : { kind: 'restored', configuration: inForce }, settled: true };
  const keys = changes.map(({ key }) => key).filter(key => restartReason(key) !== null);
  if (keys.length > 0) {
    const problems = restartLines(changes);
    return { inForce, event: { kind: 'restart_needed', configuration, changes, keys, problems }, settled: false };
  }
  return { inForce: configuration, event: { kind: 'accepted', configuration, changes }, settled: true };
};
