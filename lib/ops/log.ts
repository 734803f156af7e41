/** The level of a line, as in bunyan. */
export const LEVELS = { TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60 } as const;
/** Name of a level. */
export type Level = keyof typeof LEVELS;

/**
 * Fields of a line besides its text. `market` names the market, `err` is an Error. Lines with the
 * same `repeatKey` count as repetitions of each other (`repeatKeyOf`); that field is not written.
 */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes a line, with or without fields. A line and its repetitions are written once a minute; the
 * others are counted.
 */
export interface Say {
  (text: string): void;
  (fields: Fields, text: string): void;
}

/** What the program writes its log to. No method ever throws. */
export interface Log {
  readonly trace: Say;
  readonly debug: Say;
  readonly info: Say;
  readonly warn: Say;
  readonly error: Say;
  readonly fatal: Say;
  /** The same log, with these fields in each of its lines, as `{ market: 'BTC/USD' }`. */
  child(fields: Fields): Log;
}
