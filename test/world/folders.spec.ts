import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../lib/errors.js';
import { openDatabase } from '../../lib/world/database/index.js';
import { makeFolder } from '../../lib/world/folders.js';
import { BOT, runBot } from '../bin/child.js';

describe('making a folder', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-folders-'));
  const link = join(folder, 'link');
  before(() => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), link);
  });
  after(() => rmSync(folder, { recursive: true }));

  const codeOf = (path: string): string => {
    try {
      makeFolder(path);
      return 'made';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code!;
    }
  };

  it('makes those above it too, with the mode that is asked for, and takes one that is there', () => {
    makeFolder(join(folder, 'a', 'b', 'c'), 0o700);
    makeFolder(join(folder, 'a', 'b', 'c'), 0o755);
    expect(statSync(join(folder, 'a', 'b', 'c')).mode & 0o777).to.equal(0o700);
  });

  // mkdir's own `recursive` never comes back from the first two.
  it('ends where none can be made, saying why', () => {
    expect(codeOf('/proc/x')).to.equal('ENOENT');
    expect(codeOf('/proc/x/y')).to.equal('ENOENT');
    expect(codeOf(link)).to.equal('EEXIST');
    expect(codeOf(join(link, 'x'))).to.equal('EEXIST');
    expect(codeOf(join(folder, 'file'))).to.equal('EEXIST');
    expect(codeOf(join(folder, 'file', 'x'))).to.equal('ENOTDIR');
  });

  it('is refused with a sentence where it is the data folder', async () => {
    for (const [dataDir, says] of [
      ['/proc/x', 'no folder can be made there (ENOENT)'],
      [link, 'a part of that path is a file, or a link to what does not exist (EEXIST)'],
    ] as const) {
      const error: unknown = await openDatabase({ connectionString: 'embedded', dataDir }).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(UserError).with.property('message').that.contains(says);
    }
  });

  it('is refused with a sentence by a command, also from a working folder that is gone', async () => {
    const backtest = ['backtest', '--synthetic', '--from', '2026-01-01', '--to', '2026-01-02', '--export'];
    const { code, stderr } = await runBot([...backtest, '/proc/x']);
    expect(stderr).to.equal(
      'error: --export /proc/x: cannot write there (ENOENT: no folder can be made there), expected a folder that you may write to\n',
    );
    expect(code).to.equal(2);
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    // The shell removes the folder that it is in, then becomes the bot.
    const ended = spawnSync('sh', ['-c', 'rmdir "$PWD" && exec "$@"', 'sh', BOT, ...backtest, 'x'], {
      cwd: gone,
      encoding: 'utf8',
    });
    expect(existsSync(gone)).to.equal(false);
    expect([ended.status, ended.stderr]).to.deep.equal([
      2,
      'error: The working folder does not exist any more (ENOENT). Change to one that does (cd ~) and start again.\n',
    ]);
  });
});
