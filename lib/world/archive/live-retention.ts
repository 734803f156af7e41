import type { RetentionOutcome } from '../../market-data/ports.js';
import type { InForce } from '../../settings/settings.js';
import type { EpochMs } from '../../units.js';
import { ArchiveFault } from './file.js';
import { retain } from './retain.js';
import type { Connection } from '../database/index.js';
import { StoreError } from '../store/errors.js';

/**
 * Drops months that are too old, archived first if configured. A month that cannot be dropped is
 * retried by the next call.
 */
export const openRetention = (connection: Connection) => {
  /** Imported months, checked once: only a command drops them. */
  const imported = new Set<string>();

  return async (now: EpochMs, { settings }: InForce, signal: AbortSignal): Promise<RetentionOutcome> => {
    const { marketDataStorageDays: days } = settings.application;
    const { archiveDir } = settings.data;
    try {
      const { months } = await retain(connection, { days, archiveDir, now, imported: false, except: imported, signal });
      for (const { month, outcome } of months) if (outcome === 'imported') imported.add(month);
      return { kind: 'months', months };
    } catch (error) {
      if (signal.aborted) return { kind: 'months', months: [] };
      if (!(error instanceof ArchiveFault || error instanceof StoreError)) throw error;
      return { kind: 'failed', reason: error.message };
    }
  };
};
