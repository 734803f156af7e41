import { ExchangeFailure, type FailureKind } from '../exchange/failure.js';
import { isRecord } from '../exchange/numbers.js';
import type { DurationMs } from '../units.js';

/** Kind of a status or CoinGecko code: 1015, 1020: Cloudflare; from 10000: keys and plans. */
const kindOf = (code: number): FailureKind => {
  if (code === 429 || code === 1015) return 'rate_limit';
  if (code === 401 || code === 403 || code === 1020) return 'lockout';
  return code === 408 || (code >= 500 && code < 600) ? 'temporary' : 'configuration';
};

/** Refusal in a body: `{"status": {"error_code", "error_message"}}` or `{"error": text}`. */
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
 * Why CoinGecko refused a request, from the HTTP status and the body (null if it is not JSON). Null
 * if it did not refuse. A rate limit may have status 200 and code 429 in the body.
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
