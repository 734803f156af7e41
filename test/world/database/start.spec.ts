import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../../lib/world/database/binaries.js';
import {
  isRoot,
  newDataDir,
  postmasterOf,
  serverIn,
  startBot,
  startOrdinaryBot,
  tidy,
  usedDataDir,
  type Bot,
} from './bots.js';

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

const keepsANumber = async (bot: Bot): Promise<void> => {
  await bot.query('CREATE TABLE IF NOT EXISTS kept (n int)');
  await bot.query('INSERT INTO kept VALUES (1)');
};
const numbersKept = async (bot: Bot): Promise<unknown> =>
  (await bot.query('SELECT count(*)::int AS n FROM kept'))[0]?.['n'];

describe('the embedded database on its first start', function () {
  this.timeout(20_000);
  afterEach(tidy);

  it('makes itself in an empty folder, closed to others under any umask, UTF-8 and checksummed without LANG', async () => {
    for (const umask of [0o000, 0o077]) {
      const dataDir = newDataDir();
      const bot = startBot({ dataDir, umask }, { env: { PATH: process.env['PATH'] } });

      const { title, connection } = await bot.opened;
      const [facts] = await bot.query(
        `SELECT current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS checksums,
           current_setting('timezone') AS timezone, current_user AS name, current_database() AS database`.replaceAll(
          '\n',
          ' ',
        ),
      );

      expect(title).to.equal(`embedded PostgreSQL ${findBinaries().version} in ${dataDir}`);
      expect(facts).to.deep.equal({
        encoding: 'UTF8',
        checksums: 'on',
        timezone: 'UTC',
        name: 'bot',
        database: 'crypto_bot',
      });
      expect(connection.password).to.match(/^[0-9a-f]{48}$/);
      expect([dataDir, join(dataDir, 'pg'), join(dataDir, 'socket')].map(mode)).to.deep.equal(['700', '700', '700']);
      expect([join(dataDir, 'password'), join(dataDir, 'postgres.log')].map(mode)).to.deep.equal(['600', '600']);
      await bot.close();
    }
  });

  it('listens on a Unix socket and on no network', async () => {
    const dataDir = await usedDataDir();
    const bot = startBot({ dataDir });
    const { connection } = await bot.opened;

    const [facts] = await bot.query(
      `SELECT current_setting('listen_addresses') AS listens, inet_server_port() AS port`,
    );

    expect(connection.host).to.equal(join(dataDir, 'socket'));
    expect(facts).to.deep.equal({ listens: '', port: null });
    await bot.close();
  });

  it('leaves no process and keeps its rows when it is closed and opened again', async () => {
    const dataDir = newDataDir();
    const first = startBot({ dataDir, durable: true });
    await keepsANumber(first);
    await first.close();
    expect(serverIn(dataDir)).to.deep.equal([]);
    expect(readdirSync(dataDir)).to.have.members(['password', 'pg', 'postgres.log', 'socket', 'users']);
    expect(readdirSync(join(dataDir, 'users'))).to.deep.equal([]);

    const second = startBot({ dataDir });
    expect(await numbersKept(second)).to.equal(1);
    await second.close();
  });

  it('works for an ordinary user', async () => {
    const dataDir = newDataDir();
    const bot = startOrdinaryBot({ dataDir });

    const { uid, title } = await bot.opened;
    await keepsANumber(bot);

    expect(title).to.contain('embedded PostgreSQL');
    expect(uid).to.not.equal(0);
    expect(await numbersKept(bot)).to.equal(1);
    await bot.close();
  });

  it('begins a new log when the old one has grown beyond 5 MB', async () => {
    const dataDir = await usedDataDir();
    await startBot({ dataDir }).close();
    appendFileSync(join(dataDir, 'postgres.log'), 'x'.repeat(5_000_001));

    await startBot({ dataDir }).close();

    expect(statSync(join(dataDir, 'postgres.log')).size).to.be.lessThan(10_000);
    expect(statSync(join(dataDir, 'postgres.log.1')).size).to.be.greaterThan(5_000_000);
  });
});

