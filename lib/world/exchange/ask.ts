import { Aborted } from '../../errors.js';
import { toWallClock } from '../../market-data/schedule.js';
import { ExchangeFailure, failureOf, type ErrorTexts } from '../../exchange/failure.js';
import type { PublicRequest } from '../../exchange/adapter.js';
import type { Priority } from '../../exchange/request-budget.js';
import type { AskOptions } from '../../exchange/ports.js';
import { EXCHANGE_BACKOFF } from '../../retry.js';
import type { Settings } from '../../settings/settings.js';
import { MINUTE_MS, type DurationMs, type EpochMs, type Ratio } from '../../units.js';
import { elapsed } from '../clock.js';
import type { CcxtApi } from './ccxt.js';
import { withDeadline, withSignals } from './deadline.js';
import { withRetry } from '../retry.js';
import type { Pace } from './pace.js';
import type { Scheduler, Turn } from './scheduler.js';

/** A request with its default rank. */
export interface Question<T> extends Omit<PublicRequest<unknown>, 'read'> {
  readonly rank: Priority;
  /** The market that it names, as the exchange calls it. */
  readonly pair?: string;
  readonly read: (answer: unknown, sentTick: DurationMs, receivedTick: DurationMs) => T;
}

/** What requests to an exchange are sent with. */
export interface AskerOptions {
  readonly settings: Settings['exchange'];
  readonly opened: () => Promise<CcxtApi>;
  readonly errors: ErrorTexts;
  readonly scheduler: Scheduler;
  readonly pace: Pace;
  readonly random: () => Ratio;
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  /** Cancels all requests. */
  readonly closing: AbortSignal;
}

/**
 * Sends requests in turn, within a deadline, and retries them after a wait if that may help, until
 * their cycle ends.
 */
export const openAsker = (options: AskerOptions) => {
  const { settings, opened, errors, scheduler, pace, random, now, closing } = options;
  const { timeoutMs, rateLimitRetries, backoffFactor, clockSpeed } = settings;

  const attempt = async <T>(question: Question<T>, api: CcxtApi, turn: Turn, signal: AbortSignal): Promise<T> => {
    const { call, parameters = {}, read, pair = null } = question;
    try {
      const sent = elapsed();
      const answer = await withDeadline(timeoutMs, signal, inner => api.call(call, parameters, inner));
      const value = read(answer, sent, elapsed());
      await turn.succeeded();
      return value;
    } catch (error) {
      if (signal.aborted) {
        turn.gaveUp();
        throw new Aborted();
      }
      const failure = failureOf(error, pair, now(), errors);
      await turn.failed(failure);
      throw failure;
    }
  };

  const persist = async <T>(question: Question<T>, askOptions: AskOptions, signal: AbortSignal): Promise<T> => {
    const { rank = question.rank, retries = rateLimitRetries } = askOptions;
    // In the exchange's time; at least some seconds of ours, since a simulator's clock does not
    // speed up the network.
    const withinMs = toWallClock(askOptions.withinMs ?? MINUTE_MS, clockSpeed) * clockSpeed;
    const { cost = 1, isLimitedByMarket = false, pair = null } = question;
    const api = await opened();
    const expiresAt = pace.elapsed() + withinMs;
    const once = async (): Promise<T> => {
      const left = expiresAt - pace.elapsed();
      const turn = await scheduler.turn({ rank, cost, pair: isLimitedByMarket ? pair : null, withinMs: left, signal });
      return attempt(question, api, turn, signal);
    };
    return withRetry(once, {
      backoff: { ...EXCHANGE_BACKOFF, factor: backoffFactor },
      random,
      mayRepeat: (error, tries, waitMs) =>
        error instanceof ExchangeFailure &&
        error.next === 'retry' &&
        tries < retries &&
        pace.elapsed() + waitMs < expiresAt,
      pause: ms => pace.sleep(ms, signal),
    });
  };
  return <T>(question: Question<T>, askOptions: AskOptions = {}): Promise<T> =>
    withSignals(askOptions.signal ? [closing, askOptions.signal] : [closing], signal =>
      persist(question, askOptions, signal),
    );
};
