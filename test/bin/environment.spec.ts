import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { migratedDatabase, query, type FreshDatabase } from '../world/store/fixtures.js';
import { jsonOf, runBot, urlOf } from './child.js';
import { EAGER, krakenCsv } from './market-files.js';

/** Days in whose first hours, at night in New York, clocks there go forward and back. */
const NIGHTS = [Date.UTC(2026, 2, 8), Date.UTC(2026, 10, 1)] as const;
const DAY_MS = 86_400_000;

/** What two runs never have in common: when they happened. */
const WALL_CLOCK = ['received_at', 'created_at', 'updated_at', 'started_at', 'ended_at'];

describe('the environment that a bot is started in', function () {
  this.timeout(60_000);
  const databases: FreshDatabase[] = [];
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'crypto-bot-environment-'))));
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all(databases.map(database => database.drop()));
  });
  const newDatabase = async () => {
    const database = await migratedDatabase();
    databases.push(database);
    return database.connection;
  };

  it('lets no variable of MikroORM, nor a file .env of something else, lead to another database', async () => {
    const connection = await newDatabase();
    const strange = { MIKRO_ORM_HOST: 'nowhere.invalid', MIKRO_ORM_DB_NAME: 'strange', MIKRO_ORM_TIMEZONE: '+03:00' };
    const text = Object.entries(strange).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(folder, '.env'), text.join(''));
    const env = { DATABASE_URL: urlOf(connection) };
    for (const options of [{ env: { ...env, ...strange } }, { env, cwd: folder }])
      expect(await runBot(['status'], options)).to.include({ code: 0, stderr: '' });
  });

  it('changes no stored value by its time zone, over both nights of its summer time, nor by its language', async () => {
    const config = join(folder, 'config.yaml');
    writeFileSync(config, EAGER);
    const files = NIGHTS.map((night, n) => {
      const file = join(folder, `night-${n}`, 'XBTUSD_1.csv');
      mkdirSync(dirname(file));
      writeFileSync(file, krakenCsv('BTC/USD', 1, night - 2 * DAY_MS, night + DAY_MS));
      return file;
    });
    const told = async (env: Readonly<Record<string, string>>) => {
      const connection = await newDatabase();
      const world = { env: { ...env, DATABASE_URL: urlOf(connection) } };
      const texts = [await runBot(['import', ...files, '--config', config], world)];
      const trades: unknown[] = [];
      for (const night of NIGHTS) {
        const [start, end] = [night - DAY_MS, night + DAY_MS].map(at => new Date(at).toISOString().slice(0, 16));
        const args = ['backtest', '--config', config, '--from', start!, '--to', end!];
        const report = await jsonOf<{ trades: unknown[] }>(args, world);
        trades.push(report.trades);
      }
      texts.push(await runBot(['data', 'check', '--config', config], world));
      const rows = await query(
        connection,
        `select table_name as name, string_agg(quote_ident(column_name::text), ', ' order by ordinal_position) as columns
         from information_schema.columns join pg_class on relname = table_name and not relispartition
         where table_schema = 'public' and column_name <> all ('{${WALL_CLOCK.join()}}')
           and table_name in ('market_data', 'cryptocurrency', 'simulated_trade', 'partial_exit', 'opportunity', 'equity_point', 'performance_metric')
         group by 1`,
      );
      const stored: string[] = [];
      for (const { name, columns } of rows) {
        const found = await query(
          connection,
          `select row(${String(columns)})::text as row from ${String(name)} order by 1`,
        );
        stored.push(...found.map(({ row }) => `${String(name)} ${String(row)}`));
      }
      return { trades, stored, texts: texts.map(({ code, stdout, stderr }) => ({ code, stdout, stderr })) };
    };
    const plain = await told({ TZ: 'UTC' });
    expect(plain.stored.filter(row => row.startsWith('market_data'))).to.have.length.above(2 * 3 * 1_400);
    expect(plain.stored.filter(row => row.startsWith('simulated_trade'))).to.have.length.above(4);
    const german = { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' };
    const elsewhere = await told({ TZ: 'America/New_York', ...german });
    expect(elsewhere.stored).to.deep.equal(plain.stored);
    expect(elsewhere.trades).to.deep.equal(plain.trades);
    expect(elsewhere.texts).to.deep.equal(plain.texts);
  });
});
