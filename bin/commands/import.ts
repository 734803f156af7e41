import { now } from '../../lib/world/clock.js';
import { importFile } from '../../lib/world/import/sources.js';
import { parseSymbols } from '../arguments.js';
import { loadAll } from '../import/load.js';
import { choose, forEachPath, readAll } from '../import/read.js';
import { importDocument, importText } from '../import/summary.js';
import type { Terminal } from '../terminal.js';
import { withWorld } from '../world.js';

/** The options of `bot import`, as parsed. */
export interface ImportOptions {
  readonly symbols?: readonly string[];
  readonly config?: string;
  readonly json?: boolean;
}

/**
 * `bot import FILE…`: reads every file completely, then stores them one after the other, each
 * completely or not at all. Unusable members of an archive are skipped and listed. Throws
 * `UserError` before anything is written if a file given by name is unusable, and `Aborted` after
 * Ctrl-C.
 */
export const importCommand = async (
  paths: readonly string[],
  options: ImportOptions,
  terminal: Terminal,
): Promise<void> => {
  const at = now();
  const wanted = options.symbols ? parseSymbols(options.symbols) : null;
  const { chosen, absent } = choose(await forEachPath(paths, importFile), wanted);
  const files = await readAll(chosen, at, terminal);
  const surveys = files.flatMap(file => file.surveys);
  const lines = await withWorld(options, terminal, ({ client, configuration }) =>
    loadAll({ client, rules: configuration.settings.data }, surveys, at, terminal),
  );
  const summary = { lines, files, absent };
  terminal.out(options.json ? JSON.stringify(importDocument(summary), null, 2) : importText(summary));
};
