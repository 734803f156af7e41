import { createReadStream, createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import copyStreams from 'pg-copy-streams';
import { MINUTE_MS, type EpochMs } from '../lib/units.js';
import { loadFile } from '../lib/world/import/load.js';
import { importFile } from '../lib/world/import/sources.js';
import { surveyFile } from '../lib/world/import/survey.js';
import { ensurePartitions } from '../lib/world/store/candles/market.js';
import { readTapes } from '../lib/world/store/candles/read.js';

/** Medians of a few rounds, each part measured right beside what it is compared with. */
export interface ImportFigures {
  /** Rows that were stored, the quiet ones included. */
  readonly rows: number;
  readonly importRowsPerSecond: number;
  readonly copyFromRowsPerSecond: number;
  /** Time of `bot import` of a file over that of a bare binary COPY FROM of the rows it stores. */
  readonly ratioToCopy: number;
  readonly tapesRowsPerSecond: number;
  readonly copyToRowsPerSecond: number;
  /** Time of reading tapes over that of a bare binary COPY TO of the same rows. */
  readonly tapesRatioToCopy: number;
}

const START = Date.UTC(2021, 0, 1);
const RULES = { maxQuietMinutes: 240, maxJump: 0.5 };
const COLUMNS =
  'cryptocurrency_id, timestamp, open, high, low, close, volume, vwap, trade_count, quiet, suspect, source';

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const timed = async (act: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await act();
  return performance.now() - began;
};

/** A random walk with a tenth of its minutes missing, the same at each call. */
const csv = (rows: number): string => {
  let seed = 1;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  let at = START / 1_000;
  let price = 30_000;
  const lines: string[] = [];
  for (let i = 0; i < rows; i++) {
    const close = Number((price * (1 + 0.002 * (random() - 0.5))).toFixed(1));
    const high = (Math.max(price, close) + 5 * random() + 0.1).toFixed(1);
    const low = (Math.min(price, close) - 5 * random() - 0.1).toFixed(1);
    lines.push(
      `${at},${price},${high},${low},${close},${(10 * random()).toFixed(8)},${1 + Math.floor(50 * random())}\n`,
    );
    price = close;
    at += random() < 0.1 ? 120 : 60;
  }
  return lines.join('');
};

const bareRead = async (client: Client): Promise<number> => {
  const select = 'SELECT cryptocurrency_id, timestamp, open, high, low, close, volume, quiet, suspect FROM market_data';
  const stream = client.query(copyStreams.to(`COPY (${select}) TO STDOUT (FORMAT binary)`));
  let bytes = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) bytes += piece.length;
  return bytes;
};

/**
 * Compares importing and reading with bare COPY. `client` is connected to a migrated database
 * without candles, without time limits; it is left without candles.
 */
export const importFigures = async (client: Client, rows = 500_000, rounds = 3): Promise<ImportFigures> => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-bench-'));
  const path = join(folder, 'XBTUSD_1.csv');
  const bare = join(folder, 'rows.copy');
  const now: EpochMs = START + 4 * rows * MINUTE_MS;
  const times = { import: [] as number[], copyFrom: [] as number[], tapes: [] as number[], copyTo: [] as number[] };
  let stored = 0;

  const importOnce = async () => {
    const { candles } = await importFile(path);
    const survey = await surveyFile(candles[0]!, now, () => undefined);
    await client.query('BEGIN');
    stored = (await loadFile(client, survey, RULES, now, () => undefined)).inserted;
    await client.query('COMMIT');
  };
  const readOnce = async () => {
    const { rows: markets } = await client.query<{ id: number }>('SELECT id FROM cryptocurrency');
    let minutes = 0;
    for await (const tape of readTapes(client, markets, START, START + stored * MINUTE_MS, 1_440))
      minutes += tape.minutes;
    if (minutes !== stored) throw new Error(`${stored} minutes were stored and ${minutes} read`);
  };
  const empty = async () => {
    await client.query('TRUNCATE market_data');
    await client.query('CHECKPOINT');
  };

  try {
    writeFileSync(path, csv(rows));
    await ensurePartitions(client, START, START + 2 * rows * MINUTE_MS);
    for (let round = 0; round < rounds; round++) {
      await empty();
      times.import.push(await timed(importOnce));
      await pipeline(
        client.query(
          copyStreams.to(`COPY (SELECT ${COLUMNS} FROM market_data ORDER BY timestamp) TO STDOUT (FORMAT binary)`),
        ),
        createWriteStream(bare),
      );
      await empty();
      times.copyFrom.push(
        await timed(() =>
          pipeline(
            createReadStream(bare, { highWaterMark: 1 << 18 }),
            client.query(copyStreams.from(`COPY market_data (${COLUMNS}) FROM STDIN (FORMAT binary)`)),
          ),
        ),
      );
      await bareRead(client); // the first read after a load writes hint bits
      times.copyTo.push(await timed(() => bareRead(client)));
      times.tapes.push(await timed(readOnce));
    }
  } finally {
    await client.query('TRUNCATE market_data');
    rmSync(folder, { recursive: true });
  }
  const rate = (values: readonly number[]) => Math.round((1_000 * stored) / median(values));
  const ratio = (values: readonly number[], to: readonly number[]) => median(values.map((value, i) => value / to[i]!));
  return {
    rows: stored,
    importRowsPerSecond: rate(times.import),
    copyFromRowsPerSecond: rate(times.copyFrom),
    ratioToCopy: ratio(times.import, times.copyFrom),
    tapesRowsPerSecond: rate(times.tapes),
    copyToRowsPerSecond: rate(times.copyTo),
    tapesRatioToCopy: ratio(times.tapes, times.copyTo),
  };
};
