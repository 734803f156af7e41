import { changeLine, diffConfigurations, type KeyChange } from './diff.js';
import { diffDraft, type Draft } from './draft.js';
import { restartReason } from './restart.js';
import type { Configuration } from './settings.js';

/** The content of the configuration file at one reading. */
export type FileReading = {
  /** SHA-256 (hex) of the content: equal content is the same reading. */
  readonly content: string;
} & (
  | {
      readonly configuration: Configuration;
      /** Why strategies keep the version in force, their new one not loading; default nothing. */
      readonly kept?: readonly string[];
    }
  | {
      /** Why it is not a valid configuration, one line each. */
      readonly problems: readonly string[];
      readonly draft: Draft | null;
    }
);

/** Result of an edit of the configuration file. */
export type ConfigurationEvent =
  /** In force from the next tape on; the first event is the configuration at the start. */
  | {
      readonly kind: 'accepted';
      readonly configuration: Configuration;
      readonly changes: readonly KeyChange[];
      /** Why strategies keep their previous version; missing if none does. */
      readonly kept?: readonly string[];
    }
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
  /** The last reasons for which strategies kept their version. */
  readonly kept?: readonly string[];
  /** The content of the last reading, if it was refused. */
  readonly refused?: string;
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

const SHORT_HASH = 12;

/** The strategies whose files have changed. */
const diffSources = (from: Configuration, to: Configuration): readonly KeyChange[] =>
  (to.strategies ?? []).flatMap(({ name, sourceHash: now }) => {
    const before = from.strategies?.find(one => one.name === name)?.sourceHash ?? null;
    if (before === null || now === null || before === now) return [];
    return [{ key: `strategies.${name}.source`, from: before.slice(0, SHORT_HASH), to: now.slice(0, SHORT_HASH) }];
  });

/** Evaluates a reading whose content differs from the previous one. */
export const evaluateReading = (
  { inForce, settled, kept: reported = [], refused }: Reload,
  reading: FileReading,
): Reload => {
  if ('problems' in reading) {
    const { content, problems, draft } = reading;
    const changes = draft && diffDraft(inForce.document, draft);
    const event = content === refused ? null : ({ kind: 'refused', content, changes, problems } as const);
    return { inForce, event, settled: false, refused: content };
  }
  const { content, configuration, kept = [] } = reading;
  const changes = [...diffConfigurations(inForce, configuration), ...diffSources(inForce, configuration)];
  if (changes.length === 0 && kept.length > 0) {
    const isReported = kept.join('\n') === reported.join('\n');
    const event = isReported ? null : ({ kind: 'refused', content, changes: null, problems: kept } as const);
    return { inForce, event, settled: false, kept };
  }
  if (changes.length === 0)
    return { inForce, event: settled ? null : { kind: 'restored', configuration: inForce }, settled: true };
  const keys = changes.map(({ key }) => key).filter(key => restartReason(key) !== null);
  if (keys.length > 0) {
    const problems = restartLines(changes);
    return { inForce, event: { kind: 'restart_needed', configuration, changes, keys, problems }, settled: false };
  }
  const event = { kind: 'accepted', configuration, changes, ...(kept.length > 0 && { kept }) } as const;
  return { inForce: configuration, event, settled: kept.length === 0, kept };
};
