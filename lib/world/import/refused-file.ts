import { UserError } from '../../errors.js';

/** Why a file of candles is not imported. */
export const REFUSALS = {
  name: 'not named like a candle file',
  timeframe: 'not of one minute',
  pair: 'unknown pair',
  dark_pool: 'dark pool',
  tokenized: 'tokenized stock',
  packing: 'unsupported compression',
  empty: 'no candle in it',
  damaged: 'cannot be read to its end',
  contradiction: 'contradicts another file',
} as const;
/** Key of `REFUSALS`. */
export type Refusal = keyof typeof REFUSALS;

/**
 * A file of candles that cannot be imported: within an archive it is skipped, on its own it fails
 * the command.
 */
export class RefusedFile extends UserError {
  readonly refusal: Refusal;
  /** The finding, without the file's name. */
  readonly found: string;

  /** `found` completes "FILE: …"; `hints` are further lines. */
  constructor(file: string, refusal: Refusal, found: string, hints: readonly string[] = []) {
    super([`${file}${/^[,:]/.test(found) ? '' : ': '}${found}`, ...hints]);
    this.refusal = refusal;
    this.found = found.replace(/^[,:]\s*/, '');
  }
}
