import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../lib/ops/log.js';
import { appendLines } from '../../lib/world/append.js';

describe('lines appended to a file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'crypto-bot-append-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const appended = async (file: string, ...parts: readonly (readonly string[])[]): Promise<readonly string[]> => {
    const warnings: string[] = [];
    const warn = ((_: unknown, text: string) => void warnings.push(text)) as Log['warn'];
    for (const lines of parts) await appendLines(file, lines, { warn });
    return warnings;
  };

  it('follow those that are there, in a file that the first of them creates', async () => {
    const file = join(folder, 'lines');
    expect(await appended(file, [])).to.deep.equal([]);
    expect(existsSync(file)).to.equal(false);
    expect(await appended(file, ['a', 'b'], [], ['c'])).to.deep.equal([]);
    expect(readFileSync(file, 'utf8')).to.equal('a\nb\nc\n');
  });

  it('are lost with a warning where they cannot be written', async () =>
    expect(await appended(folder, ['a'])).to.deep.equal([
      `cannot append to ${folder} (EISDIR: it is a folder): its lines are lost`,
    ]));
});
