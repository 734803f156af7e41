import { Aborted } from '../../errors.js';
import {
  failed,
  gaveUp,
  silentForMs,
  succeeded,
  type BreakerRules,
  type BreakerState,
} from '../../exchange/breaker.js';
import { ExchangeFailure } from '../../exchange/failure.js';
import {
  tryAcquire,
  OPEN_GATE,
  RANKS,
  spentByRank,
  type BudgetRules,
  type Candidate,
  type GateState,
  type Priority,
} from '../../exchange/request-budget.js';
import type { ExchangeUsage, SharedGate } from '../../exchange/ports.js';
import type { DurationMs } from '../../units.js';
import { ownState, type Pace } from './pace.js';

/** A request for a turn. */
export interface TurnRequest extends Candidate {
  readonly withinMs: DurationMs;
  readonly signal: AbortSignal;
}

/** A request's turn: it may be sent now. Call exactly one of the methods at its end. */
export interface Turn {
  succeeded(): Promise<void>;
  failed(failure: ExchangeFailure): Promise<void>;
  /** It ended without any information about the exchange. */
  gaveUp(): void;
}

/** Gives each request of this process its turn within the shared budget. */
export interface Scheduler {
  /**
   * Resolves when it is its turn. Rejects with `Aborted`, or with a failure `dropped` or
   * `circuit_open`.
   */
  turn(request: TurnRequest): Promise<Turn>;
  usage(): Promise<ExchangeUsage>;
}

/** The budget, and the process that requests from it. */
export interface SchedulerOptions {
  readonly pace: Pace;
  /** Identifies this process among those that share the budget. */
  readonly caller: string;
  readonly budget: BudgetRules;
  readonly breaker: BreakerRules;
  /** Null if no other process uses this address. */
  readonly shared: SharedGate | null;
  /** Maximum number of waiting requests. */
  readonly capacity: number;
  /**
   * Maximum number of unanswered requests, so that a silent exchange does not accumulate them;
   * exits are exempt.
   */
  readonly inFlight: number;
}

interface Waiting {
  readonly request: TurnRequest;
  readonly expiresAt: number;
  readonly resolve: (turn: Turn) => void;
  readonly reject: (error: Error) => void;
}

/**
 * How many of the queue's first requests are searched for one whose market may be requested again.
 */
const LOOKED_AT = 64;

const urgency = ({ request }: Waiting): number => RANKS.indexOf(request.rank);

/** The own state of a process after the shared breaker has opened. */
const silenced = (
  state: GateState,
  now: number,
  { forMs, reason }: { forMs: DurationMs; reason: string },
): GateState => ({
  ...state,
  breaker: { phase: 'open', failures: 0, since: now, pauseMs: forMs, reason },
});

/**
 * Spends the request budget by rank, first come first served within a rank, in place of ccxt's own
 * limiter: bounded, on a clock that never jumps, shared with other processes through `shared`.
 * While that cannot be reached, each keeps to half the budget.
 */
