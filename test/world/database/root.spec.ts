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
  keepsANumber,
  numbersKept,
  isRoot,
  newDataDir,
  postmasterOf,
  serverIn,
  startBot,
  startOrdinaryBot,
  tidy,
  usedDataDir,
} from './bots.js';

// Containers of the usual kind forbid both to their root: then it is bare already, and always runs
// as an unprivileged user
const namespacesWork = spawnSync('unshare', ['--user', '--map-user=1000', 'true']).status === 0;
const rightsCanBeDropped = spawnSync('setpriv', ['--bounding-set=-sys_ptrace', 'true']).status === 0;

if (isRoot)
  describe('the embedded database of root', function () {
    this.timeout(60_000);
    afterEach(tidy);
    const userOf = (pid: number): number =>
      Number(/^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

    if (namespacesWork)
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
      const rights = '-sys_ptrace,-sys_admin';
      const bare = rightsCanBeDropped ? ['setpriv', `--bounding-set=${rights}`, `--inh-caps=${rights}`] : [];
      const first = startBot({ dataDir, namespaces: false }, {}, bare);
      await keepsANumber(first);
      await first.kill();
      expect(serverIn(dataDir)).to.not.deep.equal([]);

      const second = startBot({ dataDir, namespaces: false }, {}, bare);
      expect(await numbersKept(second)).to.equal(1);
      await second.close();
      expect(serverIn(dataDir)).to.deep.equal([]);
    });

    if (namespacesWork)
      it('works for a user id that has no name', async () => {
        const dataDir = newDataDir();
        chownSync(join(dataDir, '..'), 12_345, 12_345);
        const bot = startBot({ dataDir }, { uid: 12_345, gid: 12_345 });

        expect(await bot.opened).to.include.keys('title');
        await bot.close();
      });
  });
