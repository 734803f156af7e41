import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { drawsOf, uniform } from '../../lib/simulator/market/random.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import { readPidFile } from '../../lib/world/database/server.js';
import { childrenOf, startRun, writeConfig, type LiveRun } from '../bin/live-run.js';
import { query } from '../world/store/fixtures.js';
import { BROKEN_LIVE } from '../world/store/live/invariants.js';

export const VICTIMS = ['scanner', 'positions', 'supervisor', 'PostgreSQL'] as const;
type Victim = (typeof VICTIMS)[number];

/** What came of one kill. */
export interface Kill {
  readonly victim: Victim;
  /** Until both processes had begun anew and a later minute was decided. */
  readonly recoveryMs: number;
  /** What does not hold any more; the name and what was found. */
  readonly broken: readonly string[];
  /** What is stored by then. */
  readonly totals: Readonly<Record<string, number>>;
}

export interface SoakOptions {
  readonly kills: number;
  readonly seed: number;
  readonly speed: number;
  readonly onKill: (kill: Kill, n: number) => void;
  /** Which are killed; in turn by the seed unless told. */
  readonly victims?: readonly Victim[];
}

const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'ETH/USD', 'SOL/USD'];
/** A process that keeps failing is left alone for 45 s at most. */
const PATIENCE_MS = 120_000;
/** A kill comes so long after everything is well again, at most. */
const MOST_CALM_MS = 2_500;
const LOOK_EVERY_MS = 100;

const MISSING = `
  select coalesce(sum((extract(epoch from last - first) / 60 + 1 - count)::int), 0)::int as count from (
    select min(timestamp) as first, max(timestamp) as last, count(*) from market_data group by cryptocurrency_id) as market`;

/** Candles between the first and the last one of a market that was decided on that nobody has decided on. */
const UNDECIDED = `
  select count(*)::int as count from market_data m join (select cryptocurrency_id, min(timestamp) as first, max(timestamp) as last
    from market_data where decision is not null group by 1) d using (cryptocurrency_id)
  where decision is null and timestamp between first and last`;

const TOTALS = `
  select (select count(*)::int from market_data) as candles, (select count(*)::int from market_data where decision is not null) as decisions,
    (select count(*)::int from opportunity) as opportunities, (select count(*)::int from simulated_trade) as trades,
    (select count(*)::int from partial_exit) as exits, (select max(version) from portfolio_state) as states`;

/** Rows that were acknowledged: what they say never changes, and none of them goes. */
const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  exits: `select id, row(trade_id, sequence, exit_timestamp, exit_price, size, profit_loss)::text as row from partial_exit`,
  trades: `select id, row(opportunity_id, entry_timestamp, entry_price, size)::text as row from simulated_trade`,
  opportunities: `select id, row(cryptocurrency_id, "timestamp", close, score)::text as row from opportunity`,
};

/**
 * Runs the bot against a simulated exchange and kills one of its processes, again and again; after each kill it waits until the
 * bot is well again and looks whether everything that must hold does. Gives the kills; throws where the bot does not come back.
 */
export const soak = async ({ kills, seed, speed, onKill, victims }: SoakOptions): Promise<readonly Kill[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-soak-'));
  const dataDir = join(folder, 'data');
  const root = join(dataDir, 'simulated-1');
  const options = { env: { BOT_DATA_DIR: dataDir }, cwd: folder };
  const args = ['--config', writeConfig(folder), '--simulate', '--speed', String(speed), '--no-limits'];
  const start = () => startRun([...args, '--symbols', SYMBOLS.join()], options);
  const chance = (n: number, what: string) => uniform(drawsOf(seed, what, n));
  let run: LiveRun = start();

  const wait = async (what: string, ask: () => Promise<boolean>): Promise<void> => {
    for (const deadline = performance.now() + PATIENCE_MS; ;) {
      if (await ask().catch(() => false)) return;
      if (performance.now() > deadline) {
        const last = run.lines().slice(-15);
        throw new Error([`waited in vain until ${what}`, ...last.map(({ name, msg }) => `${name}: ${msg}`)].join('\n'));
      }
      await pause(LOOK_EVERY_MS);
    }
  };

  await wait('the database is up', () => Promise.resolve(run.said(/^simulated Kraken on/)));
  const database = await openEmbedded({ dataDir: root });
  const rows = (sql: string) => query(database.connection, sql);
  const decidedUntil = async () =>
    (
      await rows(`select extract(epoch from max(timestamp))::float8 as at from market_data where decision is not null`)
    )[0]!['at'] as number;
  const isUp = async () => {
    const children = childrenOf(run.process.pid!);
    const states = await rows('select role, pid from process_state');
    return ['scanner', 'positions'].every(role =>
      states.some(state => state['role'] === role && state['pid'] === children.get(role)),
    );
  };
  const acknowledged = async () => {
    const found = new Map<string, string>();
    for (const [name, sql] of Object.entries(ACKNOWLEDGED))
      for (const { id, row } of await rows(sql)) found.set(`${name} ${String(id)}`, row as string);
    return found;
  };

  const kill = async (victim: Victim): Promise<void> => {
    switch (victim) {
      case 'supervisor':
        run.process.kill('SIGKILL');
        await run.ended;
        run = start();
        return;
      case 'PostgreSQL':
        process.kill(readPidFile(root)!.pid, 'SIGKILL');
        return;
      default:
        process.kill(childrenOf(run.process.pid!).get(victim)!, 'SIGKILL');
    }
  };

  const done: Kill[] = [];
  try {
    await wait('minutes are decided', async () => (await isUp()) && (await decidedUntil()) > 0);
    for (let n = 0; n < kills; n++) {
      const victim = victims?.[n] ?? VICTIMS[Math.floor(chance(n, 'victim') * VICTIMS.length)]!;
      await pause(chance(n, 'calm') * MOST_CALM_MS);
      const [before, known] = [await decidedUntil(), await acknowledged()];
      const began = performance.now();
      await kill(victim);
      await wait(
        `the bot is well after ${victim} was killed`,
        async () => (await isUp()) && (await decidedUntil()) > before + 120,
      );
      const recoveryMs = performance.now() - began;
      const now = await acknowledged();
      const lost = [...known].filter(([name, row]) => now.get(name) !== row);
      const broken = [
        ...(await rows(`select * from (${BROKEN_LIVE}) as found where count > 0`)).map(
          ({ name, count }) => `${String(name)}: ${String(count)}`,
        ),
        ...(await rows(`select * from (${MISSING}) as found where count <> 0`)).map(
          ({ count }) => `minutes are missing: ${String(count)}`,
        ),
        ...(await rows(`select * from (${UNDECIDED}) as found where count <> 0`)).map(
          ({ count }) => `minutes are not decided on: ${String(count)}`,
        ),
        ...lost.map(([name, row]) => `${name} was acknowledged as ${row} and is ${String(now.get(name))}`),
      ];
      const totals = (await rows(TOTALS))[0] as Record<string, number>;
      done.push({ victim, recoveryMs, broken, totals });
      onKill(done.at(-1)!, n + 1);
    }
    return done;
  } finally {
    run.process.kill('SIGINT');
    await Promise.race([run.ended, pause(20_000)]);
    run.process.kill('SIGKILL');
    await database.close();
    if (done.length === kills && done.every(({ broken }) => broken.length === 0))
      rmSync(folder, { recursive: true, force: true });
    else process.stderr.write(`The data are kept in ${folder}.\n`);
  }
};
