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

/** What decides how far back minutes are kept. */
export interface Keeping {
  /** Days, at least; null: for ever. */
  readonly days: number | null;
  /** Close time of the newest stored minute; NaN where nothing is stored. */
  readonly newest: EpochMs;
  /** The clock, which counts only where it is behind `newest`: one that is wrong by years drops nothing. */
  readonly now: EpochMs;
  /** Minutes from here on are needed by an open trade, or by a run that has yet to replay them; Infinity where nothing is. */
  readonly neededFrom: EpochMs;
}

/** Every minute that opens before this may go; -Infinity where none may. */
export const cutoffOf = ({ days, newest, now, neededFrom }: Keeping): EpochMs => {
  if (days === null || Number.isNaN(newest)) return -Infinity;
  const today = Math.floor(Math.min(newest, now) / DAY_MS) * DAY_MS;
  return Math.min(today - days * DAY_MS, neededFrom);
};

/** The months that are due, the oldest first: those of which no minute is to be kept. */
export const dueMonths = (months: readonly Month[], keeping: Keeping): readonly Month[] => {
  const cutoff = cutoffOf(keeping);
  return months.filter(({ to }) => to <= cutoff).toSorted((a, b) => a.from - b.from);
};

/** What became of a month that was due. */
export interface MonthOutcome {
  /** 2026-01 */
  readonly month: string;
  readonly outcome: 'dropped' | 'due' | 'imported' | 'kept';
  /** Why it stays; null where it does not. */
  readonly reason: string | null;
  /** Minutes. */
  readonly rows: number;
  /** Of the minutes and their indexes. */
  readonly bytes: number;
  /** The files that hold it. */
  readonly files: readonly string[];
}
