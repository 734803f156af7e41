import { expect } from 'chai';
import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries } from '../../../lib/world/database/binaries.js';
import {
  keepsANumber,
  numbersKept,
  newDataDir,
  serverIn,
  startBot,
  startOrdinaryBot,
  tidy,
  usedDataDir,
} from './bots.js';

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the embedded database on its first start', function () {
  this.timeout(60_000);
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