export const openScheduler = (options: SchedulerOptions): Scheduler => {
  const { pace, caller, budget, breaker, shared, capacity, inFlight } = options;
  const own = ownState<GateState>(pace);
  const queue: Waiting[] = [];
  let [flying, dropped, pumping, reached] = [0, 0, false, shared !== null];
  let nap = new AbortController();
  let stirred = false;
  const stir = () => {
    stirred = true;
    nap.abort();
  };

  const update = async <T>(
    change: (state: GateState, now: number, rules: BudgetRules) => { readonly state: GateState; readonly result: T },
  ): Promise<T> => {
    if (shared)
      try {
        const result = await shared.update((state, now) => change(state ?? OPEN_GATE, now, budget));
        reached = true;
        return result;
      } catch {
        reached = false;
      }
    const rules = shared ? { ...budget, intervalMs: 2 * budget.intervalMs } : budget;
    return own.update((state, now) => change(state ?? OPEN_GATE, now, rules));
  };

  const leave = (waiting: Waiting): boolean => {
    const at = queue.indexOf(waiting);
    if (at >= 0) queue.splice(at, 1);
    return at >= 0;
  };
  const drop = (waiting: Waiting, why: string) => {
    if (!leave(waiting)) return;
    dropped++;
    waiting.reject(new ExchangeFailure('dropped', why));
  };
  const report = async (change: (before: BreakerState, now: number) => BreakerState) => {
    flying--;
    const changed = (state: GateState, now: number) => ({
      state: { ...state, breaker: change(state.breaker, now) },
      result: undefined,
    });
    if (shared && reached) await own.update((state, now) => changed(state ?? OPEN_GATE, now));
    await update(changed);
    stir();
  };
  const turnOf = (probe: boolean): Turn => ({
    succeeded: () => report((before, now) => succeeded(before, now, probe)),
    failed: failure => report((before, now) => failed(before, now, failure, probe, breaker)),
    gaveUp: () => void report((before, now) => gaveUp(before, now, probe)),
  });

  const rest = async (ms: DurationMs) => {
    if (stirred) return;
    nap = new AbortController();
    await pace.sleep(ms, nap.signal).catch(() => undefined);
  };

  const step = async (): Promise<void> => {
    stirred = false;
    const now = pace.elapsed();
    for (const waiting of queue.filter(({ expiresAt }) => expiresAt <= now))
      drop(waiting, `no turn within ${Math.round(waiting.request.withinMs / 1_000)} s`);
    if (queue.length === 0) return;
    const patience = Math.min(...queue.map(({ expiresAt }) => expiresAt)) - now;
    const open = queue.filter(waiting => flying < inFlight || urgency(waiting) === 0).slice(0, LOOKED_AT);
    if (open.length === 0) return rest(patience);
    const candidates = open.map(({ request }) => request);
    const entry = await update((state, at, rules) => {
      const entered = tryAcquire(state, caller, candidates, at, rules, breaker);
      return { state: entered.state, result: entered.entry };
    });
    if (entry.kind === 'wait') return rest(Math.min(entry.forMs, patience));
    if (entry.kind === 'silent') {
      const message = `requests are paused for ${Math.ceil(entry.forMs / 1_000)} s: ${entry.reason}`;
      if (shared && reached)
        await own.update((state, at) => ({ state: silenced(state ?? OPEN_GATE, at, entry), result: 0 }));
      for (const { reject } of queue.splice(0)) reject(new ExchangeFailure('circuit_open', message, entry.forMs));
      return;
    }
    flying++;
    const turn = turnOf(entry.probe);
    const waiting = open[entry.index]!;
    if (leave(waiting)) waiting.resolve(turn);
    else turn.gaveUp(); // it was aborted while the shared state was updated
  };

  const pump = async () => {
    if (pumping) return;
    pumping = true;
    while (queue.length > 0) await step();
    pumping = false;
  };

  return {
    turn: request =>
      new Promise<Turn>((resolve, reject) => {
        const { signal } = request;
        if (signal.aborted) {
          reject(new Aborted());
          return;
        }
        const done = () => signal.removeEventListener('abort', abort);
        const waiting: Waiting = {
          request,
          expiresAt: pace.elapsed() + request.withinMs,
          resolve: turn => {
            done();
            resolve(turn);
          },
          reject: error => {
            done();
            reject(error);
          },
        };
        const abort = () => {
          if (leave(waiting)) waiting.reject(new Aborted());
          stir();
        };
        signal.addEventListener('abort', abort, { once: true });
        const after = queue.findIndex(other => urgency(other) > urgency(waiting));
        queue.splice(after < 0 ? queue.length : after, 0, waiting);
        if (queue.length > capacity) drop(queue.at(-1)!, `more than ${capacity} requests are waiting`);
        stir();
        void pump();
      }),

    usage: () =>
      update((state, now, { intervalMs }) => ({
        state,
        result: {
          spent: spentByRank(state, now),
          perMinute: 60_000 / intervalMs,
          waiting: Object.fromEntries(
            RANKS.map(rank => [rank, queue.filter(({ request }) => request.rank === rank).length]),
          ) as Record<Priority, number>,
          dropped,
          breaker: state.breaker,
          silentForMs: silentForMs(state.breaker, now),
          budget: shared ? (reached ? 'shared' : 'unreachable') : 'own',
        },
      })),
  };
};
