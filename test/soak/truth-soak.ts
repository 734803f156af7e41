import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { Fault } from '../../lib/simulator/exchange/faults/fault.js';
import { candlesOf } from '../../lib/simulator/market/candles.js';
import { pairOf } from '../../lib/simulator/market/pairs.js';
import { Cell } from '../../lib/tape.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import { startBot } from '../bin/child.js';
import { endRun, LIVELY, startRun, writeConfig } from '../bin/live-run.js';

export interface TruthOptions {
  /** Of the exchange's time, under all faults. */
  readonly hours: number;
  readonly speed: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface Truth {
  readonly compared: number;
  /**
   * Stored candles that are not what the market did, and minutes that are not stored, a line each.
   */
  readonly differing: readonly string[];
  readonly missing: readonly string[];
  readonly revised: number;
  /** Of the compared minutes. */
  readonly unconfirmed: number;
  /** Answers that were spoiled, by kind. */
  readonly struck: Readonly<Record<string, number>>;
}

const SYMBOLS = ['ADA/USD', 'BTC/USD', 'DOGE/USD', 'ETH/USD', 'LINK/USD', 'MINA/USD'];
const START = '2026-03-14T14:00';
/** What is false in an answer about candles and trades; each strikes so many of them. */
const FALSE_ROWS = [
  'missing_minutes',
  'duplicate_rows',
  'wrong_order',
  'no_forming_row',
  'revised_row',
  'absurd_price',
  'bad_number',
  'short_row',
  'inverted_range',
  'bad_time',
  'other_pair',
  'stale',
  'inclusive_since',
];
const PROBABILITY = 0.03;
const LASTING = ['vanishing_rows', 'late_trades', 'late_revision'];
const faults = (): readonly Fault[] => [
  ...FALSE_ROWS.map(kind => ({
    kind,
    endpoint: kind === 'inclusive_since' ? ('Trades' as const) : ('OHLC' as const),
    probability: PROBABILITY,
  })),
  ...LASTING.map(kind => ({ kind, share: 0.1 })),
];
/**
 * A minute is stored as it has settled two hours after its close; a few minutes more for the last
 * comparison itself.
 */
const SETTLED_MS = 2 * HOUR_MS + 10 * MINUTE_MS;
const TIMEOUT_MS = 120_000;

/**
 * Lets a bot store what an exchange tells that lies in every way about its candles, then waits
 * until everything has settled and compares each stored minute with what the market really did.
 */
export const truthSoak = async ({ hours, speed, seed, say, signal }: TruthOptions): Promise<Truth> => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-truth-'));
  const root = join(folder, 'data');
  const simulator = startBot([
    'simulate-exchange',
    '--port',
    '0',
    '--speed',
    String(speed),
    '--seed',
    String(seed),
    '--no-limits',
    '--start',
    START,
    '--symbols',
    SYMBOLS.join(),
  ]);
  let said = '';
  simulator.process.stdout!.on('data', (part: string) => (said += part));
  const within = async <T>(
    what: string,
    ask: () => T | Promise<T>,
    timeoutMs = TIMEOUT_MS,
  ): Promise<NonNullable<T>> => {
    for (const deadline = performance.now() + timeoutMs; ;) {
      const found = await Promise.resolve(ask()).catch(() => null);
      if (found) return found;
      if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await pause(100, undefined, { signal });
    }
  };
  const url = await within('the exchange is up', () => /Kraken on (http:\S+),/.exec(said)?.[1]);
  const run = startRun(['--config', writeConfig(folder, `${LIVELY}\nfiltering: { min_daily_volume: 1000 }\n`)], {
    cwd: folder,
    env: {
      BOT_DATA_DIR: root,
      BOT_EXCHANGE_URL: url,
      BOT_CLOCK_SPEED: String(speed),
      BOT_MARKET_CAP_URL: `${url}/api/v3`,
      BOT_SIMULATOR_UNLIMITED: '1',
    },
  });
  await within('the database is up', () => run.said(/^database: /));
  const database = await openEmbedded({ dataDir: root });
  const client = new Client({ ...database.connection, ssl: false });
  await client.connect();
  const now = async (): Promise<EpochMs> =>
    Date.parse(((await (await fetch(`${url}/simulator`)).json()) as { now: string }).now);
  const storedUntil = async (): Promise<EpochMs> => {
    const { rows } = await client.query<{ at: number }>(
      'select extract(epoch from max(timestamp))::float8 * 1000 as at from market_data where decision is not null',
    );
    return rows[0]!.at + MINUTE_MS;
  };
  const passes = async (milliseconds: number, what: string): Promise<void> => {
    const until = (await now()) + milliseconds;
    await within(what, async () => (await now()) >= until, TIMEOUT_MS + (2 * milliseconds) / speed);
  };

