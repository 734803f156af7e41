import { Aborted } from '../errors.js';
import { retryAfterMsOf } from '../exchange/backoff.js';
import { ExchangeFailure, failureOf } from '../exchange/failure.js';
import { readCoins, type Coin, type CoinsAnswer } from '../reference/coin.js';
import { refusalOf } from '../reference/refusal.js';
import type { DurationMs, EpochMs, Money, Ratio } from '../units.js';
import { now as machineTime } from './clock.js';
import { withDeadline } from './exchange/deadline.js';
import { openTransport } from './exchange/dispatcher.js';
import { randomFraction } from './random.js';
import { sleep } from './sleep.js';
import { withRetry } from './retry.js';

/** How market capitalisations are requested. */
export interface CoinsQuestion {
  /** The base URL of an API like CoinGecko's: https://api.coingecko.com/api/v3. */
  readonly url: string;
  /** Coins below this, in USD, are not needed: no page after the first of them is requested. */
  readonly minCap: Money;
  /** Timeout of each request; default 15 seconds. */
  readonly timeoutMs?: DurationMs;
  /** Attempts per page; default 4. */
  readonly maxTries?: number;
  /** Cancels the request, which then rejects with `Aborted`. */
  readonly signal?: AbortSignal;
  /** Clock that dates the answer; default the machine's. */
  readonly now?: () => EpochMs;
  /** How a wait between two tries is spent. */
  readonly wait?: (ms: DurationMs, signal: AbortSignal) => Promise<unknown>;
  /** Jitter, from 0 up to 1. */
  readonly random?: () => Ratio;
}

type Transport = Awaited<ReturnType<typeof openTransport>>;

const PER_PAGE = 250;
const MAX_PAGES = 8;
/** A page has about 0.25 MB. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Limit of the bytes on the wire, compressed or not; the decompressed size has its own limit. */
const MAX_BYTES_SENT = 2 * MAX_BYTES;
const MAX_TRIES = 4;
const BACKOFF = { firstMs: 2_000, factor: 3, maxMs: 60_000 };
/** If a source asks for a longer wait, the next cycle requests it again. */
const LONGEST_WAIT_MS = 300_000;

/** The decompressed body as text; never holds more than the limit. */
const textOf = async (response: { readonly body: unknown }): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new ExchangeFailure('bad_answer', `the answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const askPage = async ({ fetch, dispatcher }: Transport, url: string, page: number, signal: AbortSignal) => {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/coins/markets`;
  const query = { vs_currency: 'usd', order: 'market_cap_desc', per_page: `${PER_PAGE}`, page: `${page}` };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  const response = await fetch(address, {
    signal,
    dispatcher,
    headers: { Accept: 'application/json', 'User-Agent': 'crypto-bot' },
  });
  const json = jsonOf(await textOf(response));
  const refusal = refusalOf(response.status, json, retryAfterMsOf(response.headers.get('retry-after')));
  if (refusal) throw refusal;
  if (json === null) throw new ExchangeFailure('bad_answer', 'the answer is no JSON');
  const read = readCoins(json);
  if (!read) throw new ExchangeFailure('bad_answer', 'the answer is no list of coins');
  if (read.coins.length === 0 && (page === 1 || read.rejected > 0))
    throw new ExchangeFailure('bad_answer', 'there is no usable coin at all');
  return read;
};

/**
 * The largest coins, page by page, until a page is short or its coins are smaller than wanted. A
 * failed page is retried a few times, after the wait that the source requested; a page that is
 * still missing fails the whole answer, since a missing coin would look too small. Rejects with
 * `ExchangeFailure`, `Aborted`, or `UserError` for an invalid proxy URL.
 */
export const fetchCoins = async (question: CoinsQuestion): Promise<CoinsAnswer> => {
  const { url, minCap, timeoutMs = 15_000, now = machineTime, random = randomFraction } = question;
  const { signal = new AbortController().signal, wait = sleep, maxTries = MAX_TRIES } = question;
  const transport = await openTransport({ timeoutMs, maxBytes: MAX_BYTES_SENT });

  const aborted = (error: unknown): never => {
    throw signal.aborted ? new Aborted() : error;
  };
  const pageOf = (page: number): ReturnType<typeof askPage> =>
    withRetry(
      () =>
        withDeadline(timeoutMs, signal, inner => askPage(transport, url, page, inner)).catch((error: unknown) =>
          aborted(failureOf(error, null)),
        ),
      {
        backoff: BACKOFF,
        random,
        mayRepeat: (failure, tries) =>
          failure instanceof ExchangeFailure &&
          (failure.next === 'retry' || failure.kind === 'rate_limit') &&
          tries + 1 < maxTries &&
          (failure.retryAfterMs ?? 0) <= LONGEST_WAIT_MS,
        pause: ms => wait(ms, signal).catch(aborted),
      },
    );

  const coins = new Map<string, Coin>();
  let rejected = 0;
  const at = now();
  try {
    for (let page = 1; page <= MAX_PAGES; page++) {
      const read = await pageOf(page);
      for (const coin of read.coins) if (!coins.has(coin.id)) coins.set(coin.id, coin); // a coin that changed its rank is on two pages
      rejected += read.rejected;
      const smallest = read.coins.findLast(({ marketCap }) => marketCap !== null)?.marketCap ?? 0;
      if (read.coins.length + read.rejected < PER_PAGE || smallest < minCap) break;
    }
  } finally {
    void transport.dispatcher.destroy();
  }
  return { at, coins: [...coins.values()], rejected };
};
