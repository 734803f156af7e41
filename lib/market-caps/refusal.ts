import { ExchangeFailure, type FailureKind } from '../exchange/failure.js';
import { isRecord } from '../exchange/numbers.js';
import type { DurationMs } from '../units.js';

/** By HTTP status, or by CoinGecko's own codes of the same meaning: 1015 and 1020 are Cloudflare's, 10000 and up concern keys and plans. */
const kindOf = (code: number): FailureKind => {
  if (code === 429 || code === 1015) return 'rate_limit';
  if (code === 401 || code === 403 || code === 1020) return 'lockout';
  return code === 408 || (code >= 500 && code < 600) ? 'temporary' : 'configuration';
};

/** What a body says of a refusal: CoinGecko writes `{"status": {"error_code", "error_message"}}` or `{"error": text}`. */
const saidIn = (json: unknown): { readonly code: number | null; readonly text: string } | null => {
  if (!isRecord(json)) return null;
  const { status, error } = json;
  if (isRecord(status) && typeof status['error_code'] === 'number') {
    const text = status['error_message'];
    return { code: status['error_code'], text: typeof text === 'string' ? text : '' };
  }
  if (typeof error === 'string') return { code: null, text: error };
  return isRecord(error) ? saidIn(error) : null;
};

/**
 * Why CoinGecko refused a request, from the HTTP status and the body of its answer (null where that is no JSON). Null where it is no
 * refusal. A limit may come with status 200 and the code 429 in the body.
 */
export const refusalOf = (status: number, json: unknown, retryAfterMs: DurationMs | null): ExchangeFailure | null => {
  const said = saidIn(json);
  const isOk = status >= 200 && status < 300;
  if (isOk && !said) return null;
  const text = said?.text ? ` (${said.text})` : '';
  if (!isOk) return new ExchangeFailure(kindOf(status), `HTTP ${status}${text}`, retryAfterMs);
  const code = said!.code;
  const kind = code === null ? 'bad_answer' : kindOf(code);
  return new ExchangeFailure(kind, `refused${code === null ? '' : ` with code ${code}`}${text}`, retryAfterMs);
};
