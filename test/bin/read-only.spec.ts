import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIGRATION_NAMES } from '../../lib/world/store/migration-list.js';
import { MINUTE_MS } from '../../lib/units.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import { migrate } from '../../lib/world/store/migrate.js';
import { runHere } from '../support/here.js';
import { hashesOf, liveOn } from '../support/life.js';
import { newDataDir, tidy } from '../world/database/bots.js';
import { migratedDatabase, query, type FreshDatabase } from '../world/store/fixtures.js';
import { urlOf } from './child.js';
import { EAGEREST, krakenCsv } from './market-files.js';

const PASSWORD = 'only-reads';
const [FROM, TO] = ['2026-02-01T00:00', '2026-02-01T03:00'];
const STORED_TO = Date.UTC(2026, 1, 1, 4);
const PERIOD = ['--from', FROM, '--to', TO] as const;

/** What stores nothing. */
const READING: readonly (readonly string[])[] = [
  ['status', '--json'],
  ['why', 'AAA/USD', '2026-01-01T00:07', '--json'],
  ['universe', '--json'],
  ['data', 'check', '--json'],
  ['data', 'revisions', '--json'],
  ['config', 'history', '--json'],
  ['config', 'diff', '1', '2', '--json'],
  ['config', 'show', '1', '--json'],
  ['migrate', '--status', '--json'],
  ['data', 'retain', '--dry-run', '--json'],
  ['backtest', ...PERIOD, '--symbols', 'BTC/USD', '--dry-run', '--json'],
  ['backtest', ...PERIOD, '--synthetic', '--dry-run', '--json'],
];
const WRITING: readonly (readonly string[])[] = [
  ['backtest', ...PERIOD],
  ['data', 'retain'],
  ['data', 'repair'],
  ['download', ...PERIOD],
  ['seed'],
  ['migrate'],
  ['run', '--for', '1s'],
];

describe('a database that may only be read', function () {
  this.timeout(120_000);
  let folder: string;
  let config: string;
  let files: readonly string[];
  let database: FreshDatabase;
  let owner: string;
  let reader: string;

  const typed = (databaseUrl: string, args: readonly string[]) =>
    runHere([...args, '--config', config], { env: { DATABASE_URL: databaseUrl } });
  const jsonOf = async (databaseUrl: string, args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await typed(databaseUrl, args);
    expect(code, `bot ${args.join(' ')}: ${stderr}`).to.equal(0);
    expect(stderr).to.equal('');
    const document = JSON.parse(stdout) as Record<string, unknown>;
    return { ...document, database: null, ...(args[0] === 'status' && { live: null, storage: null }) };
  };
  const sql = (...statements: readonly string[]) => query(database.connection, ...statements);
  const lives = (databaseUrl: string) =>
    liveOn({
      databaseUrl,
      config,
      files,
      revision: files[0]!,
      period: [FROM, TO],
      folder: join(folder, 'dataset'),
    });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-reader-'));
    config = join(folder, 'config.yaml');
    writeFileSync(config, EAGEREST);
    files = Object.entries({ XBTUSD: 'BTC/USD', ETHUSD: 'ETH/USD' }).map(([pair, symbol]) => {
      const path = join(folder, `${pair}_1.csv`);
      writeFileSync(path, krakenCsv(symbol, 5, STORED_TO - 720 * MINUTE_MS, STORED_TO));
      return path;
    });
    database = await migratedDatabase();
    // Granted before there is a partition: of those the role hears through their table alone.
    await sql(
      `CREATE ROLE only_reads LOGIN PASSWORD '${PASSWORD}'`,
      'GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads',
    );
    owner = urlOf(database.connection);
    reader = urlOf({ ...database.connection, user: 'only_reads', password: PASSWORD });
    await lives(owner);
    await typed(owner, ['backtest', ...PERIOD, '--synthetic']);
  });
  after(async () => {
    await database.drop();
    await query({ ...database.connection, database: 'postgres' }, 'DROP ROLE only_reads');
    await tidy();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const args of READING)
    it(`gives a role with SELECT alone the same output as its owner: bot ${args.join(' ')}`, async () => {
      expect(await jsonOf(reader, args)).to.deep.equal(await jsonOf(owner, args));
    });

  it('is exported by a role with SELECT alone, to the same bytes', async () => {
    const out = join(folder, 'by-reader');
    const args = ['export', ...PERIOD, '--symbols', 'BTC/USD', '--labels', '5', '--out', out];
    expect(await typed(reader, args)).to.include({ code: 0, stderr: '' });
    expect(hashesOf(out)).to.deep.equal(hashesOf(join(folder, 'dataset')));
  });

  for (const args of [['import'], ...WRITING])
    it(`says to a role with SELECT alone which role may run bot ${args.join(' ')}`, async () => {
      const { code, stderr } = await typed(reader, args[0] === 'import' ? ['import', ...files] : args);
      expect(stderr).to.match(
        /^error: The database .* lets only_reads only read the bot's tables in the schema public\.\nerror: Use the role that owns them, bot\. These need only SELECT: status, why, universe, .* backtest --dry-run\.\n$/,
      );
      expect(code).to.equal(2);
    });

  it('is found by a role that has a schema of its own as well', async () => {
    await sql('CREATE SCHEMA only_reads AUTHORIZATION only_reads');
    try {
      expect(await jsonOf(reader, ['status', '--json'])).to.deep.equal(await jsonOf(owner, ['status', '--json']));
    } finally {
      await sql('DROP SCHEMA only_reads CASCADE');
    }
  });

  it('names the missing grant to a role that may insert other rows only', async () => {
    await sql('GRANT INSERT ON run TO only_reads');
    const { code, stderr } = await typed(reader, ['backtest', ...PERIOD, '--symbols', 'BTC/USD']);
    await sql('REVOKE INSERT ON run FROM only_reads');
    expect(stderr).to.match(
      /^error: Database error while looking for dead runs: permission denied for \w+ \w+ \(42501\)\.\nerror: As (its|the) owner.* run: GRANT /,
    );
    expect(code).to.equal(1);
  });

  it('is not migrated by a role without the privileges, which are named', async () => {
    const last = MIGRATION_NAMES.at(-1)!;
    await migrate(database.connection, { down: last });
    try {
      const { code, stderr } = await typed(reader, ['status']);
      expect(stderr).to.equal(
        `error: The database needs 1 more migration for this version (from ${last} on), and only_reads may not create tables.\nerror: Run bin/bot migrate as the owner of the tables.\n`,
      );
      expect(code).to.equal(2);
    } finally {
      await migrate(database.connection);
    }
  });

  it('may be a standby', async () => {
    const dataDir = newDataDir();
    const primary = await openEmbedded({ dataDir, durable: false });
    await typed(urlOf(primary.connection), ['import', ...files]);
    const before = await jsonOf(urlOf(primary.connection), ['data', 'check', '--json']);
    await primary.close();
    writeFileSync(join(dataDir, 'pg', 'standby.signal'), '');
    const standby = await openEmbedded({ dataDir, durable: false });
    const url = urlOf(standby.connection);
    expect(await jsonOf(url, ['data', 'check', '--json'])).to.deep.equal(before);
    expect((await typed(url, ['status'])).code).to.equal(0);
    const { code, stderr } = await typed(url, ['import', ...files]);
    expect(stderr).to.match(
      /^error: The database .* is a standby, which is read-only\.\nerror: Point DATABASE_URL to the primary\. On a standby these work: status, why, /,
    );
    expect(code).to.equal(2);
    await standby.close();
  });
});
