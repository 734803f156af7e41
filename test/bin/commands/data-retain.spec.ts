import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MonthOutcome } from '../../../lib/ops/plan.js';
import { openArchiveScene } from '../../world/archive/scene.js';
import { jsonHere, runHere } from '../../support/here.js';
import { urlOf, type ChildOptions } from '../child.js';

interface Document {
  readonly storageDays: number | null;
  readonly keptFrom: string | null;
  readonly archive: string | null;
  readonly months: readonly MonthOutcome[];
}

describe('bin/bot data retain', () => {
  let scene: Awaited<ReturnType<typeof openArchiveScene>>;
  let folder: string;
  let world: ChildOptions;
  const config = (text: string) => {
    writeFileSync(join(folder, 'config.yaml'), text);
    return ['--config', join(folder, 'config.yaml')];
  };
  const archived = () => config(`data: { archive_dir: ${folder}/archive }`);

  before(async () => {
    scene = await openArchiveScene();
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-retain-'));
    world = { env: { DATABASE_URL: urlOf(scene.connection) }, cwd: folder };
  });
  after(async () => {
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says with --dry-run what would go, by the newest stored minute and whatever the clock says', async () => {
    const { code, stdout } = await runHere(['data', 'retain', '--dry-run', ...archived()], world);
    expect(code).to.equal(0);
    const lines = stdout.split('\n').map(line => line.trim().split(/ {2,}/));
    expect(lines.slice(1, 3).map(([month, rows, , what]) => [month, rows, what])).to.deep.equal(
      ['2026-01', '2026-02'].map(month => [month, '600', 'would be archived and dropped']),
    );
    expect(stdout).to.contain(`Archive: ${folder}/archive`);
    const unarchived = await runHere(
      ['data', 'retain', '--dry-run', ...config('{ portfolio: { currency: USD } }')],
      world,
    );
    expect(unarchived.stdout)
      .to.contain('would be dropped, not archived')
      .and.contain('No archive: data.archive_dir is null.');
    const document = await jsonHere<Document>(['data', 'retain', '--dry-run'], world);
    expect(document).to.deep.include({ storageDays: 30, keptFrom: '2026-03-16T00:00:00Z', archive: null });
    expect(document.months.map(({ month, outcome }) => [month, outcome])).to.deep.equal([
      ['2026-01', 'due'],
      ['2026-02', 'due'],
    ]);
    expect(existsSync(join(folder, 'archive'))).to.equal(false);
  });

  it('says so where all is kept, or nothing is due', async () => {
    const kept = await runHere(['data', 'retain', ...config('application: { market_data_storage_days: null }')], world);
    expect(kept.stdout).to.match(/^Everything is kept for ever/);
    const young = await runHere(['data', 'retain', ...config('application: { market_data_storage_days: 100 }')], world);
    expect(young.stdout).to.equal(
      'No month is due: only whole months are dropped, and each has minutes from 2026-01-05 on, which are kept.\n', // 15 April less 100 days
    );
  });

  it('ends with 1 and the reason where a month has to stay', async () => {
    writeFileSync(join(folder, 'archive'), 'no folder');
    const { code, stdout, stderr } = await runHere(['data', 'retain', ...archived()], world);
    rmSync(join(folder, 'archive'));
    expect(code).to.equal(1);
    expect(stdout).to.match(/^2026-01 +600 .*stays: .*ENOTDIR/m);
    expect(stderr).to.contain('error: 2026-01 stays: ').and.contain('(ENOTDIR)');
  });

  it('archives and drops', async () => {
    const { code, stdout } = await runHere(['data', 'retain', ...archived()], world);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^2026-01 +600 .*archived and dropped$/m);
    expect(existsSync(join(folder, 'archive/market_data/2026-02/ETH-USD.parquet'))).to.equal(true);
    expect((await jsonHere<Document>(['data', 'retain', '--dry-run'], world)).months).to.deep.equal([]);
    const { days } = await jsonHere<{ days: readonly { day: string; isGone: boolean }[] }>(
      ['data', 'check', '--symbols', 'BTC/USD'],
      world,
    );
    expect(days.find(({ day }) => day === '2026-01-01')!.isGone).to.equal(true);
  });
});
