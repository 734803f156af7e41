import { UserError } from '../lib/errors.js';
import { symbolOf } from '../lib/exchange/adapters.js';
import { DAY_MS, MINUTE_MS, type EpochMs } from '../lib/units.js';

const FORM = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::00)?Z?)?$/;

/** Parses a whole UTC minute: 2026-04-01 or 2026-04-01T12:30 (`Z` and `:00` may follow). */
export const parseTime = (name: string, text: string): EpochMs => {
  const parts = FORM.exec(text);
  const [year, month, day, hour = 0, minute = 0] = (parts ?? [])
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  const time = parts ? Date.UTC(year!, month! - 1, day, hour, minute) : NaN;
  // The calendar rolls over what does not exist (February 30, the year 99): then the text is not
  // what came out.
  const found = new Date(time);
  if (Number.isNaN(time) || hour > 23 || minute > 59 || found.getUTCDate() !== day || found.getUTCFullYear() !== year)
    throw new UserError([`${name}: found "${text}", expected a UTC time as 2026-04-01 or 2026-04-01T12:30`]);
  return time;
};

/** Maximum period in years, since every minute of a period is processed, known or not. */
const MAX_YEARS = 25;

/** The period `from` (inclusive) to `to` (exclusive). */
export const parsePeriod = (from: string, to: string): { readonly from: EpochMs; readonly to: EpochMs } => {
  const period = { from: parseTime('--from', from), to: parseTime('--to', to) };
  if (period.to - period.from < MINUTE_MS)
    throw new UserError([
      `--to ${to} is not after --from ${from}: expected a period of at least a minute (--to is exclusive)`,
    ]);
  if (period.to - period.from > MAX_YEARS * 366 * DAY_MS)
    throw new UserError([`--from ${from} --to ${to}: expected a period of at most ${MAX_YEARS} years`]);
  return period;
};

/** Like `parsePeriod`, but either end is optional. */
export const parseOpenPeriod = ({
  from,
  to,
}: {
  readonly from?: string;
  readonly to?: string;
}): { readonly from?: EpochMs; readonly to?: EpochMs } =>
  from !== undefined && to !== undefined
    ? parsePeriod(from, to)
    : {
        ...(from !== undefined && { from: parseTime('--from', from) }),
        ...(to !== undefined && { to: parseTime('--to', to) }),
      };

/** Converts market names, in any exchange's spelling, to our symbols; unique, sorted. */
export const parseSymbols = (names: readonly string[]): readonly string[] => {
  const unknown = names.filter(name => symbolOf(name.toUpperCase()) === null);
  if (unknown.length > 0)
    throw new UserError([
      `--symbols: ${unknown.map(name => `"${name}"`).join(', ')} is no market: expected BASE/QUOTE, as BTC/USD`,
    ]);
  return [...new Set(names.map(name => symbolOf(name.toUpperCase())!))].sort();
};
