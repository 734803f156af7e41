import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { drawsOf, uniform } from '../../lib/simulator/market/random.js';
import { RESTART_RULES } from '../../lib/ops/restart.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import { readPidFile } from '../../lib/world/database/server.js';
import { jsonOf } from '../bin/child.js';
import { childrenOf, endRun, LIVELY, startRun, type LiveRun, writeConfig } from '../bin/live-run.js';
import { query } from '../world/store/fixtures.js';
import { heldIn, isMadeUpFor, unwatchedIn, unwatchedOutcome, type UnwatchedOutcome } from './unwatched.js';
import { brokenIn, knownIn, leaksOf, lostBetween, UNREPEATED } from './checks.js';

export const VICTIMS = ['scanner', 'positions', 'supervisor', 'PostgreSQL'] as const;
export type Victim = (typeof VICTIMS)[number];

/** What came of one kill, or of two that came close together. */
export interface Kill {
  readonly victims: readonly Victim[];
  /** Until both processes had begun anew and a later minute was decided. */
  readonly recoveryMs: number;
  /** What does not hold any more; the name and what was found. */
  readonly broken: readonly string[];
  /** What is stored by then. */
  readonly totals: Readonly<Record<string, number>>;
  /** Positions that were not watched meanwhile, and those of them whose stop was crossed. */
  readonly unwatched: Pick<UnwatchedOutcome, 'positions' | 'crossed'>;
}

/** What came of all of them. */
export interface Soak {
  readonly kills: readonly Kill[];
  /** What does not hold when the bot has been stopped. */
  readonly broken: readonly string[];
  /** Hours of the exchange's time that were decided on. */
  readonly hours: number;
}

export interface SoakOptions {
  readonly kills: number;
  readonly seed: number;
  readonly speed: number;
  readonly onKill: (kill: Kill, killed: number) => void;
  /** Which are killed, one by one; default: chosen by the seed. */
  readonly victims?: readonly Victim[];
  /**
   * Whether it is the supervisor each time, and PostgreSQL while the next one starts: two kills.
   */
  readonly duringStarts?: boolean;
  readonly signal?: AbortSignal;
}

/** Of the simulated market, the default of `bot run --simulate`. */
const MARKET_SEED = 1;
const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'ETH/USD', 'SOL/USD'];
/** Something is held most of the time, and falls to its stop within minutes. */
const HOLDING = LIVELY.replace('overbought: 85, oversold: 15', 'overbought: 100, oversold: 0')
  .replace('thresholds: [0.02, 0.02]', 'thresholds: [-50, -50]')
  .replace('factor: 0.8', 'factor: 0')
  .replace('cooldown_minutes: 2', 'cooldown_minutes: 0');
/** A strategy of a file that buys what rises above its mean. */
const RISING = `
export default ({ strategy, indicator, above, rises }) => strategy({
  name: 'rising',
  columns: () => ({ mean: indicator('sma', { period: 20 }) }),
  entry: ({ mean }, _, { close }) => ({ higher: rises(close), strong: above(close, mean) }),
});
`;
/** Beside momentum two shadows: momentum with other conditions and stops, and one from a file. */
const THREE = `${HOLDING}
strategies:
  - { name: momentum, use: momentum }
  - name: patient
    use: momentum
    wallet: shadow
    parameters: { roc: { thresholds: [-50, 0.05] } }
    risk: { stop_loss_percentage: 0.6, cooldown_minutes: 5 }
  - { name: rising, use: ./rising.mjs, wallet: shadow }
`;
/** A process that keeps failing is left alone for 45 s at most. */
const TIMEOUT_MS = 120_000;
/** A kill comes so long after everything is well again, at most. */
const MAX_CALM_MS = 2_500;
/** While a start takes so long at most, PostgreSQL is killed in it. */
const MAX_START_MS = 2_000;
/** Of so many kills one is followed by another, of somebody else, before all is well. */
const DOUBLE = 5;
const POLL_INTERVAL_MS = 200;

