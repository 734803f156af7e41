import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier as name, escapeLiteral as literal } from 'pg';
import type { Connection } from '../../lib/world/database/connection.js';
import { MINUTE_MS } from '../../lib/units.js';
import { urlOf } from '../bin/child.js';
import { EAGEREST, krakenCsv } from '../bin/market-files.js';
import { query } from '../world/store/fixtures.js';
import { freshDatabase } from './database.js';
import { runHere } from './here.js';
import { liveOn } from './life.js';

const FILES = { XBTUSD: 'BTC/USD', ETHUSD: 'ETH/USD' };
const [STORED_FROM, STORED_TO] = [Date.UTC(2026, 0, 31, 12), Date.UTC(2026, 1, 1, 8)];

/** Of every role that `makeRole` creates: all characters that a URL or SQL could trip over. */
export const PASSWORD = `p'w"\\ %ü@/?#:`;
/** The period of the backtest in a bot's life. */
export const PERIOD = ['2026-02-01T00:00', '2026-02-01T06:00'] as const;

/**
 * Creates databases and roles on the test server and lets a bot work there. `close` drops all of
 * them.
 */
export const openOddServer = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-odd-'));
  const files = Object.entries(FILES).map(([pair, symbol]) => {
    const path = join(folder, `${pair}_1.csv`);
    writeFileSync(path, krakenCsv(symbol, 5, STORED_FROM, STORED_TO));
    return path;
  });
  const revision = join(folder, 'revision', 'XBTUSD_1.csv');
  mkdirSync(join(folder, 'revision'));
  writeFileSync(revision, krakenCsv('BTC/USD', 6, STORED_TO - 5 * MINUTE_MS, STORED_TO));
  const config = join(folder, 'config.yaml');
  writeFileSync(config, EAGEREST);
  const base = await freshDatabase();
  const admin: Connection = { ...base.connection, database: 'postgres' };
  const [databases, roles]: [string[], string[]] = [[], []];
  let lives = 0;

  /** Runs statements on the server. */
  const sql = (...statements: readonly string[]) => query(admin, ...statements);

  return {
    admin,
    files,
    revision,
    folder,
    config,
    sql,
    /** Runs statements in one of its databases. */
    within: (database: string, ...statements: readonly string[]) => query({ ...admin, database }, ...statements),
    /** The administrator's URL with some parts changed. */
    url: (change: Partial<Connection> = {}, parameters = '') =>
      urlOf({ ...admin, ...change }) + (parameters && `?${parameters}`),
    makeDatabase: async (database: string, options = ''): Promise<void> => {
      await sql(`CREATE DATABASE ${name(database)} ${options}`);
      databases.push(database);
    },
    makeRole: async (role: string, options = ''): Promise<void> => {
      await sql(`CREATE ROLE ${name(role)} LOGIN PASSWORD ${literal(PASSWORD)} ${options}`);
      roles.push(role);
    },
    /**
     * Lets a bot import, backtest, run, look and export on a database; gives all that came of it.
     */
    live: (databaseUrl: string) =>
      liveOn({ databaseUrl, config, files, revision, period: PERIOD, folder: join(folder, `dataset-${++lives}`) }),
    /** Runs a command in this process. */
    bot: (databaseUrl: string, ...args: readonly string[]) =>
      runHere([...args, '--config', config], { env: { DATABASE_URL: databaseUrl } }),
    close: async (): Promise<void> => {
      for (const database of databases) await sql(`DROP DATABASE ${name(database)} WITH (FORCE)`);
      for (const role of roles.toReversed()) await sql(`DROP ROLE ${name(role)}`); // members before their groups
      await base.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** See `openOddServer`. */
export type OddServer = Awaited<ReturnType<typeof openOddServer>>;
