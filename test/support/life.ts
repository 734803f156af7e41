import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { entities } from '../../entities/index.js';
import { RULES } from '../../lib/universe/catalogue.js';
import { connect } from '../../lib/world/database/connection.js';
import { openDatabase, type Connection } from '../../lib/world/database/index.js';
import { openDesk, scanOf, Trader } from '../world/store/live/scene.js';
import { minute } from './broker.js';
import { runHere } from './here.js';
import { spelled, walk } from './walk.js';

/** What a user does with a database, and with what. */
export interface LifeOptions {
  readonly databaseUrl: string;
  /** Its configuration file. */
  readonly config: string;
  /** Files of Kraken, of BTC/USD and ETH/USD. */
  readonly files: readonly string[];
  /** One of them with other values. */
  readonly revision: string;
  /** Begins and ends a backtest. */
  readonly period: readonly [string, string];
  /** Where a dataset goes. */
  readonly folder: string;
}

/** When something happened, and where: no two lives have that in common. */
const OWN = /^(received_at|created_at|updated_at|started_at|ended_at|revised_at|heartbeat_at|pid|host|uptime)$/;
const LIVE_MINUTES = 24;
const SEED = 5;

const without = (value: unknown, names: RegExp): unknown => {
  if (Array.isArray(value)) return value.map(each => without(each, names));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([name]) => !names.test(name));
  return Object.fromEntries(kept.map(([name, each]) => [name, without(each, names)]));
};

/** Every file of a folder and what is in it, as hashes. */
export const hashesOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => statSync(join(folder, name)).isFile())
      .sort()
      .map(name => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );

/** Every stored row as text, by table, but for when it was stored. */
const rowsOf = async (connection: Connection): Promise<Readonly<Record<string, readonly string[]>>> => {
  const client = await connect(connection);
  const all: Record<string, readonly string[]> = {};
  for (const name of entities.map(({ meta }) => meta.tableName)) {
    const { fields } = await client.query(`select * from "${name}" limit 0`);
    const columns = fields
      .map(field => field.name)
      .filter(column => !OWN.test(column) && `${name}.${column}` !== 'configuration_history.timestamp');
    const { rows } = await client.query<{ row: string }>(
      `select row(${columns.map(column => `"${column}"`).join(', ')})::text as row from "${name}"`,
    );
    // What a minute was first seen as says when that was.
    all[name] = rows.map(({ row }) => row.replace(/(""receivedAt"": ?)\d+|(""received_at"": ?"")[^"]*/, '$1$2')).sort();
  }
  await client.end();
  return all;
};

/**
 * A live run in miniature: scans, trades and everything else that a bot stores while it runs, and
 * what it reads back.
 */
const runLive = async (connection: Connection) => {
  const desk = await openDesk(connection);
  const { live, ids, runId, configurationId, store } = desk;
  try {
    const roles = await Promise.all([live.takeRole('scanner'), live.takeRole('positions')]);
    await live.ensurePartitions(minute(0), minute(LIVE_MINUTES));
    const tape = walk(SEED, LIVE_MINUTES);
    let { trader } = await Trader.start(desk, 'first');
    const events: string[] = [];
    for (let n = 0; n < LIVE_MINUTES; n++) {
      await live.saveScan(desk, scanOf(tape, n, ids));
      const settled = trader.settle(tape, n);
      await settled.save();
      events.push(...spelled(settled.events));
      if (n === LIVE_MINUTES / 2) ({ trader } = await Trader.start(desk, 'second'));
    }
    const bare = ['active', 'quote_currency', 'base_currency'];
    await live.saveVerdicts(
      runId,
      ids,
      ids.flatMap((_, market) =>
        RULES.map(rule => ({
          market,
          at: minute(15),
          rule,
          pass: market > 0,
          ...(bare.includes(rule) ? { value: null, threshold: null } : { value: 1 / 3, threshold: 1e-7 }),
        })),
      ),
    );
    const level = { price: 0.000_007_123_456_789, size: 1e15 / 3 };
    await live.saveSnapshots([
      {
        marketId: ids[0]!,
        at: minute(5),
        ohlcv: { close: 1 / 3 },
        indicators: { rsi_14: 2 / 3, adx_14: NaN },
        book: { at: minute(5), bids: [level], asks: [{ ...level, price: 2 * level.price }], asked: 100 },
        tradingVolume: 1e9 / 7,
        sentiment: null,
        correlationBtc: -1 / 3,
      },
    ]);
    await live.saveCoins([
      { id: ids[1]!, name: `O'Brien's "coin" \\ №1`, cap: { marketCap: 1e12 / 7, at: minute(3) }, sector: 'defi' },
    ]);
    await live.saveTimeframeCandles(ids[0]!, 5, [
      { at: minute(0), open: 1 / 3, high: 1, low: 0.1, close: 2 / 3, volume: 1e-9 },
    ]);
    const shared = await live.shared<{ n: number }>('a state').update(before => {
      const state = { n: (before?.n ?? 0) + 1 };
      return { state, result: state };
    });
    const coins = await live.readCoins(ids);
    const metrics = await live.saveMetrics(desk, minute(LIVE_MINUTES), configurationId);
    const { portfolio, settledUntil, version } = await live.opening(desk, desk.markets);
    await Promise.all(roles.map(role => role.release()));
    return { events, shared, coins, metrics, cash: portfolio.cash, settledUntil, version };
  } finally {
    await store.close();
  }
};

/**
 * Lives a bot's life on a database: imports, backtests, runs live, looks and exports. Gives all
 * that came of it: the same on every database.
 */
export const liveOn = async (options: LifeOptions) => {
  const {
    databaseUrl,
    config,
    files,
    revision,
    period: [from, to],
    folder,
  } = options;
  const done = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runHere([...args, '--config', config], {
      env: { ...process.env, DATABASE_URL: databaseUrl },
    });
    if (code !== 0) throw new Error(`bot ${args.join(' ')} ended with ${code}:\n${stderr}`);
    return stdout;
  };
  const json = async (...args: string[]): Promise<unknown> => JSON.parse(await done(...args, '--json'));
  const backtest = ['backtest', '--from', from, '--to', to, '--symbols', 'BTC/USD,ETH/USD'];
  const told = {
    imported: await json('import', ...files),
    revised: await json('import', revision),
    backtest: await json(...backtest),
  };
  const database = await openDatabase({ connectionString: databaseUrl, dataDir: '/nowhere' });
  const live = await runLive(database.connection);
  const looked = {
    status: without(await json('status'), /^(database|storage|live|startedAt|endedAt)$/),
    check: await json('data', 'check'),
    revisions: await json('data', 'revisions'),
    history: without(await json('config', 'history'), /^timestamp$/),
    why: await json('why', 'AAA/USD', new Date(minute(7)).toISOString().slice(0, 16)),
    universe: await json('universe'),
  };
  await done('export', '--from', from, '--to', to, '--symbols', 'BTC/USD', '--labels', '5', '--out', folder);
  return { ...told, live, ...looked, dataset: hashesOf(folder), rows: await rowsOf(database.connection) };
};
