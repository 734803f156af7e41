import { MINUTE_MS, type DurationMs } from '../../lib/units.js';
import { duration } from '../report/format.js';

/** Why a run ended that was asked to by Ctrl-C or SIGTERM. */
export const STOPPED = 'stopped on request';

/** Why a run ended whose time was given (`--for`). */
export const elapsedText = (ms: DurationMs): string =>
  `--for ${ms < 2 * MINUTE_MS ? `${ms / 1_000} s` : duration(ms / MINUTE_MS)} has elapsed`;