if (isRoot)
  describe('the embedded database of root', function () {
    this.timeout(20_000);
    afterEach(tidy);
    const userOf = (pid: number): number =>
      Number(/^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

    it('runs in a user namespace, so that its files stay with root', async () => {
      const dataDir = await usedDataDir();
      const bot = startBot({ dataDir });
      await keepsANumber(bot);

      expect(statSync(join(dataDir, 'pg')).uid).to.equal(0);
      expect(
        readFileSync(`/proc/${postmasterOf(dataDir)}/uid_map`, 'utf8')
          .trim()
          .split(/\s+/)[0],
      ).to.not.equal('0');
      await bot.close();
    });

    it('runs as an unprivileged user where namespaces are forbidden, keeps that user, and keeps the rows of before', async () => {
      const dataDir = await usedDataDir();
      const before = startBot({ dataDir });
      await keepsANumber(before);
      await before.close();

      for (const namespaces of [false, true, false]) {
        const bot = startBot({ dataDir, namespaces });
        expect(await numbersKept(bot)).to.equal(1);
        const { uid } = statSync(dataDir);
        expect(uid).to.not.equal(0);
        expect([userOf(postmasterOf(dataDir)), statSync(join(dataDir, 'pg')).uid]).to.deep.equal([uid, uid]);
        await bot.close();
      }
    });

    it('runs as the owner of a folder that another user has made, and leaves it usable for that user', async () => {
      const dataDir = newDataDir();
      const theirs = startOrdinaryBot({ dataDir });
      await keepsANumber(theirs);
      await theirs.close();

      const roots = startBot({ dataDir });
      expect(await numbersKept(roots)).to.equal(1);
      await roots.close();

      const again = startOrdinaryBot({ dataDir });
      expect(await numbersKept(again)).to.equal(1);
      await again.close();
    });

    it('copies its programs to where an unprivileged user can read them', async () => {
      const hidden = mkdtempSync(join(tmpdir(), 'crypto-bot-hidden-'));
      const binaries = findBinaries();
      cpSync(binaries.folder, join(hidden, 'native'), { recursive: true, verbatimSymlinks: true });
      chmodSync(hidden, 0o700);
      const dataDir = await usedDataDir();
      try {
        for (let start = 1; start <= 2; start++) {
          const bot = startBot({
            dataDir,
            namespaces: false,
            binaries: { ...binaries, folder: join(hidden, 'native') },
          });
          expect(await bot.opened).to.include.keys('title');
          await bot.close();
        }
        expect(readdirSync(dataDir)).to.include(`binaries-${binaries.version}`);
      } finally {
        rmSync(hidden, { recursive: true });
      }
    });

    it('is refused with a way out where neither is possible, and the folder stays with root', async () => {
      const dataDir = newDataDir();
      chmodSync(join(dataDir, '..'), 0o700);

      const { lines, exitCode } = await startBot({ dataDir, namespaces: false }).opened;

      expect(lines?.join('\n'))
        .to.match(/does not run as root/)
        .and.match(/BOT_DATA_DIR/)
        .and.match(/DATABASE_URL/);
      expect(exitCode).to.equal(1);
      expect(statSync(dataDir).uid).to.equal(0);
    });

    it('never gives away a folder that holds something else', async () => {
      const dataDir = newDataDir();
      mkdirSync(dataDir);
      appendFileSync(join(dataDir, 'letters.txt'), 'mine');

      const { lines } = await startBot({ dataDir, namespaces: false }).opened;

      expect(lines?.join('\n')).to.match(/BOT_DATA_DIR to an empty folder/);
      expect([dataDir, join(dataDir, 'letters.txt')].map(path => statSync(path).uid)).to.deep.equal([0, 0]);
    });

    it('is taken over and stopped without the right to look at other users’ processes, as in a container', async () => {
      const dataDir = await usedDataDir();
      const bare = {
        file: 'setpriv',
        rights: ['--bounding-set=-sys_ptrace,-sys_admin', '--inh-caps=-sys_ptrace,-sys_admin'],
      };
      const names = [bare.file, ...bare.rights];
      expect(spawnSync(names[0]!, [...names.slice(1), 'true']).status).to.equal(0);
      const first = startBot({ dataDir, namespaces: false }, {}, names);
      await keepsANumber(first);
      await first.kill();
      expect(serverIn(dataDir)).to.not.deep.equal([]);

      const second = startBot({ dataDir, namespaces: false }, {}, names);
      expect(await numbersKept(second)).to.equal(1);
      await second.close();
      expect(serverIn(dataDir)).to.deep.equal([]);
    });

    it('works for a user id that has no name', async () => {
      const dataDir = newDataDir();
      chownSync(join(dataDir, '..'), 12_345, 12_345);
      const bot = startBot({ dataDir }, { uid: 12_345, gid: 12_345 });

      expect(await bot.opened).to.include.keys('title');
      await bot.close();
    });
  });
