import { expect } from 'chai';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../lib/errors.js';
import { checkExportFolder, writeExport } from '../../lib/world/export-csv.js';
import { sampleReport, twoTrades } from '../report/sample-report.js';

describe('exporting a report', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'export-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const refusal = (work: Promise<void>): Promise<UserError> =>
    work.then(
      () => expect.fail('it was not refused'),
      (error: unknown) => {
        expect(error).to.be.instanceOf(UserError);
        return error as UserError;
      },
    );

  it('writes three whole files into a folder that it makes, and nothing else', async () => {
    const target = join(folder, 'a', 'b');
    await writeExport(target, sampleReport(twoTrades));
    expect((await readdir(target)).sort()).to.deep.equal(['equity.csv', 'exits.csv', 'trades.csv']);
    const lines = (await readFile(join(target, 'exits.csv'), 'utf8')).split('\r\n');
    expect(lines).to.have.length(1 + 3 + 1);
    expect(lines[1]).to.equal('1,ETH/USD,2026-04-01T05:00:00Z,98,5,100,stop_loss,-13.96,1.96,momentum');
  });

  it('refuses a file in place of the folder', async () => {
    const target = join(folder, 'file');
    await writeFile(target, 'mine');
    const error = await refusal(checkExportFolder(target));
    expect(error.exitCode).to.equal(2);
    expect(error.message).to.include('found a file, expected a folder');
    expect(await readFile(target, 'utf8')).to.equal('mine');
  });

  it('refuses a place where no folder can be made', async () => {
    await writeFile(join(folder, 'file'), '');
    const error = await refusal(checkExportFolder(join(folder, 'file', 'deeper')));
    expect(error.message).to.include('cannot write there (ENOTDIR: a part of that path is a file, not a folder)');
  });

  it('does not overwrite an earlier export', async () => {
    await writeFile(join(folder, 'trades.csv'), 'earlier');
    const error = await refusal(writeExport(folder, sampleReport(twoTrades)));
    expect(error.message).to.include('found trades.csv there');
    expect(await readdir(folder)).to.deep.equal(['trades.csv']);
    expect(await readFile(join(folder, 'trades.csv'), 'utf8')).to.equal('earlier');
  });
});
