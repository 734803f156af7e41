import type { ClientBase } from 'pg';
import { Aborted } from '../../lib/errors.js';
import type { SeriesRules } from '../../lib/market-data/series.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { loadFile, type Loaded } from '../../lib/world/import/load.js';
import type { Survey } from '../../lib/world/import/survey.js';
import { ensurePartitions } from '../../lib/world/store/candles/market.js';
import { inTransaction } from '../../lib/world/store/sql.js';
import type { Terminal } from '../terminal.js';
import { stopIfAsked } from './read.js';

/** Connections of an import. */
export interface ImportStore {
  /** Without time limits: a batch may take seconds. */
  readonly client: ClientBase;
  readonly rules: SeriesRules;
}

/** Content and result of one candle file. */
export interface ImportLine {
  readonly survey: Survey;
  readonly loaded: Loaded;
}

/** Stores a whole file, or nothing of it. */
const load = async (
  { client, rules }: ImportStore,
  survey: Survey,
  at: EpochMs,
  stored: (rows: number) => void,
): Promise<ImportLine> => {
  const margin = rules.maxQuietMinutes * MINUTE_MS;
  if (!Number.isNaN(survey.from))
    await ensurePartitions(client, survey.from - margin, Math.min(survey.to + margin, at));
  return inTransaction(client, async () => ({ survey, loaded: await loadFile(client, survey, rules, at, stored) }));
};

const countOf = (files: number): string => (files === 1 ? 'The file before it is' : `The ${files} files before it are`);

/**
 * Stores surveyed files one after the other, each file or archive member completely or not at all.
 * Throws `Aborted` after Ctrl-C; this and any other error lists what is stored by then.
 */
export const loadAll = async (
  store: ImportStore,
  surveys: readonly Survey[],
  at: EpochMs,
  terminal: Terminal,
): Promise<readonly ImportLine[]> => {
  const progress = terminal.progress(
    'Importing',
    surveys.reduce((sum, { rows }) => sum + rows, 0),
  );
  const lines: ImportLine[] = [];
  let before = 0;
  try {
    for (const survey of surveys)
      try {
        const { symbol } = survey.file;
        const place = `${symbol}, file ${lines.length + 1} of ${surveys.length}`;
        const line = await load(store, survey, at, rows => {
          stopIfAsked(terminal);
          progress.at(before + rows, place);
        });
        lines.push(line);
        before += survey.rows;
      } catch (error) {
        const done = lines.length > 0 ? `${countOf(lines.length)} stored.` : 'Nothing was imported.';
        if (error instanceof Aborted) terminal.err(`Stopped: nothing of ${survey.file.name} was stored. ${done}`);
        else if (lines.length > 0) terminal.err(`${survey.file.name} was not stored. ${done}`);
        throw error;
      }
  } finally {
    progress.stop();
  }
  return lines;
};
