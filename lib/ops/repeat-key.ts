import { LEVELS, type Fields } from './log.js';

/** Explicit repeat key of a line, for the log alone: it is never written. */
export const REPEAT_KEY = 'repeatKey';

/**
 * A number with its sign, thousands, fraction and exponent, or the digits of an id (a word of
 * hexadecimal digits, one of them 0 to 9).
 */
const NUMBERS = /\b(?=[a-f]*\d)[\da-f]{4,}\b|[-+−]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?/gi;

/** A text without its numbers: the fifth try counts as a repetition of the first. */
const numberless = (text: string): string => text.replace(NUMBERS, '#');

const faultOf = ({ err }: Fields): string => {
  if (typeof err !== 'object' || err === null) return '';
  const { name, code, message } = err as Fields;
  return [name, code, message].filter(part => typeof part === 'string' || typeof part === 'number').join(' ');
};

const written = (fields: Fields): string => {
  try {
    return JSON.stringify(fields);
  } catch {
    return ''; // cyclic, or a bigint
  }
};

const givenKey = (key: unknown): string | null => {
  if (typeof key === 'string') return numberless(key);
  if (!Array.isArray(key)) return null;
  return key.map(part => (typeof part === 'number' ? `${part}` : numberless(String(part)))).join(' ');
};

/**
 * The key under which two lines count as repetitions. A field `repeatKey` sets it for all markets
 * together: a text, whose numbers are ignored, or a list whose numbers count and whose texts are
 * such texts. Otherwise warnings and worse are the same if market, text and error agree except for
 * their numbers; lesser lines only if they agree in everything, since two trades of a minute may
 * share their text.
 */
export const repeatKeyOf = (level: number, fields: Fields, text: string): string => {
  const given = givenKey(fields[REPEAT_KEY]);
  if (given !== null) return `key ${given}`;
  if (level < LEVELS.WARN) return `${level} ${text} ${written(fields)}`;
  const about = [fields.name, fields.child, fields.market].filter(part => typeof part === 'string').join(' ');
  return `${level} ${about} ${numberless(`${text} ${faultOf(fields)}`)}`;
};
