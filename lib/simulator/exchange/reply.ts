import type { DurationMs } from '../../units.js';

/** How a reply is sent. */
export type Delivery =
  | { readonly way: 'whole' }
  /** Nothing is ever sent. */
  | { readonly way: 'hang' }
  /** The connection is reset at once. */
  | { readonly way: 'reset' }
  /** This much of the body is sent, then the connection breaks. */
  | { readonly way: 'break'; readonly bytes: number }
  /** This much of the body is sent, then nothing more. */
  | { readonly way: 'stall'; readonly bytes: number }
  /** One byte at a time, this long apart. */
  | { readonly way: 'drip'; readonly every: DurationMs }
  /** Whole, but late. */
  | { readonly way: 'late'; readonly by: DurationMs };

/** A reply. Its delays are in real time, not in market time. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** In addition to the type and length of the content. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly delivery: Delivery;
}

/** A reply whose body is JSON, sent whole. */
export const jsonReply = (value: unknown, status = 200): Reply => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
  delivery: { way: 'whole' },
});
