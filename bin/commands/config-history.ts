import { UserError } from '../../lib/errors.js';
import { changeLine, diffDocuments, worded, type KeyChange } from '../../lib/settings/diff.js';
import { readSettings } from '../../lib/settings/read.js';
import { renderDocument } from '../../lib/settings/render.js';
import { restartReason } from '../../lib/settings/restart.js';
import { isoTime } from '../../lib/report/time.js';
import { findVersion, readVersions, type Version, type WholeVersion } from '../../lib/world/store/versions.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

const SHORT_HASH = 12;
const SHOWN = 3;

const STATUS = { accepted: 'accepted', restart_needed: 'needs a restart', refused: 'refused' } as const;

const firstOf = (lines: readonly string[]): readonly string[] =>
  lines.length > SHOWN ? [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more`] : lines;

/** The changes of a version, or why it was refused. */
const linesOf = ({ changes, problems }: Version): readonly string[] => {
  if (problems) return firstOf(problems);
  if (!changes) return ['first version'];
  return firstOf(changes.map(changeLine));
};

const time = (at: Date): string => isoTime(at.getTime()).replace('T', ' ').slice(0, 19);

/** `bot config history`: all versions of the configuration, refused ones included, newest first. */
export const configHistory = (
  options: { readonly config?: string; readonly json?: boolean; readonly limit: number },
  terminal: Terminal,
): Promise<void> =>
  withWorldToRead(options, terminal, async ({ client }) => {
    const versions = await readVersions(client, options.limit);
    if (options.json) {
      terminal.out(JSON.stringify(versions, null, 2));
      return;
    }
    if (versions.length === 0) {
      terminal.out('None yet: a run records its configuration at the start, and each edit.');
      return;
    }
    const rows = versions.flatMap(version => {
      const [first = '', ...others] = linesOf(version);
      const { version: number, timestamp, status, runId, hash } = version;
      const head = [number, time(timestamp), STATUS[status], runId ?? '–', hash.slice(0, SHORT_HASH), first].map(
        String,
      );
      return [head, ...others.map(line => ['', '', '', '', '', line])];
    });
    const aligns = ['right', 'left', 'left', 'right', 'left', 'left'] as const;
    terminal.out(
      table(['version', 'time (UTC)', 'status', 'run', 'hash', 'change, or why it was refused'], rows, aligns),
    );
  });

const documentOf = ({ version, configuration, problems }: WholeVersion): Readonly<Record<string, unknown>> => {
  if (configuration === null)
    throw new UserError([
      `version ${version} was refused and has no stored configuration. Reasons:`,
      ...(problems ?? []),
    ]);
  return configuration;
};

const restart = ({ key }: KeyChange): string => (restartReason(key) === null ? 'immediately' : 'after a restart');

/** `bot config diff A B`: differences by key; versions are given by number or hash. */
export const configDiff = (
  one: string,
  other: string,
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> =>
  withWorldToRead(options, terminal, async ({ client }) => {
    const before = await findVersion(client, one);
    const after = await findVersion(client, other);
    const changes = diffDocuments(documentOf(before), documentOf(after));
    const [from, to] = [before.version, after.version];
    if (options.json) {
      terminal.out(JSON.stringify({ from, to, changes }, null, 2));
      return;
    }
    if (changes.length === 0) {
      terminal.out(`Versions ${from} and ${to} are equal.`);
      return;
    }
    const rows = changes.map(change => [change.key, worded(change.from), worded(change.to), restart(change)]);
    const aligns = ['left', 'left', 'left', 'left'] as const;
    terminal.out(table(['key', `version ${from}`, `version ${to}`, 'takes effect'], rows, aligns));
  });

/** Why a rendered file does not equal its version; null if it does. */
const difference = (yaml: string, hash: string): string | null => {
  try {
    const { hash: read } = readSettings(yaml, 'version.yaml', {});
    return read === hash ? null : `this one reads it as ${read.slice(0, SHORT_HASH)}`;
  } catch (error) {
    if (error instanceof UserError) return `this one refuses it: ${error.lines.join('; ')}`;
    throw error;
  }
};

/** `bot config show N|HASH`: a version as a usable file. */
export const configShow = (
  name: string,
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> =>
  withWorldToRead(options, terminal, async ({ client }) => {
    const found = await findVersion(client, name);
    const configuration = documentOf(found);
    const { version, hash, timestamp } = found;
    if (options.json) {
      terminal.out(JSON.stringify({ version, hash, configuration }, null, 2));
      return;
    }
    const head = `Version ${version} of the configuration (${hash.slice(0, SHORT_HASH)}), recorded ${time(timestamp)} UTC.`;
    const yaml = renderDocument(configuration, head);
    terminal.out(yaml.trimEnd());
    const differs = difference(yaml, hash);
    if (differs !== null) terminal.err(`note: another version of the bot recorded this; ${differs}`);
  });
