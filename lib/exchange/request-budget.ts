import type { DurationMs } from '../units.js';
import { admit, CLOSED, type Admission, type BreakerRules, type BreakerState } from './breaker.js';

/**
 * What requests are for, the most urgent first: their order when the budget is too small for all.
 */
export const RANKS = ['exits', 'held', 'candles', 'universe', 'warm_up'] as const;
/** One of `RANKS`. */
export type Priority = (typeof RANKS)[number];

/** An exchange's limits on requests. They are per address, hence shared by all processes. */
export interface RequestLimits {
  /** Between two requests of cost 1. */
  readonly intervalMs: DurationMs;
  /** Between two requests for rows of the same market. */
  readonly pairIntervalMs: DurationMs;
  /**
   * Markets whose candles may be requested in a minute, so that enough is left for all other
   * requests.
   */
  readonly candlesPerMinute: number;
}

/** How requests are spaced out. */
export interface BudgetRules extends Pick<RequestLimits, 'intervalMs' | 'pairIntervalMs'> {
  /** A waiting process that has not polled for this long no longer counts. */
  readonly claimMs: DurationMs;
}

const CLAIM_MS = 2_000;

/** The budget that an exchange's limits allow. */
export const budgetOf = ({ intervalMs, pairIntervalMs }: RequestLimits): BudgetRules => ({
  intervalMs,
  pairIntervalMs,
  claimMs: CLAIM_MS,
});

/** A request that waits for its turn. */
export interface Candidate {
  readonly rank: Priority;
  /** In units of `intervalMs`. */
  readonly cost: number;
  /** The market whose rows it requests, if the exchange limits these per market; else null. */
  readonly pair: string | null;
}

/**
 * The state shared by all processes behind one address, as plain data. Times are of one clock that
 * they share.
 */
export interface GateState {
  readonly breaker: BreakerState;
  /** When the next request may be sent. */
  readonly freeAt: number;
  /** By market: when its rows were last requested. */
  readonly pairs: Readonly<Record<string, number>>;
  /** By process: its most urgent waiting request, and when the process last polled. */
  readonly claims: Readonly<Record<string, { readonly rank: Priority; readonly at: number }>>;
  /** The requests of the last minute. */
  readonly spent: readonly (readonly [at: number, rank: Priority])[];
}

/** The name of the shared state that holds the budget of all processes on a database. */
export const BUDGET_KEY = 'exchange-gate';

/** The state of a budget that has admitted no request. */
export const OPEN_GATE: GateState = { breaker: CLOSED, freeAt: 0, pairs: {}, claims: {}, spent: [] };

/** The admitted candidate by its index, or how long all of them wait. */
export type Entry =
  | { readonly kind: 'go'; readonly index: number; readonly probe: boolean }
  | { readonly kind: 'wait'; readonly forMs: DurationMs }
  | Exclude<Admission, { kind: 'go' | 'probing' }>;

/** Re-check interval while another process holds the budget or probes the breaker. */
const LOOK_AGAIN_MS = 250;
const SPENT_MS = 60_000;
const MAX_COST = 2;

const recent = (at: number, now: number, ms: DurationMs): boolean => at <= now && now - at < ms;

const urgency = (rank: Priority): number => RANKS.indexOf(rank);

/**
 * Admits at most one of the candidates: the first, in their order, whose market may be requested
 * again. They belong to one process (`caller`), the most urgent first; it waits while another
 * process has a more urgent one. Returns the new state, which all processes share, and the admitted
 * candidate or the wait in milliseconds. `now` is a clock that all of them read; if it steps,
 * forward or back, that costs at most one interval.
 */
export const tryAcquire = (
  before: GateState,
  caller: string,
  candidates: readonly Candidate[],
  now: number,
  budget: BudgetRules,
  rules: BreakerRules,
): { readonly state: GateState; readonly entry: Entry } => {
  const freeAt = Math.min(before.freeAt, now + MAX_COST * budget.intervalMs);
  const pairs = Object.fromEntries(
    Object.entries(before.pairs).filter(([, at]) => recent(at, now, budget.pairIntervalMs)),
  );
  const others = Object.entries(before.claims).filter(
    ([id, { at }]) => id !== caller && recent(at, now, budget.claimMs),
  );
  const spent = before.spent.filter(([at]) => recent(at, now, SPENT_MS));
  const { state: breaker, admission } = admit(before.breaker, now, rules);
  const state: GateState = { breaker, freeAt, pairs, claims: Object.fromEntries(others), spent };
  if (admission.kind === 'silent') return { state, entry: admission };

  const waitOf = ({ pair }: Candidate) =>
    pair === null ? 0 : (pairs[pair] ?? -Infinity) + budget.pairIntervalMs - now;
  const index = candidates.findIndex(candidate => waitOf(candidate) <= 0);
  const candidate = candidates[index];
  // No probe is sent after all: the breaker stays as it was.
  const stay = (forMs: DurationMs): { state: GateState; entry: Entry } => ({
    state: {
      ...state,
      breaker: before.breaker,
      claims: candidate ? { ...state.claims, [caller]: { rank: candidate.rank, at: now } } : state.claims,
    },
    entry: { kind: 'wait', forMs },
  });
  if (!candidate) return stay(Math.max(1, Math.min(...candidates.map(waitOf))));
  if (admission.kind === 'probing') return stay(LOOK_AGAIN_MS);
  if (freeAt > now) return stay(freeAt - now);
  if (others.some(([, { rank }]) => urgency(rank) < urgency(candidate.rank))) return stay(LOOK_AGAIN_MS);
  const { rank, pair, cost } = candidate;
  return {
    state: {
      ...state,
      freeAt: now + Math.min(cost, MAX_COST) * budget.intervalMs,
      pairs: pair === null ? pairs : { ...pairs, [pair]: now },
      spent: [...spent, [now, rank]],
    },
    entry: { kind: 'go', index, probe: admission.probe },
  };
};

/** The requests of the last minute by rank. */
export const spentByRank = ({ spent }: GateState, now: number): Readonly<Record<Priority, number>> => {
  const count = (rank: Priority) => spent.filter(([at, of]) => of === rank && recent(at, now, SPENT_MS)).length;
  return Object.fromEntries(RANKS.map(rank => [rank, count(rank)])) as Record<Priority, number>;
};
