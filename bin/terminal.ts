import type cliProgress from 'cli-progress';
import { createRequire } from 'node:module';
import { createColors } from 'picocolors';
import { elapsed } from '../lib/world/clock.js';
import { environment } from '../lib/world/environment.js';

/**
 * Progress of something that may last: a bar on a terminal, a line every ten seconds elsewhere,
 * always on stderr.
 */
export interface Progress {
  /** How much of the total is done. */
  at(done: number, detail?: string): void;
  stop(): void;
}

/** Where a command writes and how it is told to stop. */
export interface Terminal {
  /** Results. A line end is added. */
  out(text: string): void;
  /** Everything that is not a result. A line end is added. */
  err(text: string): void;
  readonly colours: ReturnType<typeof createColors>;
  /** Columns of the terminal; 100 where there is none. */
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
  // Loaded here, as it takes as long as everything else that a command without a bar loads.
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

/**
 * The process's own terminal. A closed stdout (`| head`) ends the output quietly, a full disk with
 * an error and exit code 1.
 */
export const openTerminal = (signal: AbortSignal): Terminal => {
  process.stderr.on('error', () => undefined); // nobody is left to tell
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 1;
    process.stderr.write(`error: the output could not be written (${error.code ?? error.message})\n`);
  });
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