const TOTALS = `
  select (select count(*)::int from market_data) as candles, (select count(*)::int from market_data where decision is not null) as decisions,
    (select count(*)::int from opportunity) as opportunities, (select count(*)::int from simulated_trade) as trades,
    (select count(*)::int from partial_exit) as exits, (select count(distinct strategy_used)::int from simulated_trade) as wallets, (select max(version) from portfolio_state) as states`;

const DECIDED = `select extract(epoch from min(timestamp))::float8 as first, extract(epoch from max(timestamp))::float8 as last
  from market_data where decision is not null`;

/**
 * Those whose end would not be one failure too many in a row: the supervisor leaves such a process
 * alone for half a minute.
 */
const patients = () => {
  const fates = new Map<Victim, { failures: number; startedAt: number }>();
  const failuresAfter = (victim: Victim): number => {
    const { failures, startedAt } = fates.get(victim) ?? { failures: 0, startedAt: performance.now() };
    return performance.now() - startedAt >= RESTART_RULES.healthyMs ? 1 : failures + 1;
  };
  return {
    mayFail: (victim: Victim) => failuresAfter(victim) < RESTART_RULES.quickFailures,
    failed: (victim: Victim) => {
      if (victim === 'supervisor') fates.clear();
      else fates.set(victim, { failures: failuresAfter(victim), startedAt: performance.now() });
    },
  };
};

/**
 * Runs the bot against a simulated exchange and kills one of its processes, again and again; after
 * each kill it waits until the bot is well again and looks whether everything that must hold does.
 * Throws where the bot does not come back.
 */
