import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { RequestSummary } from '../../lib/simulator/exchange/request-log.js';
import { HOUR_MS, MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import { readPidFile } from '../../lib/world/database/server.js';
import { startBot } from '../bin/child.js';
import { childrenOf, endRun, startRun, writeConfig } from '../bin/live-run.js';
import { LACKING } from './checks.js';
import {
  cpuSeconds,
  FLAT,
  FLAT_TEXT,
  flatness,
  liveHeapMb,
  percentile,
  rssMb,
  treeCpuSeconds,
  type Line,
} from './measure.js';

export interface MarketsOptions {
  readonly markets: number;
  /** Of the exchange's time, after everything has been caught up with. */
  readonly hours: number;
  readonly speed: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What a tape of so many markets may take. */
const MAX_CORES = 0.5;
const MAX_STORED_MS = 250;
/** Calls of a minute that are about no market alone. */
const MAX_OTHER_CALLS = 3;
const SAMPLE_MS = 10 * MINUTE_MS;
/** To collect all garbage takes a tape's time: seldom enough to leave the 99th percentile alone. */
const HEAP_MS = 4 * HOUR_MS;
const POLL_INTERVAL_MS = 200;
/**
 * What a start has to do once, such as holding all indicators against the reference, is done so
 * long after it has caught up.
 */
const SETTLE_MS = 15 * MINUTE_MS;
/** Until all is caught up with and the start is over, at any speed. */
const TIMEOUT_MS = 30 * MINUTE_MS;
const ROLES = ['scanner', 'positions'] as const;

/** Every market is tradable, whatever it is like; all else is as it comes. */
const ALL_TRADABLE = `
filtering: { min_daily_volume: 0, min_market_cap: 0, max_spread_percentage: 100, max_volatility: 10000 }
`;

const symbolsOf = (markets: number): readonly string[] =>
  ['BTC', 'ETH', ...Array.from({ length: markets }, (_, i) => `C${String(i).padStart(3, '0')}`)]
    .slice(0, markets)
    .map(base => `${base}/USD`);

interface Sample {
  /** Of the exchange's time since the first sample. */
  readonly hours: number;
  readonly mb: Readonly<Record<(typeof ROLES)[number], number>>;
}

/**
 * Runs the bot on many markets against a simulated exchange that is a process of its own, and
 * measures what a tape a minute costs: processor, memory, calls, and the time from answer to stored
 * decision. Gives the report; throws where the bot does not come up.
 */
export const manyMarkets = async ({
  markets,
  hours,
  speed,
  seed,
  say,
  signal,
}: MarketsOptions): Promise<readonly Line[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-markets-'));
  const root = join(folder, 'data');
  const config = writeConfig(folder, ALL_TRADABLE);
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
    '2026-03-14T14:00',
    '--symbols',
    symbolsOf(markets).join(),
  ]);
  let told = '';
  simulator.process.stdout!.on('data', (part: string) => (told += part));
  let ended = false;
  void simulator.ended.then(() => (ended = true));
  const within = async <T>(what: string, ask: () => Promise<T | null | undefined | false>): Promise<T> => {
    for (const deadline = performance.now() + TIMEOUT_MS; ;) {
      const found = await ask().catch(() => null);
      if (found) return found;
      if (ended || performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await pause(POLL_INTERVAL_MS, undefined, { signal });
    }
  };
  const url = await within('the exchange is up', () => Promise.resolve(/Kraken on (http:\S+),/.exec(told)?.[1]));
  const run = startRun(['--config', config], {
    cwd: folder,
    env: {
      BOT_DATA_DIR: root,
      BOT_EXCHANGE_URL: url,
      BOT_CLOCK_SPEED: String(speed),
      BOT_MARKET_CAP_URL: `${url}/api/v3`,
      BOT_SIMULATOR_UNLIMITED: '1',
    },
  });
  await within('the database is up', () => Promise.resolve(run.said(/^database: /)));
  const database = await openEmbedded({ dataDir: root });
  const client = new Client({ ...database.connection, ssl: false });
  await client.connect();
  const rows = async <T>(sql: string, values: readonly unknown[] = []): Promise<readonly T[]> =>
    (await client.query(sql, [...values])).rows as T[];
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${url}/simulator${path}`)).json()) as T;
  const now = async (): Promise<EpochMs> => Date.parse((await ask<{ now: string }>('')).now);
  const decidedUntil = async (): Promise<EpochMs> =>
    (
      await rows<{ at: number }>(
        'select extract(epoch from max(timestamp))::float8 * 1000 as at from market_data where decision is not null',
      )
    )[0]!.at + MINUTE_MS;
  const pidsNow = () => {
    const children = childrenOf(run.process.pid!);
    return Object.fromEntries(ROLES.map(role => [role, children.get(role)!])) as Record<(typeof ROLES)[number], number>;
  };
  const server = () => treeCpuSeconds(readPidFile(root)!.pid);

  try {
    const began = performance.now();
    await within('everything is caught up with', async () => (await now()) - (await decidedUntil()) < 3 * MINUTE_MS);
    say(`caught up with ${markets} markets after ${((performance.now() - began) / 1_000).toFixed(0)} s`);
    const settledAt = (await now()) + SETTLE_MS;
    await within('the start is over', async () => (await now()) >= settledAt);
    const pids = pidsNow();
    const from = await now();
    const to = from + hours * HOUR_MS;
    const used = () => Object.fromEntries(ROLES.map(role => [role, cpuSeconds(pids[role])]));
    const [first, serverFirst] = [used(), server()];
    const callsFirst = (await ask<RequestSummary>('/requests')).endpoints;
    const samples: Sample[] = [];
    const heaps: Sample[] = [];
    const heapsNow = async (at: EpochMs) => {
      const mb = { scanner: await liveHeapMb(pids.scanner), positions: await liveHeapMb(pids.positions) };
      heaps.push({ hours: (at - from) / HOUR_MS, mb });
      say(
        `${new Date(at).toISOString().slice(0, 16)}Z  heap without garbage: ${ROLES.map(role => `${role} ${mb[role].toFixed(1)} MB`).join(', ')}`,
      );
    };
    const stored: number[] = [];
    let tapes = NaN;
    let missed = 0;
    let firstTapes = NaN;
    for (let at = from; at < to; at = await now()) {
      const [beat] = await rows<{ counters: Record<string, number> }>(
        `select counters from process_state where role = 'scanner'`,
      );
      const { tapes: seen = NaN, stored_ms: ms } = beat?.counters ?? {};
      if (Number.isNaN(firstTapes)) firstTapes = seen;
      else if (seen !== tapes && ms !== undefined) {
        stored.push(ms);
        if (ms > MAX_STORED_MS) say(`${new Date(at).toISOString().slice(0, 16)}Z  a tape was stored after ${ms} ms`);
        missed += seen - tapes - 1;
      }
      tapes = seen;
      if (at - from >= heaps.length * HEAP_MS) await heapsNow(at);
      if (at - from >= samples.length * SAMPLE_MS) {
        const mb = { scanner: rssMb(pids.scanner), positions: rssMb(pids.positions) };
        samples.push({ hours: (at - from) / HOUR_MS, mb });
        const cpu = ROLES.map(role => `${role} ${(cpuSeconds(pids[role]) - first[role]!).toFixed(1)} s`).join(', ');
        say(
          `${new Date(at).toISOString().slice(0, 16)}Z  ${samples.at(-1)!.hours.toFixed(2).padStart(5)} h  memory: scanner ${mb.scanner.toFixed(0)} MB, positions ${mb.positions.toFixed(0)} MB  processor: ${cpu}  stored: p99 ${percentile(stored, 0.99)} ms of ${stored.length} tapes`,
        );
      }
      await pause(POLL_INTERVAL_MS, undefined, { signal });
    }

    const end = await now();
    await heapsNow(end);
    const minutes = (end - from) / MINUTE_MS;
    const last = used();
    const coresOf = (seconds: number) => seconds / minutes / 60;
    const cores = Object.fromEntries(ROLES.map(role => [role, coresOf(last[role]! - first[role]!)]));
    const bot = ROLES.reduce((sum, role) => sum + cores[role]!, 0);
    const summary = await ask<RequestSummary>('/requests');
    const calls = Object.fromEntries(
      Object.entries(summary.endpoints).map(([name, count]) => [name, (count - (callsFirst[name] ?? 0)) / minutes]),
    );
    const { OHLC: candles = 0, Depth: books = 0, ...others } = calls;
    const other = Object.values(others).reduce((sum, count) => sum + count, 0);
    const [decided] = await rows<{ decisions: number; markets: number }>(
      `select count(*)::int as decisions, count(distinct cryptocurrency_id)::int as markets from market_data
       where decision is not null and timestamp >= $1 and timestamp < $2`,
      [from, end - 3 * MINUTE_MS].map(at => new Date(at)),
    );
    const decidable = Math.round((end - 3 * MINUTE_MS - from) / MINUTE_MS);
    const lacking = await Promise.all(
      Object.entries(LACKING).map(async ([name, sql]) => ({
        name,
        count: (await rows<{ count: number }>(sql))[0]!.count,
      })),
    );
    const after = pidsNow();
    const flat = (role: (typeof ROLES)[number]): Line => {
      const { mean, slope, error, held } = flatness(samples.map(({ hours: at, mb }) => [at, mb[role]]));
      return {
        name: `memory of ${role}`,
        found: `${mean.toFixed(0)} MB, ${slope >= 0 ? '+' : '−'}${Math.abs(slope).toFixed(2)} ± ${error.toFixed(2)} MB/h (${samples.length} samples)`,
        wanted: FLAT_TEXT,
        held,
      };
    };
    const heap = (role: (typeof ROLES)[number]): Line => {
      const [filled, last] = [heaps[Math.min(1, heaps.length - 1)]!.mb[role], heaps.at(-1)!.mb[role]];
      return {
        name: `heap of ${role} without garbage`,
        found: heaps.map(({ mb }) => mb[role].toFixed(1)).join(', ') + ' MB',
        wanted: `at the end no more than ${(100 * FLAT).toFixed(0)} % above what it is once windows have filled`,
        held: last <= (1 + FLAT) * filled,
      };
    };
    return [
      {
        name: 'processor, of one core in real time',
        found: `${bot.toFixed(4)} (${ROLES.map(role => `${role} ${cores[role]!.toFixed(4)}`).join(', ')})`,
        wanted: `under ${MAX_CORES}`,
        held: bot < MAX_CORES,
      },
      {
        name: 'processor of PostgreSQL',
        found: coresOf(server() - serverFirst).toFixed(4),
        wanted: 'besides',
        held: null,
      },
      ...ROLES.map(flat),
      ...ROLES.map(heap),
      {
        name: 'answer to stored decision',
        found: `p50 ${percentile(stored, 0.5)}, p99 ${percentile(stored, 0.99)}, longest ${Math.max(...stored)} ms (${stored.length} of ${stored.length + missed} tapes seen)`,
        wanted: `p99 up to ${MAX_STORED_MS} ms`,
        held: percentile(stored, 0.99) <= MAX_STORED_MS,
      },
      {
        name: 'calls a minute',
        found: `${(candles + other).toFixed(2)} (OHLC ${candles.toFixed(2)}, ${Object.entries(others)
          .filter(([, count]) => count > 0)
          .map(([name, count]) => `${name} ${count.toFixed(2)}`)
          .join(', ')})`,
        wanted: `up to ${markets} + ${MAX_OTHER_CALLS}`,
        held: candles <= (markets * (minutes + 1)) / minutes && other <= MAX_OTHER_CALLS, // either end cuts a minute
      },
      {
        name: 'order books asked for a minute',
        found: books.toFixed(2),
        wanted: 'of held and tradable markets, besides',
        held: null,
      },
      {
        name: 'decisions',
        found: `${decided!.decisions} on ${decided!.markets} markets in ${decidable} minutes`,
        wanted: `one a market and minute`,
        held: decided!.decisions >= (decidable - 1) * markets && decided!.decisions <= (decidable + 1) * markets,
      },
      ...lacking.map(({ name, count }) => ({ name, found: String(count), wanted: '0', held: count === 0 })),
      {
        name: 'processes that started anew',
        found: String(ROLES.filter(role => after[role] !== pids[role]).length),
        wanted: '0',
        held: ROLES.every(role => after[role] === pids[role]),
      },
    ];
  } finally {
    await endRun(run, 30_000);
    simulator.process.kill('SIGINT');
    await client.end().catch(() => undefined);
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
