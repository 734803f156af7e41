import type { DurationMs, Ratio } from '../units.js';
import { restartWaitMs, type RestartRules } from './restart.js';

/** How a process ended. */
export interface ProcessExit {
  /** Null if a signal ended it or it could not be started. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last error output; empty if there was none. */
  readonly lastWords: string;
}

/** A supervised process; times are milliseconds of one clock that never jumps. */
export interface ProcessRecord {
  readonly phase: 'waiting' | 'running' | 'ending' | 'ended';
  /** Waiting: when it is started. Ending: when it is killed. Else Infinity. */
  readonly dueMs: number;
  readonly startedMs: number;
  readonly beatMs: number;
  /** Whether it is started again after its end. */
  readonly again: boolean;
  readonly killed: boolean;
  /** Failures in a row. */
  readonly failures: number;
  readonly why: string;
  readonly reportedMs: number;
}

/** When a supervised process is restarted, killed, or given up. */
export interface ProcessRules extends RestartRules {
  /** A process without a heartbeat for this long is considered dead. */
  readonly heartbeatTimeoutMs: DurationMs;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: DurationMs;
}

/** What a supervisor learns about a process. */
export type ProcessEvent =
  | { readonly kind: 'beat' }
  /**
   * Time has passed. `sleptMs`: how much of it the supervisor itself stood still, and received no
   * heartbeats.
   */
  | { readonly kind: 'tick'; readonly sleptMs: DurationMs }
  | { readonly kind: 'exited'; readonly exit: ProcessExit }
  /** It is not to be started again, whatever happens. */
  | { readonly kind: 'last' }
  /** It is to end, by `killAtMs` at the latest. */
  | { readonly kind: 'stop'; readonly killAtMs: number };

/** What a supervisor does with a process. */
export type ProcessAction =
  | { readonly kind: 'start' }
  | { readonly kind: 'signal'; readonly signal: 'SIGTERM' | 'SIGKILL' }
  /** It failed; reported at most once a minute. */
  | { readonly kind: 'failed'; readonly failures: number; readonly why: string; readonly waitMs: DurationMs }
  /** It has run for a healthy time after failures. */
  | { readonly kind: 'recovered'; readonly failures: number }
  /** Usage error (exit code 2): a restart would change nothing. */
  | { readonly kind: 'refused'; readonly why: string }
  /**
   * Its stop was requested, and it had to be killed, failed on the way, or cannot be killed at all.
   */
  | { readonly kind: 'unclean'; readonly why: string };

/** The state after an event, and the actions to take, in order. */
export interface ProcessStep {
  readonly state: ProcessRecord;
  readonly actions: readonly ProcessAction[];
}

const REPORT_EVERY_MS = 60_000;
/** A process that SIGKILL has not ended by then hangs in the kernel. */
const KILL_MS = 2_000;

/** A process to be started at once. */
export const supervised = (atMs: number): ProcessRecord => ({
  phase: 'waiting',
  dueMs: atMs,
  startedMs: atMs,
  beatMs: atMs,
  again: true,
  killed: false,
  failures: 0,
  why: '',
  reportedMs: -Infinity,
});

/** How a process ended, in words. */
export const exitText = ({ code, signal, lastWords }: ProcessExit): string => {
  const how = code !== null ? `ended with code ${code}` : signal !== null ? `was ended by ${signal}` : 'did not start';
  return lastWords === '' ? how : `${how}: ${lastWords}`;
};

const CLEAN_CODES: readonly (number | null)[] = [0, 130, 143];

/**
 * Whether a requested stop ends like this: by itself, or by the signal if the process had not begun
 * to listen.
 */
export const isClean = ({ code, signal }: ProcessExit): boolean => CLEAN_CODES.includes(code) || signal === 'SIGTERM';

const stay = (state: ProcessRecord): ProcessStep => ({ state, actions: [] });
const ended = (state: ProcessRecord, actions: readonly ProcessAction[] = []): ProcessStep => ({
  state: { ...state, phase: 'ended', dueMs: Infinity },
  actions,
});

const failed = (state: ProcessRecord, why: string, atMs: number, rules: ProcessRules, chance: Ratio): ProcessStep => {
  const failures = atMs - state.startedMs >= rules.healthyMs ? 1 : state.failures + 1;
  const waitMs = restartWaitMs(failures, rules, chance);
  const report = atMs - state.reportedMs >= REPORT_EVERY_MS;
  return {
    state: {
      ...state,
      phase: 'waiting',
      dueMs: atMs + waitMs,
      killed: false,
      failures,
      why,
      reportedMs: report ? atMs : state.reportedMs,
    },
    actions: report ? [{ kind: 'failed', failures, why, waitMs }] : [],
  };
};

