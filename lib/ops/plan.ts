import { DAY_MS, type EpochMs } from '../units.js';

/** A month of stored minutes: a partition of `market_data`. */
export interface Month {
  /** 2026-01 */
  readonly name: string;
  /** 00:00 UTC of its first day. */
  readonly from: EpochMs;
  /** 00:00 UTC of the day after its last. */
  readonly to: EpochMs;
}

/** Inputs that decide how far back minutes are kept. */
export interface Keeping {
  /** Minimum days; null: for ever. */
  readonly days: number | null;
  /** Close time of the newest stored minute; NaN if there is none. */
  readonly newest: EpochMs;
  /** The clock; used only if behind `newest`, so that a wrong clock drops nothing. */
  readonly now: EpochMs;
  /** An open trade or a replay needs minutes from here on; Infinity if nothing does. */
  readonly neededFrom: EpochMs;
}

/** Minutes that open before this may be dropped; -Infinity if none may. */
export const cutoffOf = ({ days, newest, now, neededFrom }: Keeping): EpochMs => {
  if (days === null || Number.isNaN(newest)) return -Infinity;
  const today = Math.floor(Math.min(newest, now) / DAY_MS) * DAY_MS;
  return Math.min(today - days * DAY_MS, neededFrom);
};

/** Months without a minute to keep, oldest first. */
export const dueMonths = (months: readonly Month[], keeping: Keeping): readonly Month[] => {
  const cutoff = cutoffOf(keeping);
  return months.filter(({ to }) => to <= cutoff).toSorted((a, b) => a.from - b.from);
};

/** Outcome of a month that was due. */
export interface MonthOutcome {
  /** 2026-01 */
  readonly month: string;
  readonly outcome: 'dropped' | 'due' | 'imported' | 'kept';
  /** Why it stays; null if it was dropped. */
  readonly reason: string | null;
  /** Minutes. */
  readonly rows: number;
  /** Size of the minutes and their indexes. */
  readonly bytes: number;
  /** The archive files. */
  readonly files: readonly string[];
}
