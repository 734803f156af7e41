import { wordsOf } from '../database/words.js';

/** Meaning of a SQLSTATE, or of its class of two characters. */
const MEANINGS: Readonly<Record<string, string>> = {
  '08': 'the connection broke',
  '23503': 'a referenced row is missing',
  '23505': 'it exists already',
  '23514': 'a constraint of the schema forbids it',
  '23': 'a constraint of the schema forbids it',
  '25006': 'the database is read-only now (hosted ones are while their disk is full)',
  '22': 'a value does not fit its column',
  '28': 'the database refused the user',
  '40': 'conflict with another transaction',
  '42501': 'permission denied',
  '42': 'the schema is not what this version expects',
  '53100': 'its disk is full',
  '53': 'the database is out of resources',
  '55P03': 'lock timeout',
  '57014': 'statement timeout',
  '57P': 'the database is stopping or starting',
  ENOENT: 'database unreachable',
  ECONNREFUSED: 'database unreachable',
  ENOTFOUND: 'unknown database host',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  EMFILE: 'this process may open no more files and connections',
  ENFILE: 'the system has no more files to open',
};
const TRANSIENT = /^(08|25006|40|53|57P|57014|55P03|E[A-Z]+$|timeout$)/;

const meaningOf = (code: string): string =>
  MEANINGS[code] ??
  MEANINGS[code.slice(0, 3)] ??
  MEANINGS[code.slice(0, 2)] ??
  'the database did not answer as expected';

/**
 * A request that the database refused or did not answer. Names the operation, the SQLSTATE, the
 * constraint and the server's message; never the statement nor its values, which may be secret, and
 * has no cause for the same reason.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** A SQLSTATE, the operating system's code, or `timeout`. */
  readonly code: string;
  readonly constraint: string | null;
  /** The server's message; '' if there is none. */
  readonly words: string;
  /**
   * Whether a retry may succeed. The first try may have been stored: retry only what has a business
   * key.
   */
  readonly transient: boolean;

  constructor(doing: string, code: string, constraint: string | null = null, words = '') {
    const place = [code, constraint].filter(Boolean).join(', ');
    const meaning = code === 'timeout' ? 'no answer in time' : meaningOf(code);
    super(`${doing} failed: ${meaning} (${place})${words === '' ? '' : `: ${words}`}`);
    this.code = code;
    this.constraint = constraint;
    this.words = words;
    this.transient = TRANSIENT.test(code);
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A driver's error as a `StoreError`; any other error as it is. */
export const toStoreError = (error: unknown, doing: string): unknown => {
  if (!(error instanceof Error)) return error;
  const { code, constraint, errors, cause } = error as Error & {
    code?: unknown;
    constraint?: unknown;
    errors?: unknown;
  };
  if (/^([0-9A-Z]{5}|E[A-Z]+)$/.test(text(code)))
    return new StoreError(doing, text(code), text(constraint) || null, wordsOf(error));
  if (Array.isArray(errors) && errors[0] instanceof Error) return toStoreError(errors[0], doing);
  // the migrator wraps the driver's error
  const known = cause instanceof Error ? toStoreError(cause, doing) : cause;
  if (known instanceof StoreError) return known;
  if (/time(d )?out/i.test(error.message)) return new StoreError(doing, 'timeout');
  // the last one: errors in a transaction after its connection died
  if (/connection (terminated|ended)|not queryable|transaction query already complete/i.test(error.message))
    return new StoreError(doing, '08006');
  return error;
};

/** Runs `act`; a driver's error becomes a `StoreError` that names the operation. */
export const guarded = async <T>(doing: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw toStoreError(error, doing);
  }
};
