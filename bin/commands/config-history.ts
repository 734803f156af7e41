import { UserError } from '../../lib/errors.js';
import { changeLine, diffDocuments, worded, type KeyChange } from '../../lib/settings/diff.js';
import { restartReason } from '../../lib/settings/restart.js';
import { isoTime } from '../../lib/report/time.js';
import { readVersions, readWholeVersions, type Version, type WholeVersion } from '../../lib/world/store/versions.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorld } from '../world.js';

const SHORT_HASH = 12;
const SHOWN = 3;

const STATUS = { accepted: 'accepted', restart_needed: 'needs a restart', refused: 'refused' } as const;

const firstOf = (lines: readonly string[]): readonly string[] =>
  lines.length > SHOWN ? [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more`] : lines;

/** What a version changed, or why it was not taken. */
const linesOf = ({ changes, problems }: Version): readonly string[] => {
  if (problems) return firstOf(problems);
  if (!changes) return ['nothing to compare it with'];
  return firstOf(changes.map(changeLine));
};

const time = (at: Date): string => isoTime(at.getTime()).replace('T', ' ').slice(0, 19);

/** `bot config history`: every version of the configuration, taken or not, newest first. */
export const configHistory = (
  options: { readonly config?: string; readonly json?: boolean; readonly limit: number },
  terminal: Terminal,
): Promise<void> =>
  withWorld(options, terminal, async ({ client }) => {
    const versions = await readVersions(client, options.limit);
    if (options.json) {
      terminal.out(JSON.stringify(versions, null, 2));
      return;
    }
    if (versions.length === 0) {
      terminal.out('None yet: a run records the configuration that it starts with, and each edit.');
      return;
    }
    const rows = versions.flatMap(version => {
      const [first = '', ...others] = linesOf(version);
      const { id, timestamp, status, runId, hash } = version;
      const head = [id, time(timestamp), STATUS[status], runId ?? '–', hash.slice(0, SHORT_HASH), first].map(String);
      return [head, ...others.map(line => ['', '', '', '', '', line])];
    });
    const aligns = ['right', 'left', 'left', 'right', 'left', 'left'] as const;
    terminal.out(
      table(
        ['version', 'time (UTC)', 'status', 'run', 'hash', 'what it changed, or why it was not taken'],
        rows,
        aligns,
      ),
    );
  });

const documentOf = ({ id, configuration, problems }: WholeVersion): Readonly<Record<string, unknown>> => {
  if (configuration === null)
    throw new UserError([
      `version ${id} was refused, so there is no configuration to compare; it was refused because of:`,
      ...(problems ?? []),
    ]);
  return configuration;
};

const restart = ({ key }: KeyChange): string => (restartReason(key) === null ? 'at once' : 'at a restart');

/** `bot config diff A B`: what B has that A has not, key by key. */
export const configDiff = (
  from: number,
  to: number,
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> =>
  withWorld(options, terminal, async ({ client }) => {
    const versions = await readWholeVersions(client, [from, to]);
    const [before, after] = versions.map(documentOf);
    const changes = diffDocuments(before, after);
    if (options.json) {
      terminal.out(JSON.stringify({ from, to, changes }, null, 2));
      return;
    }
    if (changes.length === 0) {
      terminal.out(`Versions ${from} and ${to} mean the same.`);
      return;
    }
    const rows = changes.map(change => [change.key, worded(change.from), worded(change.to), restart(change)]);
    const aligns = ['left', 'left', 'left', 'left'] as const;
    terminal.out(table(['key', `version ${from}`, `version ${to}`, 'taken over'], rows, aligns));
  });
