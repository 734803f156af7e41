import type { DurationMs } from '../../units.js';
import {
  exitText,
  isClean,
  nextMs,
  step,
  supervised,
  type ProcessAction,
  type ProcessEvent,
  type ProcessRules,
  type ProcessRecord,
} from '../../ops/process.js';
import { RESTART_RULES, type RestartRules } from '../../ops/restart.js';
import { elapsed } from '../clock.js';
import type { OpenLog } from '../log/index.js';
import { randomFraction } from '../random.js';
import { startChild, type Child, type ChildCommand } from './child.js';

/** What a supervisor works with. */
export interface SuperviseOptions {
  readonly log: Pick<OpenLog, 'relay' | 'info' | 'warn' | 'error'>;
  /** Fires to stop everything in order; a text as its reason is reported. */
  readonly signal: AbortSignal;
  /** A process without a heartbeat for this long is stopped and restarted. */
  readonly heartbeatTimeoutMs: DurationMs;
  /**
   * Names in the order of stopping, each after the end of the one before; those not named come
   * last.
   */
  readonly stopOrder: readonly string[];
  /**
   * How long all of them together may take to stop; each has its share of it, and is killed after
   * that.
   */
  readonly graceMs: DurationMs;
  readonly restart?: RestartRules;
  /** A uniform random number from 0 up to 1. */
  readonly chance?: () => number;
}

/** How supervision ended. */
export interface SuperviseOutcome {
  /**
   * 0 stopped in order on request; 1 a process had to be killed or failed while stopping; 2 a
   * process reported a usage error.
   */
  readonly exitCode: 0 | 1 | 2;
  /** The reason, for the last line of the log. */
  readonly reason: string;
  /** Of every started process. */
  readonly pids: readonly number[];
}

/** A timer this late means that the supervisor stood still (stopped, or the machine slept). */
const ASLEEP_MS = 1_500;
const LONGEST_SLEEP_MS = 1_000;
const SLUGGISH_MS = 5_000;

interface Member {
  readonly command: ChildCommand;
  state: ProcessRecord;
  child: Child | null;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/**
 * Starts the processes, keeps them running and resolves when all have ended: after `signal` fired
 * (or the terminal went away), or after one of them refused to work (exit code 2). A process that
 * keeps failing is reported once a minute while the others continue. However this process itself
 * exits, they are killed first; if it could not do that (SIGKILL), they notice by themselves
 * (`superviseeLink`).
 */
export const supervise = (commands: readonly ChildCommand[], options: SuperviseOptions): Promise<SuperviseOutcome> => {
  const { log, signal, graceMs, stopOrder, chance = randomFraction } = options;
  const rules: ProcessRules = {
    ...(options.restart ?? RESTART_RULES),
    heartbeatTimeoutMs: options.heartbeatTimeoutMs,
    graceMs,
  };
  const rank = ({ command: { name } }: Member) =>
    stopOrder.includes(name) ? stopOrder.indexOf(name) : stopOrder.length;
  const members = commands.map((command): Member => ({ command, state: supervised(elapsed()), child: null }));
  const inOrder = members.toSorted((a, b) => rank(a) - rank(b));

  return new Promise(resolve => {
    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    let stopping: { readonly reason: string; readonly refused: boolean; readonly fromMs: number } | null = null;
    const unclean: string[] = [];
    const pids: number[] = [];

    const perform = (member: Member, action: ProcessAction): void => {
      const { name } = member.command;
      switch (action.kind) {
        case 'start':
          member.child = startChild(member.command, {
            line: (line, from) => log.relay(name, line, from === 'stderr' ? 'WARN' : 'INFO'),
            beat: lagMs => {
              if (lagMs >= SLUGGISH_MS)
                log.warn({ repeatKey: `${name}-sluggish` }, `${name} stood still for ${seconds(lagMs)}`);
              happen(member, { kind: 'beat' });
            },
            exited: exit => {
              member.child = null;
              if (stopping) log.info(`${name} ${isClean(exit) ? 'has stopped' : exitText(exit)}`);
              happen(member, { kind: 'exited', exit });
            },
          });
          if (member.child.pid !== undefined) pids.push(member.child.pid);
          return;
        case 'signal':
          if (action.signal === 'SIGTERM' && member.state.again)
            log.warn({ child: name }, `${name} ${member.state.why}`);
          member.child?.signal(action.signal);
          return;
        case 'failed': {
          const often = action.failures > 1 ? ` (failure ${action.failures} in a row)` : '';
          log.error(
            { repeatKey: ['failed', name, action.failures], child: name, failures: action.failures },
            `${name} ${action.why}${often}; it starts again in ${seconds(action.waitMs)}`,
          );
          return;
        }
        case 'recovered':
          log.info({ child: name }, `${name} runs again, after ${action.failures} failures in a row`);
          return;
        case 'refused':
          stop(`${name} cannot run with this setup: ${action.why}`, true);
          return;
        case 'unclean':
          unclean.push(`${name} ${action.why}`);
      }
    };

    const happen = (member: Member, event: ProcessEvent): void => {
      const { state, actions } = step(member.state, event, elapsed(), rules, chance());
      member.state = state;
      actions.forEach(action => perform(member, action));
      if (event.kind !== 'beat') proceed();
    };

    /** The next one in order is stopped when the one before has ended. */
    const proceed = (): void => {
      if (stopping) {
        const next = inOrder.findIndex(({ state: { phase } }) => phase !== 'ended');
        if (next < 0) {
          finish();
          return;
        }
        const member = inOrder[next]!;
        const killAtMs = stopping.fromMs + (graceMs * (next + 1)) / inOrder.length;
        if (member.state.phase === 'running') happen(member, { kind: 'stop', killAtMs });
      }
      arm();
    };

    const stop = (reason: string, refused: boolean): void => {
      if (stopping) return;
      stopping = { reason, refused, fromMs: elapsed() };
      members.forEach(member => happen(member, { kind: 'last' }));
    };

    const arm = (): void => {
      clearTimeout(timer);
      const began = elapsed();
      const waitMs = Math.max(
        0,
        Math.min(LONGEST_SLEEP_MS, ...members.map(({ state }) => nextMs(state, rules) - began)),
      );
      timer = setTimeout(() => {
        const lateMs = elapsed() - began - waitMs;
        const sleptMs = lateMs > ASLEEP_MS ? lateMs : 0;
        // Heartbeats that arrived in the meantime are read before any process is judged.
        timer = setTimeout(() => {
          members.forEach(member => happen(member, { kind: 'tick', sleptMs }));
          if (!settled) arm();
        }, 0);
      }, waitMs);
    };

    const killAll = (): void => members.forEach(({ child }) => child?.signal('SIGKILL'));
    const onAbort = () => stop(typeof signal.reason === 'string' ? signal.reason : 'stopped on request', false);
    const onHangUp = () => stop('stopped: its terminal was closed', false);
    const finish = (): void => {
      if (settled || !stopping) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      process.off('SIGHUP', onHangUp);
      process.off('exit', killAll);
      const { reason, refused } = stopping;
      resolve({
        exitCode: refused ? 2 : unclean.length > 0 ? 1 : 0,
        reason: [reason, ...unclean].join('; '),
        pids,
      });
    };

    process.on('exit', killAll);
    process.on('SIGHUP', onHangUp);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else members.forEach(member => happen(member, { kind: 'tick', sleptMs: 0 }));
  });
};
