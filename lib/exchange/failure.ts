import type { DurationMs, EpochMs } from '../units.js';

/**
 * Why a request failed, and what to do next: `retry` after a wait; `wait` for the next cycle,
 * because an immediate retry would be wrong; `skip` the market; or `stop`, because only another
 * configuration helps.
 */
export const FAILURE_KINDS = {
  /** Too many requests. Opens the breaker, whose pauses grow. */
  rate_limit: 'wait',
  /** The address is locked out for a while; further requests prolong that. Opens the breaker. */
  lockout: 'wait',
  /**
   * The address is refused (403) by the exchange or a firewall in front. Opens the breaker, whose
   * pauses grow.
   */
  blocked: 'wait',
  /** Network, timeout, 5xx, maintenance, or an unknown error. */
  temporary: 'retry',
  /** The response does not answer the request. */
  bad_answer: 'retry',
  /** The circuit breaker is open. */
  circuit_open: 'wait',
  /** Its turn did not come before its cycle ended, or the queue was full. */
  dropped: 'wait',
  /** The market is unknown or delisted, or its rows are unusable. */
  market: 'skip',
  /**
   * The API does not serve this address or this configuration: waiting does not help, `cure` does.
   */
  configuration: 'stop',
} as const;
/** Kind of a failed request, which decides how the caller goes on. */
export type FailureKind = keyof typeof FAILURE_KINDS;
/** What a caller does after a failure: retry, wait, skip the market, or stop. */
export type NextStep = (typeof FAILURE_KINDS)[FailureKind];

/** A failed request. Its message is one short line without addresses or control characters. */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  readonly kind: FailureKind;
  /** The wait that the exchange or the breaker requests. */
  readonly retryAfterMs: DurationMs | null;
  /** What the user has to change if waiting does not help: a sentence. */
  readonly cure: string | null;

  constructor(
    kind: FailureKind,
    message: string,
    retryAfterMs: DurationMs | null = null,
    { cause, cure = null }: { readonly cause?: unknown; readonly cure?: string | null } = {},
  ) {
    super(plain(message), cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
    this.cure = cure;
  }

  get next(): NextStep {
    return FAILURE_KINDS[this.kind];
  }
}

const MAX_CHARACTERS = 200;

const PAGE = /<(?:!doctype\b|html\b|head\b|body\b)[^]*$/i;

const titleOf = (page: string): string | undefined => /<title[^>]*>([^<]+)/i.exec(page)?.[1]?.trim();

/** Replaces a page of HTML within a text by its title. */
const withoutPages = (text: string): string =>
  text.replace(PAGE, page => {
    const title = titleOf(page);
    return title === undefined ? '(a page of HTML)' : `(a page of HTML: "${title}")`;
  });

/**
 * External text as one short line without terminal control characters and without addresses, which
 * may hold a password. Of a page of HTML only the title is kept; the parameters of a URL are
 * removed.
 */
