import { expect } from 'chai';
import { UserError } from '../../lib/errors.js';
import { loadTulind } from '../../lib/world/tulind.js';

describe('loadTulind', () => {
  it('gives the module that was built', async () => {
    const { indicators } = await loadTulind();
    // 3 - 1 = 2 over 1
    expect(await indicators['roc']!.indicator([[1, 3]], [1])).to.deep.equal([[2]]);
  });

  it('says what is missing and what to do where it was not built', async () => {
    const error: unknown = await loadTulind(() =>
      Promise.reject(new Error('Cannot find module tulind.node\nRequire stack')),
    ).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(UserError).and.to.include({ exitCode: 1 });
    const { lines } = error as UserError;
    expect(lines[0]).to.equal('The native module tulind could not be loaded: Cannot find module tulind.node');
    expect(lines.join('\n')).to.include('npm rebuild tulind');
  });
});
