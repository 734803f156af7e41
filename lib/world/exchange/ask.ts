import { Aborted } from '../../errors.js';
import { backoffMs } from '../../exchange/backoff.js';
import { ownPatience } from '../../live/schedule.js';
import { resultOf } from '../../exchange/envelope.js';
import { ExchangeFailure, failureOf } from '../../exchange/failure.js';
import type { Rank } from '../../exchange/gate.js';
import type { AskOptions } from '../../exchange/ports.js';
import type { Settings } from '../../settings/settings.js';
import { MINUTE_MS, type DurationMs, type EpochMs, type Ratio } from '../../units.js';
import { elapsed } from '../clock.js';
import type { KrakenApi, PublicCall } from './ccxt.js';
import { withDeadline, withSignals } from './deadline.js';
import type { Pace } from './pace.js';
import type { Scheduler, Turn } from './scheduler.js';

/** One question to the exchange and how its answer is read. */
export interface Question<T> {
  readonly call: PublicCall;
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly rank: Rank;
  /** What ccxt reckons a call of this kind costs. */
  readonly cost?: number;
  /** The market that it names. */
  readonly pair?: string;
  /** Whether the exchange limits it by market as well. */
  readonly limitedByPair?: boolean;
  readonly read: (result: Readonly<Record<string, unknown>>, sentTick: DurationMs, receivedTick: DurationMs) => T;
}

export interface AskerOptions {
  readonly settings: Settings['exchange'];
  readonly opened: () => Promise<KrakenApi>;
  readonly scheduler: Scheduler;
  readonly pace: Pace;
  readonly random: () => Ratio;
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  /** Ends everything. */
  readonly closing: AbortSignal;
}

const BACKOFF = { firstMs: 1_000, mostMs: 60_000 };

/** Asks in turn, within a deadline, and again after a wait where that may help, until its cycle ends. */
export const openAsker = ({ settings, opened, scheduler, pace, random, now, closing }: AskerOptions) => {
  const { timeoutMs, rateLimitRetries, backoffFactor, clockSpeed } = settings;

  const attempt = async <T>(question: Question<T>, kraken: KrakenApi, turn: Turn, signal: AbortSignal): Promise<T> => {
    const { call, parameters = {}, read, pair = null } = question;
    try {
      const sent = elapsed();
      const answer = await withDeadline(timeoutMs, signal, inner => kraken.call(call, parameters, inner));
      const value = read(resultOf(answer), sent, elapsed());
      await turn.succeeded();
      return value;
    } catch (error) {
      if (signal.aborted) {
        turn.gaveUp();
        throw new Aborted();
      }
      const failure = failureOf(error, pair, now());
      await turn.failed(failure);
      throw failure;
    }
  };

  const persist = async <T>(question: Question<T>, askOptions: AskOptions, signal: AbortSignal): Promise<T> => {
    const { rank = question.rank, retries = rateLimitRetries } = askOptions;
    // Of the exchange's time; of ours it is some seconds at least, since no network runs faster with a simulator's clock.
    const withinMs = ownPatience(askOptions.withinMs ?? MINUTE_MS, clockSpeed) * clockSpeed;
    const { cost = 1, limitedByPair = false, pair = null } = question;
    const kraken = await opened();
    const expiresAt = pace.elapsed() + withinMs;
    for (let tries = 0; ; tries++) {
      const left = expiresAt - pace.elapsed();
      const turn = await scheduler.turn({ rank, cost, pair: limitedByPair ? pair : null, withinMs: left, signal });
      try {
        return await attempt(question, kraken, turn, signal);
      } catch (error) {
        if (!(error instanceof ExchangeFailure) || error.next !== 'retry' || tries >= retries) throw error;
        const waitMs = backoffMs(tries, { ...BACKOFF, factor: backoffFactor }, random(), error.retryAfterMs);
        if (pace.elapsed() + waitMs >= expiresAt) throw error;
        await pace.sleep(waitMs, signal);
      }
    }
  };
  return <T>(question: Question<T>, askOptions: AskOptions = {}): Promise<T> =>
    withSignals(askOptions.signal ? [closing, askOptions.signal] : [closing], signal =>
      persist(question, askOptions, signal),
    );
};
