import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEmbedded, runningEmbedded } from '../../lib/world/database/embedded.js';
import { withClient } from '../../lib/world/database/connection.js';
import { childrenOf, startRun, writeConfig, type LiveRun } from '../bin/live-run.js';
import { killServer, postmasterOf, serverIn } from '../world/database/bots.js';
import { query } from '../world/store/fixtures.js';
import { brokenIn } from './checks.js';

/** What came of a start and a stop, in each of which PostgreSQL was killed. */
export interface Trial {
  /**
   * Of our time: from the server's first sign of life in a start, and from the request to stop, to
   * the kill.
   */
  readonly delayMs: number;
  /** Whether the database had no table yet. */
  readonly isFirst: boolean;
  /** Until both processes reported; null where they never did. */
  readonly upMs: number | null;
  /** From the request to stop until the bot had ended. */
  readonly stopMs: number | null;
  /** Whether there still was a server to kill in the stop. */
  readonly killedInStop: boolean;
  /** What went wrong, a line each. */
  readonly wrong: readonly string[];
}

export interface SweepOptions {
  readonly delaysMs: readonly number[];
  readonly onTrial?: (trial: Trial) => void;
  readonly signal?: AbortSignal;
}

const SYMBOLS = ['BTC/USD', 'ETH/USD'];
const ROLES = ['scanner', 'positions'] as const;
const TIMEOUT_MS = 120_000;
/** The supervisor kills what has not ended 15 s after it was asked to. */
const STOP_PATIENCE_MS = 45_000;
/** No line of a bot that lost its database for a moment says so. */
const FAULTY = /internal error|fault of the bot|bug in crypto-bot|Unhandled|\bat \S+ \(.*:\d+:\d+\)/;
const STATES = 'select role, pid from process_state where stopped_at is null';
const STOPS = 'select role, stop_reason as reason, stop_requested as requested from process_state order by role';

const moment = () => performance.now();
/** What is left of a server that was killed ends within seconds. */
const GHOSTS_MS = 15_000;

/** Polls as often as it can; false if the time ran out. */
const came = async (ask: () => boolean | Promise<boolean>, maxMs: number, everyMs: number): Promise<boolean> => {
  for (const deadline = moment() + maxMs; moment() < deadline;) {
    if (await ask()) return true;
    await pause(everyMs);
  }
  return false;
};

/**
 * Starts the bot again and again, each time with PostgreSQL killed so long after the first sign of
 * its server, and stops it, with PostgreSQL killed as long after that was asked for. Half of the
 * starts find a database without a table.
 */
export const sweepStarts = async ({ delaysMs, onTrial, signal }: SweepOptions): Promise<readonly Trial[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-starts-'));
  const config = writeConfig(folder);
  const dataDir = join(folder, 'data');
  const root = join(dataDir, 'simulated-1');
  const seed = join(folder, 'seed');
  const args = ['--config', config, '--simulate', '--speed', '60', '--no-limits', '--symbols', SYMBOLS.join()];
  await (await openEmbedded({ dataDir: seed })).close();

  const kill = (): boolean => {
    const pid = postmasterOf(root);
    if (!serverIn(root).includes(pid)) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  };
  const isUp = async (run: LiveRun): Promise<boolean> => {
    const connection = runningEmbedded(root);
    if (!connection) return false;
    const children = childrenOf(run.process.pid!);
    const states = await withClient(connection, client => client.query<{ role: string; pid: number }>(STATES)).catch(
      () => null,
    );
    return (
      states !== null &&
      ROLES.every(role => states.rows.some(row => row.role === role && row.pid === children.get(role)))
    );
  };

  const trial = async (delayMs: number, isFirst: boolean): Promise<Trial> => {
    const wrong: string[] = [];
    if (isFirst) {
      rmSync(dataDir, { recursive: true, force: true });
      cpSync(seed, root, { recursive: true });
    }
    const run = startRun(args, { env: { BOT_DATA_DIR: dataDir }, cwd: folder });
    const hasEnded = () => run.process.exitCode !== null || run.process.signalCode !== null;
    let [upMs, stopMs, killedInStop]: [number | null, number | null, boolean] = [null, null, false];
    try {
      const began = moment();
      await came(() => hasEnded() || serverIn(root).includes(postmasterOf(root)), TIMEOUT_MS, 1);
      await pause(delayMs);
      if (!kill()) wrong.push('no server was there to kill in the start');
      await came(async () => hasEnded() || (await isUp(run)), TIMEOUT_MS, 50);
      if (!hasEnded() && (await isUp(run))) upMs = moment() - began;
      else wrong.push(hasEnded() ? 'it ended instead of starting' : 'it never started');
      const asked = moment();
      run.process.kill('SIGINT');
      await pause(delayMs);
      killedInStop = kill();
      if (await came(hasEnded, STOP_PATIENCE_MS, 20)) stopMs = moment() - asked;
      else wrong.push('it never stopped');
    } finally {
      run.process.kill('SIGKILL');
    }
    const { code, stdout, stderr } = await run.ended;
    if (code !== 0) wrong.push(`exit code ${String(code)}`);
    wrong.push(...`${stdout}${stderr}`.split('\n').filter(line => FAULTY.test(line)));
    if (!(await came(() => serverIn(root).length === 0, GHOSTS_MS, 20)))
      wrong.push(...serverIn(root).map(pid => `process ${pid} of PostgreSQL was left`));
    const users = join(root, 'users');
    const left = (existsSync(users) ? readdirSync(users) : []).concat(
      readdirSync(root).filter(name => name.startsWith('lock')),
    );
    wrong.push(...left.map(name => `${name} was left`));
    wrong.push(...(await found().catch((error: unknown) => [`what is stored cannot be judged: ${String(error)}`])));
    if (wrong.length > 0)
      wrong.push(...run.lines().map(({ name, level, msg }) => `    ${level} ${name}: ${msg}`), `    ${stderr}`);
    return { delayMs, isFirst, upMs, stopMs, killedInStop, wrong };
  };

  /** What does not hold in what is stored. */
  const found = async (): Promise<readonly string[]> => {
    const database = await openEmbedded({ dataDir: root });
    try {
      const rows = (sql: string) => query(database.connection, sql);
      const stops = await rows(STOPS);
      const asked = ROLES.toSorted().map(role => ({ role, reason: 'stopped on request', requested: true }));
      const isStopped = JSON.stringify(stops) === JSON.stringify(asked);
      return [
        ...(await brokenIn(rows)),
        ...(isStopped ? [] : [`it does not stand as stopped: ${JSON.stringify(stops)}`]),
      ];
    } finally {
      await database.close();
    }
  };

  const trials: Trial[] = [];
  try {
    for (const [n, delayMs] of delaysMs.entries()) {
      signal?.throwIfAborted();
      trials.push(await trial(delayMs, n % 2 === 0));
      onTrial?.(trials.at(-1)!);
    }
    return trials;
  } finally {
    if (existsSync(root)) await killServer(root);
    rmSync(folder, { recursive: true, force: true });
  }
};
