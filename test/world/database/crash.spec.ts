import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../../lib/world/database/connection.js';
import { openEmbedded } from '../../../lib/world/database/embedded.js';
import { killServer, newDataDir, postmasterOf, serverIn, startBot, tidy, usedDataDir } from './bots.js';

const answerOf = async (dataDir: string, sql: string): Promise<unknown> => {
  const database = await openEmbedded({ dataDir, durable: false });
  const { rows } = await withClient(database.connection, client => client.query(sql));
  await database.close();
  return rows;
};

const drafts = (dataDir: string): readonly string[] =>
  existsSync(dataDir) ? readdirSync(dataDir).filter(name => name.startsWith('pg.new-')) : [];

describe('the embedded database after a crash', function () {
  this.timeout(60_000);
  afterEach(tidy);

  it('loses no acknowledged row when bot and server are killed together', async () => {
    const dataDir = await usedDataDir();
    for (let round = 1; round <= 3; round++) {
      const bot = startBot({ dataDir, durable: true });
      await bot.query('CREATE TABLE IF NOT EXISTS kept (n int)');
      await bot.query(`INSERT INTO kept VALUES (${round})`);
      await Promise.all([bot.kill(), killServer(dataDir)]);
    }

    expect(await answerOf(dataDir, 'SELECT sum(n)::int AS sum FROM kept')).to.deep.equal([{ sum: 1 + 2 + 3 }]);
  });

  it('starts over a pid file that is empty, garbage, cut, of a dead process, a zombie, a stranger, or another database', async () => {
    const dataDir = await usedDataDir();
    const otherDir = await usedDataDir();
    const other = await openEmbedded({ dataDir: otherDir, durable: false });
    await answerOf(dataDir, 'SELECT 1');
    const zombies = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [said] = (await once(zombies.stdout, 'data')) as [Buffer];
    const zombie = Number(said.toString());
    const rest = `\n${join(dataDir, 'pg')}\n1700000000\n5432\n${join(dataDir, 'socket')}\n\n  1234567  1234567\nready   \n`;

    for (const content of [
      '',
      'nonsense\n\u0000\u0001',
      String(process.pid),
      `4194303${rest}`,
      `${zombie}${rest}`,
      `${process.pid}${rest}`,
      `1${rest}`,
      `${postmasterOf(otherDir)}${rest}`,
      readFileSync(join(otherDir, 'pg', 'postmaster.pid')),
    ]) {
      writeFileSync(join(dataDir, 'pg', 'postmaster.pid'), content);
      expect(await answerOf(dataDir, 'SELECT 1 AS answer'), String(content)).to.deep.equal([{ answer: 1 }]);
    }
    expect(serverIn(otherDir)).to.include(postmasterOf(otherDir));
    zombies.kill();
    await other.close();
  });

  it('waits for what is left of a server whose first process was killed', async () => {
    const dataDir = await usedDataDir();
    const first = await openEmbedded({ dataDir });
    await withClient(first.connection, client => client.query('CREATE TABLE kept AS SELECT 7 AS n'));
    process.kill(postmasterOf(dataDir), 'SIGKILL');

    expect(await answerOf(dataDir, 'SELECT n FROM kept')).to.deep.equal([{ n: 7 }]);
    await first.close();
  });

  it('is created again when a bot was killed while it was being created, with or without its initdb', async () => {
    for (const [index, whole] of [true, false, true, false].entries()) {
      const dataDir = newDataDir();
      const bot = startBot({ dataDir }, { detached: true });
      while (drafts(dataDir).length === 0) await sleep(5);
      await sleep(index * 100);
      if (whole) process.kill(-bot.child.pid!, 'SIGKILL'); // the process group: initdb is in it
      await bot.kill();

      expect(await answerOf(dataDir, 'SELECT 1 AS answer')).to.deep.equal([{ answer: 1 }]);
      expect(drafts(dataDir)).to.deep.equal([]);
    }
  });
});
