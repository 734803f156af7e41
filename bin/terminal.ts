import type cliProgress from 'cli-progress';
import { createRequire } from 'node:module';
import { createColors } from 'picocolors';
import { elapsed } from '../lib/world/clock.js';
import { environment } from '../lib/world/environment.js';

/**
 * Progress of a long operation: a bar on a terminal, otherwise a line every ten seconds, always on
 * stderr.
 */
export interface Progress {
  /** Sets how much of the total is done. */
  at(done: number, detail?: string): void;
  stop(): void;
}

/** Output of a command, and its stop signal. */
export interface Terminal {
  /** Prints a result to stdout, with a line end. */
  out(text: string): void;
  /** Prints anything else to stderr, with a line end. */
  err(text: string): void;
  readonly colours: ReturnType<typeof createColors>;
  /** Width of the terminal in columns; 100 without one. */
  readonly width: number;
  /** Fires at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
  progress(label: string, total: number): Progress;
}

const QUIET_MS = 2_000;
const LINE_EVERY_MS = 10_000;

const progressLines = (label: string, total: number): Progress => {
  let said = elapsed();
  return {
    at: (done, detail = '') => {
      if (elapsed() - said < LINE_EVERY_MS) return;
      said = elapsed();
      process.stderr.write(`${label}: ${Math.floor((100 * done) / Math.max(total, 1))} %${detail && ` (${detail})`}\n`);
    },
    stop: () => undefined,
  };
};

const progressBar = (label: string, total: number): Progress => {
  // Loaded on demand: it takes as long as all other imports of a command without a bar.
  const { SingleBar, Presets } = createRequire(import.meta.url)('cli-progress') as typeof cliProgress;
  const began = elapsed();
  let bar: cliProgress.SingleBar | null = null;
  return {
    at: (done, detail = '') => {
      if (!bar && elapsed() - began > QUIET_MS) {
        bar = new SingleBar(
          {
            format: `${label} {bar} {percentage} % {detail}`,
            stream: process.stderr,
            hideCursor: true,
            clearOnComplete: true,
          },
          Presets.shades_classic,
        );
        bar.start(total, done, { detail });
      }
      bar?.update(done, { detail });
    },
    stop: () => bar?.stop(),
  };
};

const ignoreError = (): void => undefined; // there is nowhere left to report it

const reportError = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') return;
  process.exitCode = 1;
  process.stderr.write(`error: the output could not be written (${error.code ?? error.message})\n`);
};

/** Listens for errors of a stream, once however often a terminal is opened. */
const onError = (stream: NodeJS.WriteStream, listener: (error: Error) => void): void => {
  if (!stream.listeners('error').includes(listener)) stream.on('error', listener);
};

/**
 * The process's terminal. A closed stdout (`| head`) ends the output silently, a full disk ends it
 * with an error and exit code 1.
 */
export const openTerminal = (signal: AbortSignal): Terminal => {
  onError(process.stderr, ignoreError);
  onError(process.stdout, reportError);
  const { NO_COLOR, FORCE_COLOR } = environment();
  return {
    out: text => process.stdout.write(`${text}\n`),
    err: text => process.stderr.write(`${text}\n`),
    colours: createColors(!NO_COLOR && (Boolean(FORCE_COLOR) || process.stdout.isTTY)),
    width: process.stdout.isTTY ? process.stdout.columns : 100,
    signal,
    progress: (label, total) => (process.stderr.isTTY ? progressBar(label, total) : progressLines(label, total)),
  };
};
