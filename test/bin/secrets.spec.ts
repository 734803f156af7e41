import { expect } from 'chai';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import type { Connection } from '../../lib/world/database/index.js';
import { csvRow } from '../world/import/files.js';
import { migratedDatabase, query, type FreshDatabase } from '../world/store/fixtures.js';
import { runBot, urlOf } from './child.js';

const CANARY = 'kAn4ry/Secret+&"%7$é';
const ROLE = 'canary_bot';

/** The ways in which a secret might be written. */
const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  const forms = [secret, encodeURIComponent(secret), encodeURI(secret), JSON.stringify(secret).slice(1, -1)];
  // Base64 depends on what stands before: leave out the ends that do.
  const shifted = ['', 'a', 'ab'].map(before =>
    Buffer.from(before + secret)
      .toString('base64')
      .slice(4, -4),
  );
  return [...new Set([...forms, ...shifted, bytes.toString('base64url').slice(0, -4), bytes.toString('hex')])];
};

const found = (secret: string, text: string): string[] => formsOf(secret).filter(form => text.includes(form));

/** Every file under a folder, as far as it can be read, with its text. */
const filesIn = (folder: string): [string, string][] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => {
      const path = join(entry.parentPath, entry.name);
      return [path, readFileSync(path, 'latin1')];
    });

/** All rows of all tables as text. */
const everything = async (connection: Connection): Promise<string> => {
  const tables = await query(
    connection,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await query(connection, `select t::text as text from ${JSON.stringify(name)} t`);
    texts.push(...rows.map(({ text }) => text as string));
  }
  return texts.join('\n');
};

const SYNTHETIC = '--synthetic --symbols BTC/USD --from 2026-01-01 --to 2026-01-02';

describe('a secret', function () {
  this.timeout(60_000);
  let folder: string;
  let database: FreshDatabase;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-secrets-'));
    writeFileSync(join(folder, 'XBTUSD_1.csv'), csvRow(0, 10) + csvRow(1, 11));
    database = await migratedDatabase();
    await query(database.connection, `create role ${ROLE} login superuser password '${CANARY}'`);
  });
  after(async () => {
    const drop = `drop owned by ${ROLE} cascade`; // the partitions that it made
    await query(database.connection, drop, `drop role ${ROLE}`);
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('would be seen by this test however it were written', () => {
    const url = urlOf({ ...database.connection, user: ROLE, password: CANARY });
    expect(found(CANARY, url)).to.not.be.empty;
    for (const text of [JSON.stringify({ CANARY }), Buffer.from(`x${CANARY}`).toString('base64'), btoa(url)])
      expect(found(CANARY, text).length + found(encodeURIComponent(CANARY), text).length).to.be.above(0);
  });

  it('in DATABASE_URL shows nowhere: not on the terminal, in files, nor in the database', async () => {
    const { connection } = database;
    const url = urlOf({ ...connection, user: ROLE, password: CANARY });
    const env = { DATABASE_URL: url, BOT_DATA_DIR: join(folder, 'data'), BOT_DEBUG: '1' };
    const commands: [string, number, Record<string, string>?][] = [
      ['import XBTUSD_1.csv', 0],
      [`backtest ${SYNTHETIC} --export export --json`, 0],
      ['status', 0],
      ['status --json', 0],
      ['migrate --status', 0],
      ['config check --json', 0],
      ['backtest --from 2019-01-01 --to 2019-01-02', 2],
      ['status', 2, { DATABASE_URL: url.replace(/\/\w+$/, '/nowhere') }],
      ['status', 2, { DATABASE_URL: `${url}?sslmode=verify` }],
      ['status', 2, { DATABASE_URL: url.replace('postgresql:', 'ftp:') }],
      ['status', 1, { DATABASE_URL: `postgresql://${ROLE}:${encodeURIComponent(CANARY)}@127.0.0.1:1/x` }],
    ];
    const [first, ...others] = commands;
    const check = async ([typed, expected, other]: (typeof commands)[number]) => {
      const { code, stdout, stderr } = await runBot(typed.split(' '), { cwd: folder, env: { ...env, ...other } });
      expect(code, `bot ${typed}: ${stderr}`).to.equal(expected);
      for (const secret of [CANARY, encodeURIComponent(CANARY)])
        expect(found(secret, `${stdout}\n${stderr}`), `bot ${typed}`).to.deep.equal([]);
    };
    await check(first!); // the others need its candles
    await Promise.all(others.map(check));
    for (const [path, text] of filesIn(folder)) expect(found(CANARY, text), path).to.deep.equal([]);
    const rows = await everything(connection);
    expect(rows).to.include('[redacted]').and.include('BTC/USD');
    expect([...found(CANARY, rows), ...found(encodeURIComponent(CANARY), rows)]).to.deep.equal([]);
  });

  it('of the embedded database shows in its own file only', async () => {
    const dataDir = join(folder, 'embedded');
    const server = await openEmbedded({ dataDir, durable: false });
    try {
      const { password } = server.connection;
      expect(password.length).to.be.at.least(16);
      for (const typed of [`backtest ${SYNTHETIC} --json`, 'status', 'config check']) {
        const { code, stdout, stderr } = await runBot(typed.split(' '), { env: { BOT_DATA_DIR: dataDir } });
        expect(code).to.equal(0);
        expect(found(password, stdout + stderr), `bot ${typed}`).to.deep.equal([]);
      }
      expect(found(password, await everything(server.connection))).to.deep.equal([]);
      const holders = filesIn(dataDir).filter(([, text]) => found(password, text).length > 0);
      expect(holders.map(([path]) => path)).to.deep.equal([join(dataDir, 'password')]);
    } finally {
      await server.close();
    }
  });
});
