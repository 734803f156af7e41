import { UserError } from '../../../errors.js';
import type { Delivery, Reply } from '../reply.js';
import { jsonReply } from '../reply.js';
import type { Kind, Strike } from './fault.js';

type ReplyKind = Extract<Kind, { level: 'reply' }>;

const error = (standard: string): ReplyKind => ({
  level: 'reply',
  spoil: (_, { fault }) => jsonReply({ error: [fault.text ?? standard] }),
});
const body = (change: (text: string, strike: Strike) => string, contentType?: string): ReplyKind => ({
  level: 'reply',
  spoil: (reply, strike) => ({
    ...reply,
    contentType: contentType ?? reply.contentType,
    body: change(reply.body, strike),
  }),
});
const delivered = (way: (reply: Reply, strike: Strike) => Delivery): ReplyKind => ({
  level: 'reply',
  spoil: (reply, strike) => ({ ...reply, delivery: way(reply, strike) }),
});
const html = (title: string): string =>
  `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

const half = ({ body }: Reply, { fault }: Strike): number =>
  Math.min(fault.bytes ?? Math.floor(Buffer.byteLength(body) / 2), Buffer.byteLength(body));
const HUGE_BYTES = 64 * 1024 * 1024;

/** Faults of the transport. */
export const REPLY_FAULTS = {
  /** `status` (503) instead of an answer, with a page as proxies send it. */
  http_error: {
    level: 'reply',
    check: ({ status = 503 }) => {
      if (!Number.isInteger(status) || Number(status) < 400 || Number(status) > 599)
        throw new UserError([`http_error: found status ${JSON.stringify(status)}, expected one from 400 to 599`]);
    },
    spoil: (reply, { fault }) => {
      const status = Number(fault.status ?? 503);
      return { ...reply, status, contentType: 'text/html', body: html(fault.text ?? `Error ${status}`) };
    },
  },
  /** `status` (403) with a line of plain text, as a firewall sends it. */
  plain_error: {
    level: 'reply',
    spoil: (reply, { fault }) => {
      const body = fault.text ?? 'error code: 1020';
      return { ...reply, status: Number(fault.status ?? 403), contentType: 'text/plain; charset=UTF-8', body };
    },
  },
  /** Status 429 that asks for a pause of `milliseconds` (30,000). */
  retry_after: {
    level: 'reply',
    spoil: (reply, { fault }) => ({
      ...reply,
      status: 429,
      contentType: 'text/plain',
      body: fault.text ?? 'Too many requests',
      headers: { 'retry-after': String(Math.ceil((fault.milliseconds ?? 30_000) / 1_000)) },
    }),
  },
  /** Refused until `milliseconds` (60,000) from now, which the text names in seconds since 1970. */
  throttled: {
    level: 'reply',
    spoil: (_, { fault, at }) => {
      const until = Math.ceil((at + (fault.milliseconds ?? 60_000)) / 1_000);
      return jsonReply({ error: [`EService: Throttled: ${until}`] });
    },
  },
  /** An error beside the result. */
  partial_error: {
    level: 'reply',
    endpoints: ['Ticker'],
    spoil: (reply, { fault }) => {
      const text = JSON.stringify(fault.text ?? 'EQuery:Unknown asset pair');
      return { ...reply, body: reply.body.replace('"error":[]', `"error":[${text}]`) };
    },
  },
  /** CoinGecko's limit in a body with status 200. */
  coin_limit: {
    level: 'reply',
    endpoints: ['CoinMarkets'],
    spoil: () => jsonReply({ status: { error_code: 429, error_message: "You've exceeded the Rate Limit." } }),
  },
  too_many_requests: error('EGeneral:Too many requests'),
  market_mode: error('EService:Market in cancel_only mode'),
  unknown_method: error('EGeneral:Unknown method'),
  rate_limit: error('EAPI:Rate limit exceeded'),
  lockout: error('EGeneral:Temporary lockout'),
  unavailable: error('EService:Unavailable'),
  busy: error('EService:Busy'),
  timeout: error('EService:Timeout'),
  deadline: error('EService:Deadline elapsed'),
  /** An undocumented error; `text` sets any other. */
  unknown_error: error('EFrobnicator:Out of plasma'),
  /** Status 200 with a page, as of a proxy that asks to wait. */
  html: body(() => html('Just a moment...'), 'text/html; charset=utf-8'),
  empty_body: body(() => ''),
  null_body: body(() => 'null'),
  empty_object: body(() => '{}'),
  no_result: body(() => '{"error":[]}'),
  /** Complete, but not JSON. */
  malformed_json: body(text => text.replace(/[:,]/, ';')),
  /** Half of the JSON, announced as the whole. */
  cut_json: body((text, { fault }) => text.slice(0, fault.bytes ?? Math.floor(text.length / 2))),
  /** The answer after `bytes` (64 MiB) of blanks. */
  huge_body: body((text, { fault }) => ' '.repeat(fault.bytes ?? HUGE_BYTES) + text),
  /** No response. */
  hang: delivered(() => ({ way: 'hang' })),
  reset: delivered(() => ({ way: 'reset' })),
  /** The connection breaks in the middle, or after `bytes`. */
  half_sent: delivered((reply, strike) => ({ way: 'break', bytes: half(reply, strike) })),
  /** In the middle, or after `bytes`, nothing more comes. */
  stall: delivered((reply, strike) => ({ way: 'stall', bytes: half(reply, strike) })),
  /** A byte every `milliseconds` (200). */
  drip: delivered((_, { fault }) => ({ way: 'drip', every: fault.milliseconds ?? 200 })),
  /** `milliseconds` (2,000) late. */
  late: delivered((_, { fault }) => ({ way: 'late', by: fault.milliseconds ?? 2_000 })),
} as const satisfies Record<string, Kind>;
