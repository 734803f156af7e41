import { changeLine, diffConfigurations, type KeyChange } from './diff.js';
import { diffDraft, type Draft } from './draft.js';
import { restartReason } from './restart.js';
import type { Configuration } from './settings.js';

/** What the configuration file was found to hold. */
export type Reading = {
  /** SHA-256 (hex) of what was found: the same content is the same reading. */
  readonly content: string;
} & (
  | { readonly configuration: Configuration }
  | {
      /** Why it is no configuration, a line each. */
      readonly problems: readonly string[];
      readonly draft: Draft | null;
    }
);

/** What an edit of the configuration file came to. */
export type ConfigurationEvent =
  /** In force from the next tape on; the first one is what the process started with. */
  | { readonly kind: 'accepted'; readonly configuration: Configuration; readonly changes: readonly KeyChange[] }
  /** Valid, but some of its keys are read at the start only: none of it is in force until then. */
  | {
      readonly kind: 'restart_needed';
      readonly configuration: Configuration;
      readonly changes: readonly KeyChange[];
      /** Those that need it. */
      readonly keys: readonly string[];
      readonly problems: readonly string[];
    }
  /** Not valid: what was in force stays. */
  | {
      readonly kind: 'refused';
      readonly content: string;
      /** Null where it could not be read as YAML. */
      readonly changes: readonly KeyChange[] | null;
      readonly problems: readonly string[];
    }
  /** After a refused or waiting edit, the file means again what is in force. */
  | { readonly kind: 'restored'; readonly configuration: Configuration };

/** Where reloading stands: what is in force, and what the newest reading came to; null for nothing worth telling. */
export interface Reload {
  readonly inForce: Configuration;
  readonly event: ConfigurationEvent | null;
  /** Whether the file says what is in force. */
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

/** Judges a reading whose content is another than the one before. */
export const judgeReading = ({ inForce, settled }: Reload, reading: Reading): Reload => {
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
