import type { Fields } from './log.js';

const WARN = 40;

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

/**
 * What two lines have in common that count as the same one. A field `cause` says it outright. Else warnings and worse are
 * the same if market, text and error agree but for their numbers (the fifth try is about what the first one was);
 * lesser lines only if they agree in everything, since two trades of a minute may well share their text.
 */
export const causeOf = (level: number, fields: Fields, text: string): string => {
  if (typeof fields.cause === 'string') return `cause ${fields.cause}`;
  if (level < WARN) return `${level} ${text} ${written(fields)}`;
  const about = [fields.name, fields.child, fields.market].filter(part => typeof part === 'string').join(' ');
  return `${level} ${about} ${`${text} ${faultOf(fields)}`.replace(/\d+(?:\.\d+)?/g, '#')}`;
};
