import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { UserError } from '../../lib/errors.js';
import { diskFullFault } from '../../lib/world/disk.js';
import { StoreError } from '../../lib/world/store/errors.js';
import { writeTextFile } from '../../lib/world/text-file.js';

describe('a disk that is full', () => {
  const full = new StoreError('saving candles', '53100');

  it('is named: the folder of an embedded database, or the server of another', async () => {
    const own = await diskFullFault(full, { dataDir: tmpdir(), title: 'embedded PostgreSQL' });
    expect(own).to.be.instanceOf(UserError).with.property('exitCode', 1);
    expect(own!.lines[0]).to.match(
      new RegExp(`^The database's disk is full \\(\\d+ MB free at ${tmpdir()}\\): the last write is not stored\\.$`),
    );
    const other = await diskFullFault(full, { title: 'bot@db:5432/crypto' });
    expect(other!.lines[0]).to.contain("The database's disk is full (bot@db:5432/crypto):");
    expect(await diskFullFault(new StoreError('saving', '57P01'), { title: 'x' })).to.equal(null);
  });

  if (existsSync('/dev/full'))
    it('is named with the file that a user asked for', async () => {
      const fault = await writeTextFile('--html', '/dev/full', 'x').catch((error: unknown) => error);
      expect(fault).to.be.instanceOf(UserError).with.property('exitCode', 1);
      expect((fault as UserError).lines).to.deep.equal([
        '--html /dev/full: the disk is full.',
        'Free some space and try again.',
      ]);
    });
});
