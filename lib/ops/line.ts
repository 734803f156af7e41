import type { createColors } from 'picocolors';
import { LEVELS, type Fields, type Level } from './log.js';

type Colours = Pick<ReturnType<typeof createColors>, 'dim' | 'cyan' | 'green' | 'yellow' | 'red' | 'bold'>;

const LEVEL_WIDTH = 5;
const NAME_WIDTH = 9;
const MARKET_WIDTH = 9;
/** Shown at a fixed place of the line, or useless on a terminal. */
const PLACED = new Set(['time', 'level', 'name', 'child', 'market', 'msg', 'err', 'v', 'pid', 'hostname']);
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A text without control or bidirectional characters: each unprintable character is shown as its
 * code.
 */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, character => `\\u{${character.codePointAt(0)!.toString(16)}}`);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return printable(/^[^\s=(),"]*$/.test(text) || typeof value !== 'string' ? text : JSON.stringify(text));
};

const nameOf = (level: number): Level =>
  (Object.keys(LEVELS) as Level[]).findLast(name => level >= LEVELS[name]) ?? 'TRACE';

const errorText = (err: unknown): string => {
  if (typeof err !== 'object' || err === null) return '';
  const { name, code, message } = err as Fields;
  const said = [name, code].filter(part => part !== undefined && part !== 'Error').map(String);
  return `: ${printable([...said, String(message)].join(' '))}`;
};

const stackOf = (err: unknown): readonly string[] => {
  const stack = typeof err === 'object' && err !== null ? (err as Fields).stack : undefined;
  const frames = typeof stack === 'string' ? stack.split('\n').filter(line => /^\s+at /.test(line)) : [];
  return frames.map(frame => `    ${printable(frame.trim())}`);
};

/**
 * A bunyan record for people: `19:45:14.123 WARN  scanner   BTC/USD   text (key=value)`, times in
 * UTC, without a line end. The stack of an error follows on separate lines if the level is ERROR or
 * worse.
 */
export const readableLine = (record: Fields, colours: Colours): string => {
  const level = nameOf(Number(record.level));
  const paint = {
    TRACE: colours.dim,
    DEBUG: colours.dim,
    INFO: colours.green,
    WARN: colours.yellow,
    ERROR: colours.red,
    FATAL: (text: string) => colours.bold(colours.red(text)),
  }[level];
  const at = new Date(record.time as string | number | Date);
  const time = Number.isNaN(at.getTime()) ? '--:--:--.---' : at.toISOString().slice(11, 23);
  const name = printable(textOf(record.child ?? record.name));
  const market =
    typeof record.market === 'string' ? `${colours.cyan(printable(record.market).padEnd(MARKET_WIDTH))} ` : '';
  const rest = Object.entries(record)
    .filter(([key, value]) => !PLACED.has(key) && value !== undefined)
    .map(([key, value]) => `${printable(key)}=${shown(value)}`);
  const fields = rest.length > 0 ? ` ${colours.dim(`(${rest.join(', ')})`)}` : '';
  const text = `${printable(textOf(record.msg))}${errorText(record.err)}`;
  return [
    `${colours.dim(time)} ${paint(level.padEnd(LEVEL_WIDTH))} ${colours.dim(name.padEnd(NAME_WIDTH))} ${market}${text}${fields}`,
    ...(LEVELS[level] >= LEVELS.ERROR ? stackOf(record.err) : []),
  ].join('\n');
};
