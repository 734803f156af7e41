import { dirname } from 'node:path';
import { UserError } from '../../lib/errors.js';
import { isoTime } from '../../lib/report/time.js';
import { ArchiveFault } from '../../lib/world/archive/file.js';
import type { MonthOutcome } from '../../lib/ops/plan.js';
import { retain, type Retained } from '../../lib/world/archive/retain.js';
import { now } from '../../lib/world/clock.js';
import { bytesOf, count } from '../report/format.js';
import type { DatabaseChoice } from '../simulated.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorld, withWorldToRead } from '../world.js';

/** The options of `bot data retain`, as parsed. */
export interface DataRetainOptions extends DatabaseChoice {
  readonly dryRun?: boolean;
  readonly imported?: boolean;
  readonly json?: boolean;
}

const became = ({ outcome, reason }: MonthOutcome, folder: string | null): string =>
  ({
    dropped: folder === null ? 'dropped, not archived' : 'archived and dropped',
    due: folder === null ? 'would be dropped, not archived' : 'would be archived and dropped',
    imported: 'stays: imported or downloaded',
    kept: `stays: ${reason}`,
  })[outcome];

const textOf = ({ cutoff, folder, months }: Retained, days: number | null): string => {
  if (days === null) return 'Everything is kept for ever: application.market_data_storage_days is null.';
  if (months.length === 0)
    return cutoff === null
      ? 'No candle is stored.'
      : `No month is due: only whole months are dropped, and each has minutes from ${isoTime(cutoff).slice(0, 10)} on, which are kept.`;
  const imported = months.some(({ outcome }) => outcome === 'imported');
  return [
    table(
      ['month', 'minutes', 'size', ''],
      months.map(month => [month.month, count(month.rows), bytesOf(month.bytes), became(month, folder)]),
      ['left', 'right', 'right', 'left'],
    ),
    '',
    folder === null ? 'No archive: data.archive_dir is null.' : `Archive: ${folder}`,
    ...(imported ? ['Imported and downloaded months are dropped only with --imported.'] : []),
  ].join('\n');
};

/**
 * `bot data retain`: archives and drops the months that are older than
 * `application.market_data_storage_days`, as a live run does automatically. Throws `UserError` if a
 * month had to stay.
 */
export const dataRetainCommand = async (options: DataRetainOptions, terminal: Terminal): Promise<void> => {
  const { dryRun = false, imported = false, json } = options;
  const open = dryRun ? withWorldToRead : withWorld;
  await open(options, terminal, async ({ configuration: { settings }, database }) => {
    const { marketDataStorageDays: days } = settings.application;
    const { signal } = terminal;
    let place = '';
    const onFile = (path: string) => {
      if (dirname(path) !== place) terminal.err(`Archives into ${(place = dirname(path))}`);
    };
    const order = { days, archiveDir: settings.data.archiveDir, now: now(), imported, dryRun, signal, onFile };
    const retained = await retain(database.connection, order).catch((error: unknown) => {
      throw error instanceof ArchiveFault ? new UserError([`Nothing was dropped: ${error.message}.`], 1) : error;
    });
    const { cutoff, folder, months } = retained;
    const document = { storageDays: days, keptFrom: cutoff === null ? null : isoTime(cutoff), archive: folder, months };
    terminal.out(json ? JSON.stringify(document, null, 2) : textOf(retained, days));
    const kept = months.filter(({ outcome }) => outcome === 'kept');
    if (kept.length > 0)
      throw new UserError(
        kept.map(({ month, reason }) => `${month} stays: ${reason}`),
        1,
      );
  });
};
