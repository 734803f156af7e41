import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../../lib/world/whole-file.js';

const FILE = new URL('../../lib/world/whole-file.ts', import.meta.url).href;
const LOCK = new URL('../../lib/world/database/lock.ts', import.meta.url).href;
const LEASES = new URL('../../lib/world/database/leases.ts', import.meta.url).href;
const TSX = import.meta.resolve('tsx/esm');

describe('a small file that is to be kept', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-whole-'));
    path = join(folder, 'password');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a script that can write no byte into any file, as on a full disk; gives what it says. */
  const onFullDisk = (body: string): readonly string[] => {
    const script = join(folder, '..', `${folder.split('/').at(-1)!}.mjs`);
    writeFileSync(script, body);
    try {
      const { stdout, stderr } = spawnSync(
        'bash',
        ['-c', 'ulimit -f 0 && exec "$0" --import "$1" "$2"', process.execPath, TSX, script],
        { encoding: 'utf8' },
      );
      return `${stdout}${stderr}`.trim().split('\n');
    } finally {
      rmSync(script);
    }
  };

  it('is there whole, for its owner alone, in place of what was there', () => {
    for (const text of ['first', 'second']) {
      writeWhole(path, text, 0o600);
      expect(readFileSync(path, 'utf8')).to.equal(text);
    }
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readdirSync(folder)).to.deep.equal(['password']);
  });

  it('stays as it was where the disk is full, and nothing is left beside it', () => {
    writeFileSync(path, 'old');
    const said = onFullDisk(
      `import { writeWhole } from '${FILE}';
       try { writeWhole('${path}', 'new', 0o600); console.log('written'); } catch ({ code }) { console.log(code); }`,
    );
    expect(said).to.deep.equal(['EFBIG']);
    expect(readFileSync(path, 'utf8')).to.equal('old');
    expect(readdirSync(folder)).to.deep.equal(['password']);
  });

  it('is none for the lock and the leases of the data folder: they need no room, so that a database can be stopped on a full disk', () => {
    const said = onFullDisk(
      `import { writeFileSync } from 'node:fs';
       import { withLock } from '${LOCK}';
       import { returnLease, takeLease } from '${LEASES}';
       const isFull = () => { try { writeFileSync('${path}', 'text'); return false; } catch { return true; } };
       const lease = await withLock('${folder}', async () => takeLease('${folder}'));
       console.log(isFull(), await withLock('${folder}', async () => returnLease('${folder}', lease)));`,
    );
    expect(said).to.deep.equal(['true 0']);
    expect(existsSync(join(folder, 'lock'))).to.equal(false);
    expect(readdirSync(join(folder, 'users'))).to.deep.equal([]);
  });
});
