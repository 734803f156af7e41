import { DAY_MS, type Bytes, type DurationMs, type EpochMs } from '../units.js';
import { diskTrouble, LOW_BYTES, type DiskSpace } from './disk.js';

/** Size and growth of a database. */
export interface StorageFacts {
  /** Total size. */
  readonly bytes: Bytes;
  /** Growth in the last day of a live run; null if there is none or it has not started work. */
  readonly growth: {
    /** Length of that day's part with decided minutes. */
    readonly measuredMs: DurationMs;
    /** Bytes that are dropped with their month. */
    readonly passing: Bytes;
    /** Bytes that stay for ever. */
    readonly lasting: Bytes;
    /** Open times of the first and last minute that a live run may have stored. */
    readonly from: EpochMs;
    readonly to: EpochMs;
  } | null;
  /** Minimum days that minutes are kept; null: for ever. */
  readonly days: number | null;
  /** Null if the disk is not accessible. */
  readonly disk: DiskSpace | null;
}

/** Current and expected size of a database. */
export interface StorageForecast {
  readonly bytes: Bytes;
  readonly perDayBytes: Bytes | null;
  /** Why `perDayBytes` is null; otherwise null. */
  readonly unknown: string | null;
  readonly storageDays: number | null;
  /** Just before the first month is dropped; null without a limit or known growth. */
  readonly atLimitBytes: Bytes | null;
  /** A year from now, without a limit; else null. */
  readonly inAYearBytes: Bytes | null;
  readonly disk: DiskSpace | null;
  /** Warnings that need action, one sentence each. */
  readonly warnings: readonly string[];
}

const MIN_MS = 3_600_000;
const YEAR_DAYS = 365;
/** Only whole months are dropped. */
const LONGEST_MONTH_DAYS = 31;

const gigabytes = (bytes: Bytes): string => `${(bytes / 1e9).toFixed(1)} GB`;

const tooLarge = ({ bytes, days, disk }: StorageFacts, perDay: Bytes, then: Bytes): readonly string[] => {
  const room = (disk?.freeBytes ?? Infinity) - LOW_BYTES;
  if (!disk || then - bytes <= room) return [];
  const until = days === null ? 'in a year' : `when minutes of ${days} days are kept`;
  const left = Math.max(0, Math.floor(room / perDay));
  return [
    `the disk is too small: the database will have ${gigabytes(then)} ${until}, and ${gigabytes(disk.freeBytes)} are free at ${disk.path}. ` +
      `There is room for ${left} more ${left === 1 ? 'day' : 'days'}: keep fewer days (application.market_data_storage_days), follow fewer markets, or move it`,
  ];
};

/** Projects the size of a database from its growth in the last day. */
export const forecast = (facts: StorageFacts): StorageForecast => {
  const { bytes, growth, days, disk } = facts;
  const trouble = disk && diskTrouble(disk);
  const known = { bytes, storageDays: days, disk };
  const warnings = trouble === null ? [] : [trouble];
  if (!growth || growth.measuredMs < MIN_MS) {
    const unknown = growth
      ? 'its growth is known once a live run has decided on an hour of minutes'
      : 'its growth is not known without a live run';
    return { ...known, perDayBytes: null, unknown, atLimitBytes: null, inAYearBytes: null, warnings };
  }
  const daily = DAY_MS / growth.measuredMs;
  const perDayBytes = daily * (growth.passing + growth.lasting);
  const stored = (growth.to - growth.from) / DAY_MS;
  const missing = days === null ? YEAR_DAYS : Math.max(0, days + LONGEST_MONTH_DAYS - stored);
  const then = bytes + missing * (days === null ? perDayBytes : daily * growth.passing);
  return {
    ...known,
    perDayBytes,
    unknown: null,
    ...(days === null ? { atLimitBytes: null, inAYearBytes: then } : { atLimitBytes: then, inAYearBytes: null }),
    warnings: [...warnings, ...tooLarge(facts, perDayBytes, then)],
  };
};
