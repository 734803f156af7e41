import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { lastWords } from '../../ops/last-words.js';
import { lineSplitter } from '../../ops/lines.js';
import type { ProcessExit } from '../../ops/process.js';

/** How a process is started. */
export interface ChildCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Its complete environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Events of a running process. */
export interface ChildEvents {
  line(line: string, from: 'stdout' | 'stderr'): void;
  beat(lagMs: number): void;
  /** Once, when it has ended and all its output has been passed on. */
  exited(exit: ProcessExit): void;
}

/** A started process. */
export interface Child {
  readonly pid: number | undefined;
  /** SIGKILL is sent to its whole process group, so that none of its children remain. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** A grandchild may hold the pipes open for ever: the wait for them ends after this. */
const DRAIN_MS = 250;

const quietly = (action: () => void): void => {
  try {
    action();
  } catch {
    // The process or its group is gone already.
  }
};

const killGroup = (process_: ChildProcess): void => {
  if (process_.pid !== undefined) quietly(() => process.kill(-process_.pid!, 'SIGKILL'));
};

/**
 * Starts a process in its own session, so that a Ctrl-C reaches only the supervisor, which stops
 * its processes in order. Its output is read as it arrives: a full pipe never blocks it. A failed
 * start is reported as an exit.
 */
export const startChild = ({ command, args, env }: ChildCommand, events: ChildEvents): Child => {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const words = lastWords();
  let over = false;

  const drain = (stream: Readable | null, from: 'stdout' | 'stderr'): (() => void) => {
    const lines = lineSplitter();
    const tell = (line: string) => {
      words.hear(line, from);
      events.line(line, from);
    };
    stream?.setEncoding('utf8').on('data', (text: string) => lines.push(text).forEach(tell));
    stream?.on('error', () => undefined);
    return () => {
      lines.rest().forEach(tell);
      stream?.destroy();
    };
  };
  const ends = [drain(child.stdout, 'stdout'), drain(child.stderr, 'stderr')];
  const finish = (code: number | null, signal: string | null, fault = '') => {
    if (over) return;
    over = true;
    ends.forEach(end => end());
    if (child.connected) child.disconnect();
    child.removeAllListeners();
    child.on('error', () => undefined);
    events.exited({ code, signal, lastWords: fault || words.said() });
  };

  child.on('message', message => {
    const { kind, lagMs } = message as { kind?: unknown; lagMs?: unknown };
    if (kind === 'beat' && !over) events.beat(typeof lagMs === 'number' ? lagMs : 0);
  });
  child.once('error', ({ message }) => {
    if (child.pid === undefined) finish(null, null, message);
  });
  child.once('exit', (code, signal) => {
    killGroup(child);
    const timer = setTimeout(() => finish(code, signal), DRAIN_MS);
    child.once('close', () => {
      clearTimeout(timer);
      finish(code, signal);
    });
  });
  return {
    pid: child.pid,
    signal: signal => (signal === 'SIGKILL' ? killGroup(child) : quietly(() => child.kill(signal))),
  };
};
