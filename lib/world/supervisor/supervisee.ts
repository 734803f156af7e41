import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { DurationMs } from '../../units.js';

/** The supervised process's side of its tie to the supervisor. */
export interface SuperviseeLink {
  /**
   * False if the process was started by hand: heartbeats go nowhere then, and no parent is missed.
   */
  readonly supervised: boolean;
  /** Fires when the process must stop: on SIGTERM or SIGINT, or when the supervisor is gone. */
  readonly signal: AbortSignal;
  /** Whether the supervisor is gone: no stop was requested. */
  orphaned(): boolean;
  /** Heartbeat after useful work. Call it at the end of a cycle, never from a timer of its own. */
  beat(): void;
  /** Releases signals and supervisor. */
  close(): void;
}

/** Options of a supervised process's link. */
export interface SuperviseeOptions {
  /** Has fired if a stop was requested before this link existed. */
  readonly stopRequested?: AbortSignal;
  /** Called once if the supervisor disappears, before `signal` fires. */
  readonly onParentGone?: () => void;
  /** How long the process may take to stop once the supervisor is gone; then it ends itself. */
  readonly leaveMs?: DurationMs;
}

const POLL_INTERVAL_MS = 500;
/** Two checks and this are under the five seconds that an orphan may live. */
const LEAVE_MS = 3_500;

/**
 * Watches the parent from a thread of its own, and kills the process if the parent is gone and the
 * process, blocked or stuck, has not ended itself.
 */
const watchParent = (leaveMs: DurationMs): Worker => {
  const watch = `
    let goneMs = 0;
    setInterval(() => {
      if (process.ppid === ${process.ppid}) return;
      if ((goneMs += ${POLL_INTERVAL_MS}) > ${leaveMs}) process.kill(process.pid, 'SIGKILL');
    }, ${POLL_INTERVAL_MS});`;
  const worker = new Worker(watch, {
    eval: true,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  worker.on('error', () => undefined); // the process's own check of its channel remains
  worker.unref();
  return worker;
};

/** Links this process to the supervisor that started it, if there is one. */
export const superviseeLink = ({
  stopRequested,
  onParentGone,
  leaveMs = LEAVE_MS,
}: SuperviseeOptions = {}): SuperviseeLink => {
  const controller = new AbortController();
  const stop = () => controller.abort();
  if (stopRequested?.aborted) stop();
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const letGo = () => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
  };
  // `send` exists as long as the process lives, a channel only as long as the supervisor does: it
  // may be gone already
  if (!process.send)
    return {
      supervised: false,
      signal: controller.signal,
      orphaned: () => false,
      beat: () => undefined,
      close: letGo,
    };

  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();
  const watch = watchParent(leaveMs);
  let orphaned = false;
  const gone = () => {
    orphaned = !controller.signal.aborted;
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), leaveMs).unref();
    try {
      onParentGone?.();
    } finally {
      stop();
    }
  };
  process.once('disconnect', gone);
  process.channel?.unref(); // the link alone keeps no process alive
  if (!process.connected) setImmediate(() => process.emit('disconnect'));
  let underWay = false;
  return {
    supervised: true,
    signal: controller.signal,
    orphaned: () => orphaned,
    beat: () => {
      if (underWay || !process.connected) return; // a supervisor that stands still gets at most one
      underWay = true;
      const lagMs = Math.round(lag.max / 1e6);
      lag.reset();
      process.send!({ kind: 'beat', lagMs }, undefined, undefined, () => (underWay = false));
    },
    close: () => {
      letGo();
      process.off('disconnect', gone);
      lag.disable();
      void watch.terminate();
    },
  };
};
