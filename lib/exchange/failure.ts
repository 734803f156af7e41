import type { DurationMs } from '../units.js';

/**
 * Why an exchange gave no answer, and what to do next: `retry` after a wait, `wait` for the next cycle since asking again at
 * once would be wrong, `skip` the market, or `stop` since nothing but another configuration helps.
 */
export const FAILURE_KINDS = {
  /** Too many requests. It opens the breaker, whose pauses grow. */
  rate_limit: 'wait',
  /** The address is shut out for a while; asking on prolongs it. It opens the breaker. */
  lockout: 'wait',
  /** Network, timeout, 5xx, maintenance, or an error that nobody has seen before. */
  temporary: 'retry',
  /** Something came that is no answer to the question. */
  bad_answer: 'retry',
  /** The circuit breaker is open. */
  circuit_open: 'wait',
  /** It was not its turn before its cycle ended, or the queue was full. */
  dropped: 'wait',
  /** The market is unknown, delisted, or its rows are unusable. */
  market: 'skip',
  /** The exchange refuses this configuration. */
  configuration: 'stop',
} as const;
export type FailureKind = keyof typeof FAILURE_KINDS;
export type NextStep = (typeof FAILURE_KINDS)[FailureKind];

/** A question to the exchange that brought no answer. Its message is one short line without addresses or control characters. */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  readonly kind: FailureKind;
  /** The wait that the exchange or the breaker asks for. */
  readonly retryAfterMs: DurationMs | null;

  constructor(kind: FailureKind, message: string, retryAfterMs: DurationMs | null = null, cause?: unknown) {
    super(plain(message), cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }

  get next(): NextStep {
    return FAILURE_KINDS[this.kind];
  }
}

const MOST_CHARACTERS = 200;

const PAGE = /<(?:!doctype\b|html\b|head\b|body\b)[^]*$/i;

/** A page of HTML within a text, by its title alone. */
const withoutPages = (text: string): string =>
  text.replace(PAGE, page => {
    const title = /<title[^>]*>([^<]+)/i.exec(page)?.[1]?.trim();
    return title === undefined ? '(a page of HTML)' : `(a page of HTML: "${title}")`;
  });

/**
 * Text from outside as one short line that neither steers a terminal nor shows an address (which may hold a password). Of a page of
 * HTML only its title is kept, and of what was asked for not the parameters.
 */
export const plain = (text: string): string => {
  const line = withoutPages(text.slice(0, 20 * MOST_CHARACTERS))
    .replace(/\w+:\/\/[^\s/?#]*/g, '')
    .replace(/(\/[\w./-]+)\?[^\s)]*/g, '$1')
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1)}…` : line;
};

const classNamesOf = (error: object): ReadonlySet<string> => {
  const names = new Set<string>();
  for (let type: unknown = Object.getPrototypeOf(error); typeof type === 'object' && type !== null;) {
    names.add(type.constructor.name);
    type = Object.getPrototypeOf(type) as unknown;
  }
  return names;
};

const kindOf = (text: string, classes: ReadonlySet<string>, pair: string | null): FailureKind => {
  const is = (...names: readonly string[]) => names.some(name => classes.has(name));
  if (/temporary lockout/i.test(text)) return 'lockout';
  if (is('DDoSProtection', 'RateLimitExceeded') || /rate limit|too many requests/i.test(text)) return 'rate_limit';
  if (is('BadSymbol') || /EQuery:(Unknown|Invalid) asset|EService:Market in/.test(text)) return 'market';
  if (is('NotSupported', 'InvalidProxySettings', 'AuthenticationError', 'RestrictedLocation')) return 'configuration';
  if (is('BadRequest')) return pair === null ? 'temporary' : 'market';
  return is('BadResponse') ? 'bad_answer' : 'temporary';
};

/**
 * What an error of ccxt, of undici or of our own checks means. `pair` is the market that the question named, if any. ccxt's
 * classes are told by name, and Kraken's texts where one class stands for several things; what is unknown is temporary.
 */
export const failureOf = (error: unknown, pair: string | null): ExchangeFailure => {
  if (error instanceof ExchangeFailure) return error;
  if (!(error instanceof Error)) return new ExchangeFailure('temporary', String(error));
  const { retryAfterMs } = error as { retryAfterMs?: unknown };
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return new ExchangeFailure(
    kindOf(error.message.slice(0, 10_000), classNamesOf(error), pair),
    `${error.message}${cause}` || error.constructor.name,
    typeof retryAfterMs === 'number' ? retryAfterMs : null,
    error,
  );
};
