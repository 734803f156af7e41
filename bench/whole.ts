import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import copyStreams from 'pg-copy-streams';
import type { Client } from 'pg';
import { WARM_UP_MINUTES } from '../lib/indicators/warm-up.js';
import { CandleColumns } from '../lib/market-data/candles.js';
import { syntheticTapes } from '../lib/simulator/market/market.js';
import { Cell, type Tape } from '../lib/tape.js';
import { DAY_MS, MINUTE_MS } from '../lib/units.js';
import { packageFolder } from '../lib/world/package-folder.js';
import { ensurePartitions, lockMarket } from '../lib/world/store/candles/market.js';
import { writeCandles } from '../lib/world/store/candles/write.js';
import { median } from './figures.js';

/**
 * The whole command `bin/bot backtest` against reading its rows with a bare COPY; medians of a few
 * rounds.
 */
export interface WholeFigures {
  readonly candles: number;
  readonly seconds: number;
  readonly copySeconds: number;
  /** Time of the whole command over that of COPY … TO STDOUT (FORMAT binary) of its rows. */
  readonly ratioToCopy: number;
  /** Peak memory of the command, MB, over a month and over the year. */
  readonly peakMegabytes: { readonly month: number; readonly year: number };
}

const BOT = join(packageFolder(), 'bin/bot');
/** The markets of the whole-command benches. */
export const COINS = ['ADA/USD', 'BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD'];
/** Their first minute. */
export const FROM = Date.UTC(2025, 0, 1);
const DAYS = 365;

const columnsOf = (tape: Tape, lane: number): CandleColumns => {
  const columns = new CandleColumns();
  for (let i = 0; i < tape.minutes; i++) {
    const at = lane * tape.minutes + i;
    if (tape.cell[at] === Cell.absent) continue;
    const row = columns.push(
      tape.start + i * MINUTE_MS,
      tape.open[at]!,
      tape.high[at]!,
      tape.low[at]!,
      tape.close[at]!,
      tape.volume[at]!,
    );
    columns.quiet[row] = Number(tape.cell[at] === Cell.quiet);
  }
  return columns;
};

/** Stores the markets of the figures from the start of their warm-up, for so many days. */
export const storeMarkets = async (client: Client, days: number): Promise<void> => {
  const start = FROM - WARM_UP_MINUTES * MINUTE_MS;
  await ensurePartitions(client, start, FROM + days * DAY_MS);
  await client.query('BEGIN');
  for (const symbol of COINS) {
    const id = await lockMarket(client, symbol);
    const portions = function* () {
      for (const tape of syntheticTapes([symbol], 1, start, FROM + days * DAY_MS, 30 * 1440)) yield columnsOf(tape, 0);
    };
    await writeCandles(client, id, portions(), 'synthetic');
  }
  await client.query('COMMIT');
  await client.query('VACUUM ANALYZE market_data');
  await client.query('CHECKPOINT'); // or the disk is still busy with the load while the first figures are taken
};

const day = (offset: number): string => new Date(FROM + offset * DAY_MS).toISOString().slice(0, 10);

/** Runs the command and returns its seconds and its peak memory in MB. */
const command = (dataDir: string, days: number): Promise<{ seconds: number; megabytes: number }> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(BOT, ['backtest', '--from', day(0), '--to', day(days), '--json'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, BOT_DATA_DIR: dataDir },
    });
    let megabytes = 0;
    const watch = setInterval(() => {
      try {
        const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
        megabytes = Math.max(megabytes, Number(peak ?? 0) / 1024);
      } catch {
        // gone already, or a system without /proc: then the peak stays 0
      }
    }, 50);
    child.on('close', code => {
      clearInterval(watch);
      if (code === 0) resolve({ seconds: (performance.now() - began) / 1000, megabytes });
      else reject(new Error(`bin/bot backtest ended with ${code}`));
    });
  });

const bareCopy = async (client: Client): Promise<number> => {
  const began = performance.now();
  const select = `SELECT cryptocurrency_id, timestamp, open, high, low, close, volume, quiet, suspect FROM market_data`;
  const stream = client.query(copyStreams.to(`COPY (${select}) TO STDOUT (FORMAT binary)`));
  stream.resume();
  await finished(stream);
  return (performance.now() - began) / 1000;
};

/**
 * Measures the command on a migrated, empty database whose embedded server is kept running by the
 * caller.
 */
export const wholeFigures = async (client: Client, dataDir: string, rounds = 3): Promise<WholeFigures> => {
  await storeMarkets(client, DAYS);
  await bareCopy(client); // the first read after a load writes hint bits
  const times: { whole: number; copy: number }[] = [];
  let year = 0;
  for (let round = 0; round < rounds; round++) {
    const copy = await bareCopy(client);
    const { seconds, megabytes } = await command(dataDir, DAYS);
    times.push({ whole: seconds, copy });
    year = Math.max(year, megabytes);
  }
  const month = await command(dataDir, 30);
  await client.query('TRUNCATE market_data');
  return {
    candles: COINS.length * (DAYS * 1440 + WARM_UP_MINUTES),
    seconds: median(times.map(({ whole }) => whole)),
    copySeconds: median(times.map(({ copy }) => copy)),
    ratioToCopy: median(times.map(({ whole, copy }) => whole / copy)),
    peakMegabytes: { month: Math.round(month.megabytes), year: Math.round(year) },
  };
};
