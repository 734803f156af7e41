import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOutOfFiles, outOfFiles } from '../../lib/world/open-files.js';
import { guarded, StoreError } from '../../lib/world/store/errors.js';

const codeError = (code: string, rest: ErrorOptions = {}) => Object.assign(new Error(code, rest), { code });
const CLI = new URL('../../bin/cli.ts', import.meta.url).href;
const CHECK = new URL('../../bin/commands/config.ts', import.meta.url).href;
const TSX = import.meta.resolve('tsx/esm');

describe('too few files that may be open', () => {
  it('are distinguished from other errors, wherever they are hidden', () => {
    const full = codeError('EMFILE');
    for (const error of [full, codeError('X', { cause: full }), new AggregateError([full]), codeError('ENFILE')])
      expect(isOutOfFiles(error)).to.equal(true);
    for (const error of [codeError('ENOENT'), new Error('EMFILE'), 'EMFILE', null, new AggregateError([])])
      expect([isOutOfFiles(error), outOfFiles(error)]).to.deep.equal([false, null]);
  });

  it('are reported with the limit and how it is raised', () => {
    const own = outOfFiles(codeError('EMFILE'))!;
    expect(own.exitCode).to.equal(1);
    expect(own.lines).to.have.length(2);
    expect(own.lines[0]).to.match(
      /^This process may have \d+ files and connections open, and needs more \(EMFILE\)\.$/,
    );
    expect(own.lines[1]).to.include('ulimit -n 4096');
    expect(outOfFiles(codeError('ENFILE'))!.lines.join()).to.match(/all programs .* fs\.file-max/);
  });

  it('pass, for what is to be stored', async () => {
    const error: unknown = await guarded('saving', () => Promise.reject(codeError('EMFILE'))).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(StoreError).and.include({ code: 'EMFILE', transient: true });
    expect((error as StoreError).message).to.equal(
      'saving failed: this process may open no more files and connections (EMFILE)',
    );
  });

  it('end a command with a line and code 1, never as a fault of the bot', () => {
    const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-files-'));
    try {
      // All of its code is loaded when it runs out of them.
      writeFileSync(
        join(folder, 'run.mjs'),
        `import { openSync } from 'node:fs';
         import { main } from '${CLI}';
         import '${CHECK}';
         for (;;) try { openSync('/dev/null'); } catch { break; }
         await main(['node', 'bot', 'config', 'check']);`,
      );
      const { status, stdout, stderr } = spawnSync(
        'bash',
        ['-c', 'ulimit -n 200 && exec "$0" --import "$1" "$2"', process.execPath, TSX, join(folder, 'run.mjs')],
        { encoding: 'utf8' },
      );
      expect({ status, stdout }, stderr).to.deep.equal({ status: 1, stdout: '' });
      expect(stderr).to.match(
        /^error: This process may have 200 files and connections open, and needs more \(EMFILE\)\.\nerror: Raise that limit .*ulimit -n 4096.*\n$/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
