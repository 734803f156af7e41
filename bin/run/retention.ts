import type { Log } from '../../lib/log/log.js';
import type { EpochMs } from '../../lib/units.js';
import { ArchiveFault } from '../../lib/world/archive/file.js';
import { retain, type MonthOutcome } from '../../lib/world/archive/retain.js';
import { StoreError } from '../../lib/world/store/index.js';
import { bytesOf, count, counted } from '../report/format.js';
import type { RunWorld } from './world.js';

/** What dropping old months takes of a live run's world. */
interface RetentionWorld {
  readonly database: Pick<RunWorld['database'], 'connection'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly link: Pick<RunWorld['link'], 'signal'>;
  readonly settings: RunWorld['settings'];
}

/** Drops what is too old, archived before where that is configured. What cannot be dropped is told of, and tried again the next time. */
export const openRetention = ({ database, log, link, settings }: RetentionWorld): ((now: EpochMs) => Promise<void>) => {
  /** Looked at once: nothing but a command makes them go. */
  const imported = new Set<string>();

  const tell = ({ month, outcome, reason, rows, bytes, files }: MonthOutcome): void => {
    if (outcome === 'dropped')
      log.info(
        `the minutes of ${month} have left the database: ${count(rows)} rows, ${bytesOf(bytes)}, ${files.length > 0 ? `archived in ${counted(files.length, 'file', 'files')}` : 'not archived'}`,
      );
    if (outcome === 'imported') {
      imported.add(month);
      log.info(`the minutes of ${month} stay, as they were imported or downloaded (bot data retain --imported)`);
    }
    if (outcome === 'kept')
      log.warn(
        { repeatKey: ['month', Number(month.replace('-', ''))] },
        `the minutes of ${month} stay in the database for now: ${reason}`,
      );
  };

  return async now => {
    const { marketDataStorageDays: days } = settings().application;
    const { archiveDir } = settings().data;
    const order = { days, archiveDir, now, imported: false, except: imported, signal: link.signal };
    try {
      const { months } = await retain(database.connection, order);
      months.forEach(tell);
    } catch (error) {
      if (link.signal.aborted) return;
      if (!(error instanceof ArchiveFault || error instanceof StoreError)) throw error;
      log.warn({ repeatKey: 'retention' }, `old months stay in the database for now: ${error.message}`);
    }
  };
};
