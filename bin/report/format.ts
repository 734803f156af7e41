import type { createColors } from 'picocolors';
import { figureOf } from '../../lib/report/figures.js';

/** picocolors, with or without colours. */
export type Colours = ReturnType<typeof createColors>;

/** Placeholder of an undefined value. */
export const NONE = '–';

/** A number that rounds to 0 has no sign. */
const decimals = (least: number, most = least) =>
  new Intl.NumberFormat('en-US', {
    minimumFractionDigits: least,
    maximumFractionDigits: most,
    signDisplay: 'negative',
  });
const whole = decimals(0);
const two = decimals(2);
const eight = decimals(2, 8);

/** 12,345 */
export const count = (value: number): string => whole.format(value);

/** 1 trade, 12,345 trades. */
export const counted = (many: number, one: string, more: string): string => `${count(many)} ${many === 1 ? one : more}`;

/** 12,345.67; small amounts (such as bitcoin) with up to eight decimals. */
export const moneyFormat = (initialBalance: number) => {
  const format = initialBalance < 100 ? eight : two;
  return (value: number | null): string => (value === null ? NONE : format.format(value));
};

/** With eight significant digits. */
export const priceOf = figureOf;

const MAX_NAMED = 10;

/** The first ten of some names: BTC/USD, ETH/USD and 3 more. */
export const some = (names: readonly string[]): string =>
  names.slice(0, MAX_NAMED).join(', ') + (names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '');

/** 1.23 */
export const decimal = (value: number | null): string => (value === null ? NONE : two.format(value));

/** A ratio as 12.34 %. */
export const percent = (ratio: number | null): string => (ratio === null ? NONE : `${two.format(100 * ratio)} %`);

/** Text with a plus where the value is above 0. */
export const signed = (value: number | null, text: string): string => (value !== null && value > 0 ? `+${text}` : text);

/** Green above 0, red below. */
export const tinted = (value: number | null, text: string, { green, red }: Colours): string => {
  if (value === null || value === 0) return text;
  return value > 0 ? green(signed(value, text)) : red(text);
};

/** 2026-04-01 12:30, of an ISO time. */
export const minuteOf = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

/** 45 min, 3.5 h, 2.1 days. */
export const duration = (minutes: number | null): string => {
  if (minutes === null) return NONE;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 2880 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1440).toFixed(1)} days`;
};

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** 850 B, 1.2 MB, 37 GB, in steps of 1,000. */
export const bytesOf = (bytes: number): string => {
  let [value, unit] = [bytes, 0];
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1_000;
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
};

/** 850 ms, 1.2 s, 45 min. */
export const lagOf = (ms: number | null): string => {
  if (ms === null) return NONE;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : duration(ms / 60_000);
};

/** External text without control characters of terminals. */
export const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');

/** Breaks text between words into lines of at most `width`. */
export const wrap = (text: string, width: number): string[] =>
  plain(text)
    .split(' ')
    .reduce<string[]>((lines, word) => {
      const last = lines.at(-1);
      if (last === undefined || last.length + 1 + word.length > width) return [...lines, word];
      return [...lines.slice(0, -1), `${last} ${word}`];
    }, []);

/** A name as words: take_profit → take profit. */
export const words = (name: string): string => name.replaceAll('_', ' ');

/** Width of the label of a field. */
export const LABEL = 15;

/** A label with its text beside it, wrapped to a width. */
export const field = (label: string, text: string, width: number, { bold }: Colours): string =>
  wrap(text, width - LABEL)
    .map((line, i) => `${i === 0 ? bold(label.padEnd(LABEL)) : ' '.repeat(LABEL)}${line}`)
    .join('\n');
