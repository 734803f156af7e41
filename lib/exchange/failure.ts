import type { DurationMs, EpochMs } from '../units.js';

/**
 * Why an exchange gave no answer, and what to do next: `retry` after a wait, `wait` for the next cycle since asking again at
 * once would be wrong, `skip` the market, or `stop` since nothing but another configuration helps.
 */
export const FAILURE_KINDS = {
  /** Too many requests. It opens the breaker, whose pauses grow. */
  rate_limit: 'wait',
  /** The address is shut out for a while; asking on prolongs it. It opens the breaker. */
  lockout: 'wait',
  /** The address is turned away (403), by the exchange or by what stands before it. It opens the breaker, whose pauses grow. */
  blocked: 'wait',
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
  /** Nothing is served from here, or as it is configured: waiting does not help. Its `cure` says what does. */
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
  /** What a user has to change, where waiting does not help: a sentence. */
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

const MOST_CHARACTERS = 200;

const PAGE = /<(?:!doctype\b|html\b|head\b|body\b)[^]*$/i;

const titleOf = (page: string): string | undefined => /<title[^>]*>([^<]+)/i.exec(page)?.[1]?.trim();

/** A page of HTML within a text, by its title alone. */
const withoutPages = (text: string): string =>
  text.replace(PAGE, page => {
    const title = titleOf(page);
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

/** The longest pause that an exchange's word is believed for. */
export const MOST_ASKED_MS: DurationMs = 3_600_000;

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
  407: 'The proxy wants a user and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT',
  451: 'The API is not served to this address for legal reasons: run the bot from where it is.',
};

const statusKind = (status: number): FailureKind => {
  if (status === 429 || status === 418) return 'rate_limit';
  if (status === 403) return 'blocked';
  return status in CURES ? 'configuration' : 'temporary';
};

/** What an answer with an HTTP status that is no success means, where its body is no answer of the exchange. */
export const httpFailure = (
  status: number,
  reason: string,
  body: string,
  retryAfterMs: DurationMs | null,
): ExchangeFailure => {
  const name = `${status} ${reason}`.trim();
  const head = body.slice(0, 20 * MOST_CHARACTERS);
  const text = plain(head.trimStart().startsWith('<') ? (titleOf(head) ?? '') : head);
  const quote = text === '' || name.toLowerCase().includes(text.toLowerCase()) ? '' : ` (${text})`;
  return new ExchangeFailure(statusKind(status), `HTTP ${name}${quote}`, retryAfterMs, { cure: CURES[status] ?? null });
};

/** What an error of undici, or what caused it, says of a proxy that refused to connect; null where it is none. */
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
 * What an error of ccxt, of undici or of our own checks means. `pair` is the market that the request named, if any; `now` is
 * the exchange's clock. ccxt's classes are recognised by name, and the exchange's texts where one class has several meanings;
 * an unknown error is temporary.
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
