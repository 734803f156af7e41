import { ExchangeFailure } from '../exchange/failure.js';
import { isRecord } from '../exchange/numbers.js';

const bad = (what: string): ExchangeFailure => new ExchangeFailure('bad_answer', what);

/**
 * Why a body is no answer of Kraken's, or null. An answer is `{"error": [texts], "result": {…}}`; with texts in it the
 * result may lack. `parsed` is what JSON made of the body, undefined or text where it is no JSON.
 */
export const envelopeFault = (body: string, parsed: unknown): string | null => {
  if (body.trim() === '') return 'the body is empty';
  if (typeof parsed === 'string' || parsed === undefined)
    return body.trimStart().startsWith('<') ? 'a page of HTML instead of JSON' : 'the body is no whole JSON';
  if (!isRecord(parsed)) return 'the JSON is no object';
  const { error, result } = parsed;
  if (!Array.isArray(error) || !error.every(text => typeof text === 'string')) return 'there is no list of errors';
  return error.length > 0 || isRecord(result) ? null : 'there is no result';
};

/** Of one market among several, not of the whole question. */
const OF_ONE_MARKET = /^EQuery:(?:Unknown|Invalid) asset pair/;

/**
 * Whether an answer that `envelopeFault` has nothing against holds in spite of its errors: it has a result, and they are warnings
 * (W…) or concern markets that the result leaves out.
 */
export const isPartial = (answer: unknown): boolean => {
  if (!isRecord(answer) || !isRecord(answer['result']) || Object.keys(answer['result']).length === 0) return false;
  return (answer['error'] as readonly string[]).every(text => text.startsWith('W') || OF_ONE_MARKET.test(text));
};

/** The result of an answer that `envelopeFault` has nothing against. */
export const resultOf = (answer: unknown): Readonly<Record<string, unknown>> => {
  const result = isRecord(answer) ? answer['result'] : null;
  if (!isRecord(result)) throw bad('there is no result');
  return result;
};

/** The names under which an answer may speak of a market. */
export interface PairNames {
  readonly id: string;
  readonly altname: string;
  readonly symbol: string;
}

/** What a result says of the one market that was asked for. Throws where it speaks of another one, or of several. */
export const partOf = (result: Readonly<Record<string, unknown>>, pair: PairNames): unknown => {
  const keys = Object.keys(result).filter(key => key !== 'last');
  const key = keys[0];
  if (keys.length !== 1 || key === undefined || ![pair.id, pair.altname].includes(key))
    throw bad(`asked for ${pair.symbol}, the answer speaks of ${keys.slice(0, 3).join(', ') || 'no market'}`);
  return result[key];
};

/** As `partOf`, for markets of which rows are given. */
export const rowsOf = (result: Readonly<Record<string, unknown>>, pair: PairNames): readonly unknown[] => {
  const rows = partOf(result, pair);
  if (!Array.isArray(rows)) throw bad(`the rows of ${pair.symbol} are no list`);
  return rows;
};
