import type { DurationMs } from '../units.js';
import { admit, CLOSED, type Admission, type BreakerRules, type BreakerState } from './breaker.js';

/** What requests are for, the most urgent first: who comes first when the budget does not suffice for all. */
export const RANKS = ['exits', 'held', 'candles', 'universe', 'warm_up'] as const;
export type Rank = (typeof RANKS)[number];

/** An exchange's limits on requests. They are per address, hence shared by all processes. */
export interface RequestLimits {
  /** Between two requests of cost 1. */
  readonly intervalMs: DurationMs;
  /** Between two requests for rows of the same market. */
  readonly pairIntervalMs: DurationMs;
  /** Markets whose candles may be requested in a minute, so that enough is left for all other requests. */
  readonly candlesPerMinute: number;
}

/** How requests are spaced out. */
export interface BudgetRules extends Pick<RequestLimits, 'intervalMs' | 'pairIntervalMs'> {
  /** A process that has not asked for this long no longer waits. */
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
  readonly rank: Rank;
  /** In units of `intervalMs`. */
  readonly cost: number;
  /** The market whose rows it asks for, where the exchange limits these apart; else null. */
  readonly pair: string | null;
}

/** What all processes that ask from one address share, as plain data. Times are of one clock that all of them read. */
export interface GateState {
  readonly breaker: BreakerState;
  /** When the next request may go. */
  readonly freeAt: number;
  /** By market: when rows of it were last asked for. */
  readonly pairs: Readonly<Record<string, number>>;
  /** By process: the most urgent request that waits, and when the process last said so. */
  readonly claims: Readonly<Record<string, { readonly rank: Rank; readonly at: number }>>;
  /** The requests of the last minute. */
  readonly spent: readonly (readonly [at: number, rank: Rank])[];
}

/** The name of the shared state that holds the gate of all processes on a database. */
export const GATE = 'exchange-gate';

export const OPEN_GATE: GateState = { breaker: CLOSED, freeAt: 0, pairs: {}, claims: {}, spent: [] };

export type Entry =
  | { readonly kind: 'go'; readonly index: number; readonly probe: boolean }
  | { readonly kind: 'wait'; readonly forMs: DurationMs }
  | Exclude<Admission, { kind: 'go' | 'probing' }>;

/** How often a process looks again that waits for something of which only others know the end. */
const LOOK_AGAIN_MS = 250;
const SPENT_MS = 60_000;
const MOST_COST = 2;

const recent = (at: number, now: number, ms: DurationMs): boolean => at <= now && now - at < ms;

const urgency = (rank: Rank): number => RANKS.indexOf(rank);

/**
 * Lets at most one of the candidates go: the first, in their order, whose market may be asked again. They are of one process
 * (`caller`), the most urgent first; it waits while another process has a more urgent one. Gives the state that holds from
 * then on. A clock that steps, forward or back, costs at most one interval.
 */
export const enter = (
  before: GateState,
  caller: string,
  candidates: readonly Candidate[],
  now: number,
  budget: BudgetRules,
  rules: BreakerRules,
): { readonly state: GateState; readonly entry: Entry } => {
  const freeAt = Math.min(before.freeAt, now + MOST_COST * budget.intervalMs);
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
  // A probe that is not sent after all was none: the breaker stays as it was.
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
      freeAt: now + Math.min(cost, MOST_COST) * budget.intervalMs,
      pairs: pair === null ? pairs : { ...pairs, [pair]: now },
      spent: [...spent, [now, rank]],
    },
    entry: { kind: 'go', index, probe: admission.probe },
  };
};

/** What the last minute's budget went on, by rank. */
export const spentByRank = ({ spent }: GateState, now: number): Readonly<Record<Rank, number>> => {
  const count = (rank: Rank) => spent.filter(([at, of]) => of === rank && recent(at, now, SPENT_MS)).length;
  return Object.fromEntries(RANKS.map(rank => [rank, count(rank)])) as Record<Rank, number>;
};
