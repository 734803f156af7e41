import type { ClientBase } from 'pg';
import { Aborted, UserError } from '../../lib/errors.js';
import type { SeriesRules } from '../../lib/series/series.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { now } from '../../lib/world/clock.js';
import { loadFile } from '../../lib/world/import/load.js';
import { importFile, type ImportFile } from '../../lib/world/import/sources.js';
import { surveyFile, type Survey } from '../../lib/world/import/survey.js';
import { ensurePartitions } from '../../lib/world/store/candles/market.js';
import type { Terminal } from '../terminal.js';
import { withWorld } from '../world.js';
import { importDocument, importText, type ImportLine } from './import-summary.js';

/** What an import writes with. */
interface ImportStore {
  /** Without time limits: a portion may take seconds. */
  readonly client: ClientBase;
  readonly rules: SeriesRules;
}

const stopIfAsked = ({ signal }: Terminal): void => {
  if (signal.aborted) throw new Aborted();
};

/** The outcome for each path; what is wrong with any of them is told at once, with everything that is wrong. */
const forEachPath = async <T, R>(items: readonly T[], check: (item: T) => Promise<R>): Promise<readonly R[]> => {
  const results: R[] = [];
  const wrong: string[] = [];
  for (const item of items)
    try {
      results.push(await check(item));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      wrong.push(...error.lines);
    }
  if (wrong.length > 0) throw new UserError([...wrong, 'Nothing was imported.']);
  return results;
};

const surveyAll = async (
  files: readonly ImportFile[],
  at: EpochMs,
  terminal: Terminal,
): Promise<ReadonlyMap<ImportFile, readonly Survey[]>> => {
  const candles = files.flatMap(file => file.candles);
  const progress = terminal.progress(
    'Checking',
    candles.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  let before = 0;
  try {
    const surveys = await forEachPath(candles, async file => {
      const survey = await surveyFile(file, at, bytesRead => {
        stopIfAsked(terminal);
        progress.at(before + bytesRead, file.symbol);
      });
      before += file.bytes;
      return survey;
    });
    return new Map(files.map(file => [file, surveys.filter(survey => file.candles.includes(survey.file))]));
  } catch (error) {
    if (error instanceof Aborted) terminal.err('Stopped: nothing was imported.');
    throw error;
  } finally {
    progress.stop();
  }
};

/** Everything of one path, or nothing of it. */
const loadPath = async (
  { client, rules }: ImportStore,
  surveys: readonly Survey[],
  at: EpochMs,
  stored: (survey: Survey, rows: number) => void,
): Promise<readonly ImportLine[]> => {
  const margin = rules.maxQuietMinutes * MINUTE_MS;
  for (const { from, to } of surveys)
    if (!Number.isNaN(from)) await ensurePartitions(client, from - margin, Math.min(to + margin, at));
  await client.query('BEGIN');
  try {
    const lines: ImportLine[] = [];
    for (const survey of surveys)
      lines.push({ survey, loaded: await loadFile(client, survey, rules, at, rows => stored(survey, rows)) });
    await client.query('COMMIT');
    return lines;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined); // a lost connection has rolled back already; the first error counts
    throw error;
  }
};

const loadAll = async (
  store: ImportStore,
  surveys: ReadonlyMap<ImportFile, readonly Survey[]>,
  at: EpochMs,
  terminal: Terminal,
): Promise<readonly ImportLine[]> => {
  const total = [...surveys.values()].flat().reduce((sum, { rows }) => sum + rows, 0);
  const progress = terminal.progress('Importing', total);
  const lines: ImportLine[] = [];
  let before = 0;
  try {
    for (const [file, ofFile] of surveys)
      try {
        const loaded = await loadPath(store, ofFile, at, (survey, rows) => {
          stopIfAsked(terminal);
          progress.at(before + rows, survey.file.symbol);
          if (rows === survey.rows) before += rows;
        });
        lines.push(...loaded);
      } catch (error) {
        const done = lines.length > 0 ? 'The files before it are stored.' : 'Nothing was imported.';
        if (error instanceof Aborted) terminal.err(`Stopped: nothing of ${file.path} was stored. ${done}`);
        else if (lines.length > 0) terminal.err(`${file.path} was not stored. ${done}`);
        throw error;
      }
  } finally {
    progress.stop();
  }
  return lines;
};

/**
 * `bot import FILE…`: reads every file from beginning to end first, then stores them one after the other, each wholly or
 * not at all. Throws `UserError` if a file cannot be used, before anything is written, and `Aborted` after Ctrl-C.
 */
export const importCommand = async (
  paths: readonly string[],
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> => {
  const at = now();
  const files = await forEachPath(paths, importFile);
  const surveys = await surveyAll(files, at, terminal);
  const lines = await withWorld(options, terminal, ({ client, configuration }) =>
    loadAll({ client, rules: configuration.settings.data }, surveys, at, terminal),
  );
  terminal.out(options.json ? JSON.stringify(importDocument(lines, files), null, 2) : importText(lines, files));
};
