import { UserError } from '../lib/errors.js';
import { symbolOf } from '../lib/exchange/adapters.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, wholeMinute, type DurationMs, type EpochMs } from '../lib/units.js';
import { now } from '../lib/world/clock.js';

const FORM = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::00)?Z?)?$/;

/** Times by name, all in UTC. */
const NAMED: Readonly<Record<string, (at: EpochMs) => EpochMs>> = {
  now: wholeMinute,
  today: at => at - (at % DAY_MS),
  yesterday: at => at - (at % DAY_MS) - DAY_MS,
};

/**
 * Parses a whole UTC minute: 2026-04-01, 2026-04-01T12:30 (`Z` and `:00` may follow), `now`,
 * `today` or `yesterday`, which begin at 00:00 UTC.
 */
export const parseTime = (name: string, text: string): EpochMs => {
  const named = Object.hasOwn(NAMED, text) ? NAMED[text] : undefined;
  if (named) return named(now());
  const parts = FORM.exec(text);
  const [year, month, day, hour = 0, minute = 0] = (parts ?? [])
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  const time = parts ? Date.UTC(year!, month! - 1, day, hour, minute) : NaN;
  // The calendar rolls over what does not exist (February 30, the year 99): then the text is not
  // what came out.
  const found = new Date(time);
  if (Number.isNaN(time) || hour > 23 || minute > 59 || found.getUTCDate() !== day || found.getUTCFullYear() !== year)
    throw new UserError([
      `${name}: found "${text}", expected a UTC time as 2026-04-01 or 2026-04-01T12:30, now, today or yesterday`,
    ]);
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

const UNITS: Readonly<Record<string, DurationMs>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS };

/** Parses a duration: 90m, 36h, 30d or 2w. */
export const parseSpan = (name: string, text: string): DurationMs => {
  const [, count, unit] = /^(\d{1,7})([mhdw])$/.exec(text) ?? [];
  const span = count === undefined ? 0 : Number(count) * UNITS[unit!]!;
  if (span < MINUTE_MS || span > MAX_YEARS * 366 * DAY_MS)
    throw new UserError([`${name}: found "${text}", expected minutes, hours, days or weeks as 90m, 36h, 30d or 2w`]);
  return span;
};

/** The options of a period, as parsed from the command line. */
export interface PeriodOptions {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
}

/** A requested period: a missing end is that of the stored candles. */
export interface AskedPeriod {
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
  /** Instead of `from`: the period's length. */
  readonly last?: DurationMs;
}

/** Parses the options of a period, each of which may be missing. */
export const parseAskedPeriod = ({ from, to, last }: PeriodOptions): AskedPeriod => {
  if (last !== undefined && from !== undefined)
    throw new UserError([`--last ${last} and --from ${from} both say where the period begins: expected one of them`]);
  if (from !== undefined && to !== undefined) return parsePeriod(from, to);
  return {
    ...(from !== undefined && { from: parseTime('--from', from) }),
    ...(to !== undefined && { to: parseTime('--to', to) }),
    ...(last !== undefined && { last: parseSpan('--last', last) }),
  };
};

/** A period without `last`, which is set off from its end, default `end`. */
export const openPeriod = (
  { from, to, last }: AskedPeriod,
  end: EpochMs,
): { readonly from?: EpochMs; readonly to?: EpochMs } => ({
  ...(from !== undefined && { from }),
  ...(last !== undefined && { from: (to ?? end) - last }),
  ...(to !== undefined && { to }),
});

/** The whole of a requested period: what it leaves open is the end or the begin of `stored`. */
export const wholePeriod = (
  asked: AskedPeriod,
  stored: { readonly first: EpochMs; readonly end: EpochMs },
): { readonly from: EpochMs; readonly to: EpochMs } => {
  const to = asked.to ?? stored.end;
  const from = asked.from ?? (asked.last === undefined ? Math.min(stored.first, to - MINUTE_MS) : to - asked.last);
  const iso = (at: EpochMs) => new Date(at).toISOString().slice(0, 16);
  if (to - from < MINUTE_MS)
    throw new UserError([`--from ${iso(from)}: the stored candles end at ${iso(to)} UTC, expected an earlier begin`]);
  return { from, to };
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