export const soak = async (options: SoakOptions): Promise<Soak> => {
  const { kills, seed, speed, onKill, victims, duringStarts = false, signal } = options;
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-soak-'));
  const dataDir = join(folder, 'data');
  const root = join(dataDir, 'simulated-1');
  const canary = `canary-${seed}-${process.pid}`;
  const child = { env: { BOT_DATA_DIR: dataDir, KRAKEN_API_SECRET: canary }, cwd: folder };
  const config = writeConfig(folder, THREE);
  writeFileSync(join(folder, 'rising.mjs'), RISING);
  const args = ['--config', config, '--simulate', '--speed', String(speed), '--no-limits', '--symbols', SYMBOLS.join()];
  let said = '';
  const start = () => {
    const started = startRun(args, child);
    for (const stream of [started.process.stdout!, started.process.stderr!])
      stream.on('data', (part: string) => (said += part));
    return started;
  };
  const chance = (n: number, what: string) => uniform(drawsOf(seed, what, n));
  let run: LiveRun = start();

  const wait = async (what: string, ask: () => Promise<boolean>): Promise<void> => {
    for (const deadline = performance.now() + TIMEOUT_MS; ;) {
      signal?.throwIfAborted();
      if (await ask().catch(() => false)) return;
      if (performance.now() > deadline) {
        const last = run.lines().slice(-15);
        throw new Error([`waited in vain until ${what}`, ...last.map(({ name, msg }) => `${name}: ${msg}`)].join('\n'));
      }
      await pause(POLL_INTERVAL_MS);
    }
  };

  await wait('the database is up', () => Promise.resolve(run.said(/^simulated Kraken on/)));
  const database = await openEmbedded({ dataDir: root });
  const rows = (sql: string) => query(database.connection, sql);
  const decided = async () => (await rows(DECIDED))[0] as { first: number; last: number };
  const isUp = async () => {
    const children = childrenOf(run.process.pid!);
    const states = await rows('select role, pid from process_state');
    return ['scanner', 'positions'].every(role =>
      states.some(state => state['role'] === role && state['pid'] === children.get(role)),
    );
  };

  const fates = patients();
  const kill = async (victim: Victim): Promise<void> => {
    fates.failed(victim);
    switch (victim) {
      case 'supervisor':
        run.process.kill('SIGKILL');
        await run.ended;
        run = start();
        return;
      case 'PostgreSQL':
        process.kill(readPidFile(root)!.pid, 'SIGKILL');
        return;
      default: {
        const pid = childrenOf(run.process.pid!).get(victim);
        if (pid !== undefined) process.kill(pid, 'SIGKILL'); // else it is down already
      }
    }
  };
  const choose = (n: number, what: string, except?: Victim): Victim => {
    const able = VICTIMS.filter(victim => victim !== except && fates.mayFail(victim));
    return able[Math.floor(chance(n, what) * able.length)]!;
  };

  const done: Kill[] = [];
  const atEnd: string[] = [];
  let hours = 0;
  try {
    await wait('minutes are decided', async () => (await isUp()) && (await decided()).last > 0);
    for (let killed = 0; killed < kills;) {
      await pause(chance(killed, 'calm') * MAX_CALM_MS, undefined, { signal });
      const [{ last: before }, known] = [await decided(), await knownIn(rows)];
      const saidBefore = said.length;
      const began = performance.now();
      const chosen: Victim[] = [duringStarts ? 'supervisor' : (victims?.[killed] ?? choose(killed, 'victim'))];
      await kill(chosen[0]!);
      const left = chosen[0] === 'positions' ? await heldIn(rows) : [];
      if (duringStarts) {
        await pause(chance(killed, 'start') * MAX_START_MS);
        chosen.push('PostgreSQL');
        await kill('PostgreSQL');
      } else if (!victims && killed + 2 <= kills && chance(killed, 'double') < 1 / DOUBLE) {
        await pause(chance(killed, 'after') * MAX_CALM_MS);
        chosen.push(choose(killed, 'second', chosen[0]));
        await kill(chosen[1]!);
      }
      await wait(
        `the bot is well after ${chosen.join(' and ')} was killed`,
        async () => (await isUp()) && (await decided()).last > before + 120,
      );
      const recoveryMs = performance.now() - began;
      const unwatchedTimes = () => unwatchedIn(said.slice(saidBefore));
      if (chosen.length === 1)
        await wait('missed time is made up for', () => Promise.resolve(isMadeUpFor(left, unwatchedTimes())));
      const times = unwatchedTimes();
      const { unsold, ...unwatched } = await unwatchedOutcome(rows, times, known, MARKET_SEED);
      const broken = [...(await brokenIn(rows)), ...lostBetween(known, await knownIn(rows)), ...unsold];
      const totals = (await rows(TOTALS))[0] as Record<string, number>;
      done.push({ victims: chosen, recoveryMs, broken, totals, unwatched });
      killed += chosen.length;
      onKill(done.at(-1)!, killed);
    }
    run.process.kill('SIGINT');
    await run.ended;
    const { first, last } = await decided();
    hours = (last - first) / 3_600;
    atEnd.push(...(await brokenIn(rows)));

    const secrets = [canary, readFileSync(join(root, 'password'), 'utf8').trim()];
    const except = [join(root, 'pg'), join(root, 'password')];
    for (const secret of secrets) atEnd.push(...(await leaksOf(secret, { said, rows, folder, except })));

    const minute = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(0, 16);
    await jsonOf(
      ['backtest', '--simulated', '1', '--from', minute(first), '--to', minute(last + 60), '--config', config],
      child,
    );
    const runs = await rows('select id, mode from run order by id');
    const idOf = (mode: string) => runs.find(each => each['mode'] === mode)!['id'] as number;
    const differing = (await rows(UNREPEATED(idOf('simulated'), idOf('backtest'))))[0]!['count'];
    if (Number(differing) !== 0)
      atEnd.push(`I10 opportunities that the stored candles do not give again, or others: ${String(differing)}`);
    return { kills: done, broken: atEnd, hours };
  } finally {
    await endRun(run, 20_000);
    await database.close();
    const holds = hours > 0 && atEnd.length === 0 && done.every(({ broken }) => broken.length === 0);
    if (holds || signal?.aborted) rmSync(folder, { recursive: true, force: true });
    else process.stderr.write(`The data are kept in ${folder}.\n`);
  }
};
