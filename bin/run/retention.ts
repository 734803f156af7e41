import type { RetentionOutcome } from '../../lib/live/ports.js';
import type { InForce } from '../../lib/settings/settings.js';
import type { EpochMs } from '../../lib/units.js';
import { ArchiveFault } from '../../lib/world/archive/file.js';
import { retain } from '../../lib/world/archive/retain.js';
import type { Connection } from '../../lib/world/database/index.js';
import { StoreError } from '../../lib/world/store/index.js';

/** Drops what is too old, archived before where that is configured. What cannot be dropped is tried again the next time. */
export const openRetention = (connection: Connection) => {
  /** Are asked about once: nothing but a command makes them go. */
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
