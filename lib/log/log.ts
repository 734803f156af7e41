/** How grave a line is, as bunyan ranks it. */
export const LEVELS = { TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60 } as const;
export type Level = keyof typeof LEVELS;

/**
 * What a line says besides its text. `market` names the market that it is about, `err` is an Error. Lines with the same
 * `repeatKey` count as repetitions of each other (`repeatKeyOf`); it is not written.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** Says something, with or without fields. A line and its repetitions are said once a minute; then they are counted. */
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