export const plain = (text: string): string => {
  const line = withoutPages(text.slice(0, 20 * MAX_CHARACTERS))
    .replace(/\w+:\/\/[^\s/?#]*/g, '')
    .replace(/(\/[\w./-]+)\?[^\s)]*/g, '$1')
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS - 1)}…` : line;
};

const classNamesOf = (error: object): ReadonlySet<string> => {
  const names = new Set<string>();
  for (let type: unknown = Object.getPrototypeOf(error); typeof type === 'object' && type !== null;) {
    names.add(type.constructor.name);
    type = Object.getPrototypeOf(type) as unknown;
  }
  return names;
};

/** The longest pause that an exchange may request. */
export const MAX_ASKED_MS: DurationMs = 3_600_000;

/** The kinds that an error text may stand for, in order of precedence. */
type TextKind = 'lockout' | 'blocked' | 'rate_limit' | 'market' | 'configuration';

/** What an exchange's error texts mean if ccxt's class of the error does not say it. */
export interface ErrorTexts {
  readonly texts: Readonly<Partial<Record<TextKind, RegExp>>>;
  /** The wait that a text asks for, by the exchange's clock; null if it asks for none. */
  readonly retryAfterMs: (text: string, now: EpochMs) => DurationMs | null;
}

const NO_TEXTS: ErrorTexts = { texts: {}, retryAfterMs: () => null };

const ANOTHER_SERVER =
  'Set exchange.url (BOT_EXCHANGE_URL) to the address of the API, or to null for the exchange’s own; if it is so already, a proxy or firewall in between answers instead.';

const CURES: Readonly<Record<number, string>> = {
  401: ANOTHER_SERVER,
  405: ANOTHER_SERVER,
  407: 'The proxy requires a user and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT',
  451: 'The API is not served to this address for legal reasons: run the bot from where it is.',
};

const statusKind = (status: number): FailureKind => {
  if (status === 429 || status === 418) return 'rate_limit';
  if (status === 403) return 'blocked';
  return status in CURES ? 'configuration' : 'temporary';
};

/** The failure of an unsuccessful HTTP status whose body is not an answer of the exchange. */
export const httpFailure = (
  status: number,
  reason: string,
  body: string,
  retryAfterMs: DurationMs | null,
): ExchangeFailure => {
  const name = `${status} ${reason}`.trim();
  const head = body.slice(0, 20 * MAX_CHARACTERS);
  const text = plain(head.trimStart().startsWith('<') ? (titleOf(head) ?? '') : head);
  const quote = text === '' || name.toLowerCase().includes(text.toLowerCase()) ? '' : ` (${text})`;
  return new ExchangeFailure(statusKind(status), `HTTP ${name}${quote}`, retryAfterMs, { cure: CURES[status] ?? null });
};

/**
 * The failure of a proxy that refused to connect, from undici's error or its causes; null for other
 * errors.
 */
export const proxyFailure = (error: Error): ExchangeFailure | null => {
  const status = /Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(error.message)?.[1];
  if (status === undefined) return error.cause instanceof Error ? proxyFailure(error.cause) : null;
  const kind = status === '403' || status === '407' ? statusKind(Number(status)) : 'temporary';
  return new ExchangeFailure(kind, `the proxy does not let the request through (HTTP ${status})`, null, {
    cure: status === '407' ? CURES[407]! : null,
  });
};

/** For each kind, in order of precedence, the ccxt classes and texts of any exchange. */
const KINDS: readonly (readonly [kind: TextKind, classes: readonly string[], text?: RegExp])[] = [
  ['lockout', []],
  ['blocked', []],
  ['rate_limit', ['DDoSProtection', 'RateLimitExceeded'], /rate limit|too many requests/i],
  ['market', ['BadSymbol']],
  ['configuration', ['NotSupported', 'InvalidProxySettings', 'AuthenticationError']],
];

const kindOf = (
  text: string,
  classes: ReadonlySet<string>,
  pair: string | null,
  texts: ErrorTexts['texts'],
): FailureKind => {
  const found = KINDS.find(
    ([kind, names, common]) => names.some(name => classes.has(name)) || common?.test(text) || texts[kind]?.test(text),
  );
  if (found) return found[0];
  if (classes.has('BadRequest')) return pair === null ? 'temporary' : 'market';
  return classes.has('BadResponse') ? 'bad_answer' : 'temporary';
};

/**
 * What an error of ccxt, of undici or of our own checks means. `pair` is the market that the
 * request named, if any; `now` is the exchange's clock. ccxt's classes are recognised by name, and
 * the exchange's texts where one class has several meanings; an unknown error is temporary.
 */
export const failureOf = (
  error: unknown,
  pair: string | null,
  now: EpochMs = Infinity,
  { texts, retryAfterMs: waitOf }: ErrorTexts = NO_TEXTS,
): ExchangeFailure => {
  if (error instanceof ExchangeFailure) return error;
  if (!(error instanceof Error)) return new ExchangeFailure('temporary', String(error));
  const ofProxy = proxyFailure(error);
  if (ofProxy) return ofProxy;
  const { retryAfterMs } = error as { retryAfterMs?: unknown };
  const because = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const text = error.message.slice(0, 10_000);
  const kind = kindOf(text, classNamesOf(error), pair, texts);
  return new ExchangeFailure(
    kind,
    `${error.message}${because}` || error.constructor.name,
    typeof retryAfterMs === 'number' ? retryAfterMs : waitOf(text, now),
    { cause: error, cure: kind === 'configuration' ? ANOTHER_SERVER : null },
  );
};
