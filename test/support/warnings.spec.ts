import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { runBot } from '../bin/child.js';
import { takeWarnings } from './warnings.js';

describe('what Node warns of during a test', () => {
  it('is heard of this process, of its children and of theirs', async () => {
    const heard = once(process, 'warning');
    process.emitWarning('ours', { code: 'OURS' });
    await heard;
    const child = `require('node:child_process').execFileSync(process.execPath, ['-e', "process.emitWarning('grandchild')"]);
      process.emitWarning('child')`;
    expect(spawnSync(process.execPath, ['-e', child], { encoding: 'utf8' })).to.include({ status: 0, stderr: '' });
    const warnings = takeWarnings().join('\n');
    expect(warnings)
      .to.match(/Warning: ours/)
      .and.match(/Warning: grandchild/)
      .and.match(/Warning: child/);
    expect(takeWarnings()).to.deep.equal([]);
  });

  it('is nothing where bin/bot is started as tests start it', async () => {
    expect(await runBot(['--version'])).to.deep.include({ code: 0, stderr: '' });
    expect(takeWarnings()).to.deep.equal([]);
  });
});
