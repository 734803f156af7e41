import { ExchangeFailure } from '../exchange/failure.js';
import { isRecord } from '../exchange/numbers.js';

const bad = (what: string): ExchangeFailure => new ExchangeFailure('bad_answer', what);

/**
 * Why a body is not an answer of Kraken's, or null. An answer is `{"error": [texts], "result":
 * {…}}`; with errors, the result may be missing. `parsed` is the body's JSON, undefined or text if
 * it is not JSON.
 */
export const envelopeFault = (body: string, parsed: unknown): string | null => {
  if (body.trim() === '') return 'the body is empty';
  if (typeof parsed === 'string' || parsed === undefined)
    return body.trimStart().startsWith('<') ? 'a page of HTML instead of JSON' : 'the body is not complete JSON';
  if (!isRecord(parsed)) return 'the JSON is not an object';
  const { error, result } = parsed;
  if (!Array.isArray(error) || !error.every(text => typeof text === 'string')) return 'the list of errors is missing';
  return error.length > 0 || isRecord(result) ? null : 'the result is missing';
};

/** An error of one market among several, not of the whole request. */
const OF_ONE_MARKET = /^EQuery:(?:Unknown|Invalid) asset pair/;

/**
 * Whether a well-formed answer is valid in spite of its errors: it has a result, and they are
 * warnings (W…) or concern markets that the result leaves out.
 */
export const isPartial = (answer: unknown): boolean => {
  if (!isRecord(answer) || !isRecord(answer['result']) || Object.keys(answer['result']).length === 0) return false;
  return (answer['error'] as readonly string[]).every(text => text.startsWith('W') || OF_ONE_MARKET.test(text));
};

/** The result of a well-formed answer. Throws `bad_answer` if it has none. */
export const resultOf = (answer: unknown): Readonly<Record<string, unknown>> => {
  const result = isRecord(answer) ? answer['result'] : null;
  if (!isRecord(result)) throw bad('the result is missing');
  return result;
};

/** The names that an answer may use for a market. */
export interface PairNames {
  readonly id: string;
  readonly altname: string;
  readonly symbol: string;
}

/**
 * The part of a result for the requested market. Throws `bad_answer` if the result is for another
 * market, or several.
 */
export const partOf = (result: Readonly<Record<string, unknown>>, pair: PairNames): unknown => {
  const keys = Object.keys(result).filter(key => key !== 'last');
  const key = keys[0];
  if (keys.length !== 1 || key === undefined || ![pair.id, pair.altname].includes(key))
    throw bad(`requested ${pair.symbol}, the answer is for ${keys.slice(0, 3).join(', ') || 'no market'}`);
  return result[key];
};

/** As `partOf`, for results with rows. */
export const rowsOf = (result: Readonly<Record<string, unknown>>, pair: PairNames): readonly unknown[] => {
  const rows = partOf(result, pair);
  if (!Array.isArray(rows)) throw bad(`the rows of ${pair.symbol} are not a list`);
  return rows;
};
