import type { StorageForecast } from '../../lib/ops/forecast.js';
import { bytesOf } from './format.js';

/** Size, growth and expected size of a database, in one line. */
export const storageText = ({
  bytes,
  perDayBytes,
  unknown,
  storageDays,
  atLimitBytes,
  inAYearBytes,
  disk,
}: StorageForecast): string =>
  [
    bytesOf(bytes),
    ...(perDayBytes === null ? [] : [`growing by ${bytesOf(perDayBytes)} a day`]),
    ...(atLimitBytes === null ? [] : [`${bytesOf(atLimitBytes)} at most with ${storageDays} days of minutes`]),
    ...(inAYearBytes === null ? [] : [`${bytesOf(inAYearBytes)} in a year, as minutes are kept for ever`]),
    ...(unknown === null ? [] : [unknown]),
    ...(disk === null ? [] : [`${bytesOf(disk.freeBytes)} free`]),
  ].join(', ');
