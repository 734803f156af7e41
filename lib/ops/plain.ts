import { isSecretKey, type Redact } from './redact.js';

/** Maximum length of a text in a line. */
export const MAX_TEXT = 300;
const MAX_STACK = 3_000;
/** External text may be megabytes long; this much of it is searched for secrets. */
const MAX_READ = 16_000;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;

/**
 * A text without secrets, cut to `most` characters. Secrets are removed first, so that a cut never
 * leaves an unrecognised half of one.
 */
export const cut = (text: string, redact: Redact, most = MAX_TEXT): string => {
  const clean = redact(text.slice(0, MAX_READ));
  return clean.length > most || text.length > MAX_READ ? `${clean.slice(0, most - 1)}…` : clean;
};

const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/**
 * A database error's text starts with the statement and its values: only the server's message is
 * kept.
 */
const messageOf = (error: Error, code: unknown): string =>
  typeof code === 'string' && SQLSTATE.test(code) ? error.message.split(' - ').at(-1)! : error.message;

/** An error for a log line: no statement, no values, no attached objects. */
const errorFields = (error: Error, redact: Redact, depth: number): object => {
  const { code, constraint, table } = error as { code?: unknown; constraint?: unknown; table?: unknown };
  const named = Object.entries({ code, constraint, table }).filter(([, value]) => typeof value === 'string');
  // The first lines repeat the message, which may hold line breaks of its own.
  const frames = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line));
  const message = cut(messageOf(error, code), redact);
  return {
    name: cut(error.name, redact),
    ...(typeof code === 'number' && { code }),
    ...Object.fromEntries(named.map(([name, value]) => [name, cut(value as string, redact)])),
    message,
    ...(frames.length > 0 && { stack: cut([`${error.name}: ${message}`, ...frames].join('\n'), redact, MAX_STACK) }),
    ...(error.cause !== undefined && depth < MAX_DEPTH && { cause: plain(error.cause, redact, depth + 1) }),
  };
};

/**
 * A value that is safe to write as JSON: without secrets, bounded in length, breadth and depth,
 * errors as `{name, code, message, stack, cause}`, values that JSON cannot express as text. Never
 * throws.
 */
export const plain = (value: unknown, redact: Redact, depth = 0): unknown => {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return cut(value, redact);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return typeof value === 'undefined' ? null : `[${typeof value}]`;
  try {
    if (value instanceof Error) return errorFields(value, redact, depth);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (depth >= MAX_DEPTH) return '[…]';
    if (Array.isArray(value)) {
      const items = value.slice(0, MAX_ITEMS).map(item => plain(item, redact, depth + 1));
      return value.length > MAX_ITEMS ? [...items, `… ${value.length - MAX_ITEMS} more`] : items;
    }
    const entries = Object.entries(value).slice(0, MAX_ITEMS);
    return Object.fromEntries(
      entries.map(([name, item]) => [
        cut(name, redact),
        isSecretKey(name) && item !== null && item !== undefined ? '***' : plain(item, redact, depth + 1),
      ]),
    );
  } catch {
    return '[unreadable]'; // a getter or proxy that throws
  }
};
