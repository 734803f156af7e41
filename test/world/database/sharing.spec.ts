import { expect } from 'chai';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../../lib/world/database/connection.js';
import { openEmbedded } from '../../../lib/world/database/embedded.js';
import { newDataDir, postmasterOf, serverIn, startBot, tidy, usedDataDir } from './bots.js';

describe('the embedded database of several bots', function () {
  this.timeout(60_000);
  afterEach(tidy);

  it('comes up once for two bots that start at once on an empty folder, and stops with the last of them', async () => {
    const dataDir = newDataDir();
    const [one, other] = [startBot({ dataDir }), startBot({ dataDir })];
    expect((await one.opened).connection).to.deep.equal((await other.opened).connection);
    await one.query('CREATE TABLE shared (n int)');
    await other.query('INSERT INTO shared VALUES (1)');

    await one.close();
    expect(await other.query('SELECT n FROM shared')).to.deep.equal([{ n: 1 }]);
    await other.close();
    expect(serverIn(dataDir)).to.deep.equal([]);
  });

  it('lives on when its parent is killed, is taken over by the next bot, and stops with it', async () => {
    const dataDir = await usedDataDir();
    const parent = startBot({ dataDir });
    await parent.query('CREATE TABLE kept AS SELECT 1 AS n');
    await parent.kill();
    const pid = postmasterOf(dataDir);
    expect(serverIn(dataDir)).to.include(pid);

    const next = await openEmbedded({ dataDir });
    const { rows } = await withClient(next.connection, client => client.query('SELECT n FROM kept'));
    expect(rows).to.deep.equal([{ n: 1 }]);
    expect(postmasterOf(dataDir)).to.equal(pid);

    await next.close();
    expect(serverIn(dataDir)).to.deep.equal([]);
  });

  it('does not wait for a bot that was killed', async () => {
    const dataDir = await usedDataDir();
    const [killed, last] = [startBot({ dataDir }), startBot({ dataDir })];
    await Promise.all([killed.opened, last.opened]);
    await killed.kill();

    await last.close();

    expect(serverIn(dataDir)).to.deep.equal([]);
    expect(readdirSync(join(dataDir, 'users'))).to.deep.equal([]);
  });

  it('does not hear the Ctrl-C of the terminal that a bot was started from', async () => {
    const dataDir = await usedDataDir();
    const bot = startBot({ dataDir }, { detached: true }); // a process group of its own, as a terminal gives it
    await bot.opened;
    const pid = postmasterOf(dataDir);

    process.kill(-bot.child.pid!, 'SIGINT');
    await once(bot.child, 'exit');
    await sleep(200);

    expect(serverIn(dataDir)).to.include(pid);
  });

  it('closes as often as it is asked to', async () => {
    const dataDir = await usedDataDir();
    const one = await openEmbedded({ dataDir, durable: false });
    const other = await openEmbedded({ dataDir, durable: false });

    await Promise.all([one.close(), one.close()]);
    expect(serverIn(dataDir)).to.not.deep.equal([]);
    await other.close();
    expect(serverIn(dataDir)).to.deep.equal([]);
  });

  it('survives a storm of bots that are killed at any moment, and leaves nothing behind', async () => {
    const dataDir = newDataDir();
    for (let round = 0; round < 4; round++) {
      const bots = [0, 1, 2].map(() => startBot({ dataDir }));
      await Promise.all(bots.map(async (bot, index) => sleep(300 * round + 250 * index).then(() => bot.kill())));
    }

    const last = await openEmbedded({ dataDir, durable: false });
    const { rows } = await withClient(last.connection, client => client.query('SELECT 1 AS answer'));
    expect(rows).to.deep.equal([{ answer: 1 }]);
    await last.close();

    expect(serverIn(dataDir)).to.deep.equal([]);
    expect(readdirSync(join(dataDir, 'users'))).to.deep.equal([]);
    expect(readdirSync(dataDir)).to.have.members(['password', 'pg', 'postgres.log', 'socket', 'users']);
  });
});
