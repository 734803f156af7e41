import type { DurationMs } from '../units.js';
import type { ExchangeFailure } from './failure.js';

/** The first pause, and the upper bound of the doubled ones. */
export interface PauseRules {
  readonly firstMs: DurationMs;
  readonly maxMs: DurationMs;
}

/** When the breaker opens and for how long. */
export interface BreakerRules {
  /**
   * Consecutive failures that open it; a refusal (rate limit, lockout, blocked address) opens it at
   * once.
   */
  readonly failures: number;
  readonly outage: PauseRules;
  readonly refusal: PauseRules;
  readonly lockoutMs: DurationMs;
  /** A probe without a result for this long was lost together with its process. */
  readonly probeMs: DurationMs;
  /** If it opens again within this time of closing, the pause is doubled again. */
  readonly calmMs: DurationMs;
}

/**
 * An outage is probed at least every two minutes, since exits wait for its end; a refusal demands
 * silence.
 */
export const BREAKER_RULES: BreakerRules = {
  failures: 5,
  outage: { firstMs: 15_000, maxMs: 120_000 },
  refusal: { firstMs: 60_000, maxMs: 900_000 },
  lockoutMs: 900_000,
  probeMs: 120_000,
  calmMs: 900_000,
};

/**
 * A circuit breaker as plain data, so that processes can share it. Times are of one clock that they
 * share.
 */
export interface BreakerState {
  readonly phase: 'closed' | 'open' | 'probing';
  /** Consecutive failures while closed. */
  readonly failures: number;
  /** When the phase began, in milliseconds. */
  readonly since: number;
  /** The length of the last pause; 0 before the first. */
  readonly pauseMs: DurationMs;
  /** Why it last opened; null before the first time. */
  readonly reason: string | null;
}

/** The state of a breaker that has seen no failure. */
export const CLOSED: BreakerState = { phase: 'closed', failures: 0, since: 0, pauseMs: 0, reason: null };

/** Whether a request may be sent now; `probe`: it alone, to find out whether an outage is over. */
export type Admission =
  | { readonly kind: 'go'; readonly probe: boolean }
  /** Open for this much longer. */
  | { readonly kind: 'silent'; readonly forMs: DurationMs; readonly reason: string }
  /** Another request is probing whether the exchange is back. */
  | { readonly kind: 'probing' };

/**
 * Time since the phase began; 0 if the clock stepped back, so that a step never lengthens a pause.
 */
const sinceOf = (state: BreakerState, now: number): DurationMs => Math.max(0, now - state.since);

/** The rest of the pause. */
export const silentForMs = (state: BreakerState, now: number): DurationMs =>
  state.phase === 'open' ? Math.max(0, state.pauseMs - sinceOf(state, now)) : 0;

/** Whether a request may be sent now, and the state after that. */
export const admit = (
  state: BreakerState,
  now: number,
  rules: BreakerRules,
): { readonly state: BreakerState; readonly admission: Admission } => {
  if (state.phase === 'closed') return { state, admission: { kind: 'go', probe: false } };
  const forMs = silentForMs(state, now);
  if (forMs > 0) {
    const admission: Admission = { kind: 'silent', forMs, reason: state.reason ?? 'unknown reason' };
    return { state: state.since > now ? { ...state, since: now } : state, admission };
  }
  if (state.phase === 'probing' && sinceOf(state, now) < rules.probeMs && state.since <= now)
    return { state, admission: { kind: 'probing' } };
  return { state: { ...state, phase: 'probing', since: now }, admission: { kind: 'go', probe: true } };
};

/** The state after an answer. Late answers to requests sent before it opened change nothing. */
export const succeeded = (state: BreakerState, now: number, probe: boolean): BreakerState =>
  state.phase === 'closed'
    ? { ...state, failures: 0 }
    : state.phase === 'probing' && probe
      ? { ...state, phase: 'closed', failures: 0, since: now }
      : state;

/** The state after a probe that was given up without a result: the next request may probe. */
export const gaveUp = (state: BreakerState, now: number, probe: boolean): BreakerState =>
  state.phase === 'probing' && probe ? { ...state, phase: 'open', since: now - state.pauseMs } : state;

const nextPause = (state: BreakerState, now: number, { firstMs, maxMs }: PauseRules, calmMs: DurationMs) => {
  const again = state.pauseMs > 0 && (state.phase !== 'closed' || sinceOf(state, now) < calmMs);
  return Math.min(maxMs, again ? Math.max(firstMs, 2 * state.pauseMs) : firstMs);
};

/** The state after a failure. A failure of one market counts as an answer: the exchange is up. */
export const failed = (
  state: BreakerState,
  now: number,
  failure: Pick<ExchangeFailure, 'kind' | 'message' | 'retryAfterMs'>,
  probe: boolean,
  rules: BreakerRules,
): BreakerState => {
  const { kind, message: reason, retryAfterMs } = failure;
  if (kind === 'market') return succeeded(state, now, probe);
  if (kind === 'dropped' || kind === 'circuit_open' || kind === 'configuration') return gaveUp(state, now, probe);
  const asked = retryAfterMs ?? 0;
  const opened = (pauseMs: DurationMs): BreakerState => ({ phase: 'open', failures: 0, since: now, pauseMs, reason });
  const mine = state.phase === 'closed' || (state.phase === 'probing' && probe);
  if (kind === 'rate_limit' || kind === 'lockout' || kind === 'blocked') {
    const least = Math.max(asked, kind === 'lockout' ? rules.lockoutMs : rules.refusal.firstMs);
    if (mine) return opened(Math.max(least, nextPause(state, now, rules.refusal, rules.calmMs)));
    return silentForMs(state, now) >= least ? state : opened(least); // several requests were refused together: no doubling
  }
  if (!mine) return state;
  const failures = state.failures + 1;
  return !probe && failures < rules.failures
    ? { ...state, failures }
    : opened(Math.max(asked, nextPause(state, now, rules.outage, rules.calmMs)));
};