  try {
    // MINA is thin: many of its minutes are quiet.
    await within('everything is caught up with', async () => (await now()) - (await storedUntil()) < 3 * MINUTE_MS);
    for (const fault of faults()) {
      const { status } = await fetch(`${url}/simulator/faults`, { method: 'POST', body: JSON.stringify(fault) });
      if (status !== 201) throw new Error(`the fault ${fault.kind} was refused`);
    }
    say?.(`caught up; ${faults().length} faults for ${hours} hours`);
    await passes(hours * HOUR_MS, 'the faults have lasted');
    const ordered = (await (await fetch(`${url}/simulator/faults`)).json()) as readonly {
      fault: Fault;
      struck: number;
    }[];
    await fetch(`${url}/simulator/faults`, { method: 'DELETE' });
    const to = await now();
    say?.('no more faults; waiting until everything has settled');
    await passes(SETTLED_MS, 'everything has settled');
    await within('the last minutes are stored', async () => (await now()) - (await storedUntil()) < 5 * MINUTE_MS);

    const { rows } = await client.query<Record<string, number | string | boolean | null>>(
      `select symbol, extract(epoch from timestamp)::float8 * 1000 as at, open, high, low, close, volume, quiet, suspect,
         revised_at is not null as revised, source <> 'ohlc' or exists (select from confirmed_stretch as c
           where c.cryptocurrency_id = m.cryptocurrency_id and from_at <= timestamp and until_at > timestamp) as confirmed
       from market_data as m join cryptocurrency on id = m.cryptocurrency_id where symbol = any($1) and timestamp < $2 order by 1, 2`,
      [SYMBOLS, new Date(to)],
    );
    const differing: string[] = [];
    const missing: string[] = [];
    let [revised, unconfirmed, before, last] = [0, 0, '', 0];
    for (const row of rows) {
      const { symbol, at } = row as { symbol: string; at: number };
      const day = Math.floor(at / DAY_MS);
      const i = (at - day * DAY_MS) / MINUTE_MS;
      const { cell, ...columns } = candlesOf(pairOf(symbol), seed, day);
      const name = `${symbol} ${new Date(at).toISOString()}`;
      if (symbol === before)
        for (let gone = last + MINUTE_MS; gone < at; gone += MINUTE_MS)
          missing.push(`${symbol} ${new Date(gone).toISOString()}`);
      [before, last] = [symbol, at];
      for (const key of ['open', 'high', 'low', 'close', 'volume'] as const)
        if (!(Math.abs((row[key] as number) - columns[key][i]!) <= 1e-9 * columns[key][i]!))
          differing.push(`${name}: ${key} ${String(row[key])} instead of ${columns[key][i]}`);
      if (row['quiet'] !== (cell[i] === Cell.quiet) || row['suspect'] === true)
        differing.push(`${name}: quiet ${String(row['quiet'])}, suspect ${String(row['suspect'])}`);
      if (row['revised'] === true) revised++;
      if (row['confirmed'] === false) unconfirmed++;
    }
    const markets = new Set(rows.map(({ symbol }) => symbol)).size;
    if (markets < SYMBOLS.length) missing.push(`${SYMBOLS.length - markets} of ${SYMBOLS.length} markets`);
    const struck: Record<string, number> = {};
    for (const { fault, struck: times } of ordered) struck[fault.kind] = (struck[fault.kind] ?? 0) + times;
    return { compared: rows.length, differing, missing, revised, unconfirmed, struck };
  } finally {
    await endRun(run, 30_000);
    simulator.process.kill('SIGINT');
    await client.end().catch(() => undefined);
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