const exited = (
  state: ProcessRecord,
  exit: ProcessExit,
  atMs: number,
  rules: ProcessRules,
  chance: Ratio,
): ProcessStep => {
  if (state.phase === 'waiting' || state.phase === 'ended') return stay(state);
  const text = exitText(exit);
  if (!state.again) {
    const clean = !state.killed && isClean(exit);
    return ended(
      state,
      clean ? [] : [{ kind: 'unclean', why: state.killed ? 'did not stop in time and was killed' : text }],
    );
  }
  if (state.phase === 'ending') return failed(state, state.why, atMs, rules, chance);
  if (exit.code === 2) return ended(state, [{ kind: 'refused', why: exit.lastWords || text }]);
  return failed(state, text, atMs, rules, chance);
};

const kill = (state: ProcessRecord, atMs: number): ProcessStep => ({
  state: { ...state, phase: 'ending', killed: true, dueMs: atMs + KILL_MS },
  actions: [{ kind: 'signal', signal: 'SIGKILL' }],
});

const tick = (before: ProcessRecord, sleptMs: DurationMs, atMs: number, rules: ProcessRules): ProcessStep => {
  const state = { ...before, beatMs: Math.min(atMs, before.beatMs + sleptMs) };
  if (state.phase === 'waiting') {
    if (atMs >= state.dueMs)
      return {
        state: { ...state, phase: 'running', dueMs: Infinity, startedMs: atMs, beatMs: atMs },
        actions: [{ kind: 'start' }],
      };
    if (state.failures < rules.quickFailures || atMs - state.reportedMs < REPORT_EVERY_MS) return stay(state);
    const { failures, why } = state;
    return {
      state: { ...state, reportedMs: atMs },
      actions: [{ kind: 'failed', failures, why, waitMs: state.dueMs - atMs }],
    };
  }
  if (state.phase === 'running') {
    if (atMs - state.beatMs >= rules.heartbeatTimeoutMs)
      return {
        state: {
          ...state,
          phase: 'ending',
          dueMs: atMs + rules.graceMs,
          why: `sent no heartbeat for ${Math.round((atMs - state.beatMs) / 1_000)} s and was stopped`,
        },
        actions: [{ kind: 'signal', signal: 'SIGTERM' }],
      };
    if (state.failures === 0 || atMs - state.startedMs < rules.healthyMs) return stay(state);
    return {
      state: { ...state, failures: 0, reportedMs: -Infinity },
      actions: [{ kind: 'recovered', failures: state.failures }],
    };
  }
  if (state.phase === 'ended' || atMs < state.dueMs) return stay(state);
  if (!state.killed) return kill(state, atMs);
  // Never a second one beside one that may still be alive.
  if (state.again) return stay({ ...state, dueMs: atMs + KILL_MS });
  return ended(state, [{ kind: 'unclean', why: 'cannot be killed' }]);
};

const stop = (state: ProcessRecord, killAtMs: number): ProcessStep => {
  if (state.phase === 'waiting' || state.phase === 'ended') return ended(state);
  if (state.phase === 'ending') return stay({ ...state, again: false, dueMs: Math.min(state.dueMs, killAtMs) });
  return {
    state: { ...state, phase: 'ending', again: false, dueMs: killAtMs },
    actions: [{ kind: 'signal', signal: 'SIGTERM' }],
  };
};

/**
 * The next state of a process after an event, and the actions to take. `chance` determines the wait
 * before a restart.
 */
export const step = (
  state: ProcessRecord,
  event: ProcessEvent,
  atMs: number,
  rules: ProcessRules,
  chance: Ratio,
): ProcessStep => {
  switch (event.kind) {
    case 'beat':
      return stay({ ...state, beatMs: atMs });
    case 'tick':
      return tick(state, event.sleptMs, atMs, rules);
    case 'exited':
      return exited(state, event.exit, atMs, rules, chance);
    case 'last':
      return state.phase === 'waiting' ? ended(state) : stay({ ...state, again: false });
    case 'stop':
      return stop(state, event.killAtMs);
  }
};

/** When time alone will next change the state of the process. */
export const nextMs = (state: ProcessRecord, rules: ProcessRules): number => {
  if (state.phase !== 'running') return state.dueMs;
  const healthyAtMs = state.failures > 0 ? state.startedMs + rules.healthyMs : Infinity;
  return Math.min(healthyAtMs, state.beatMs + rules.heartbeatTimeoutMs);
};
