import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRetention } from '../../../lib/world/archive/live-retention.js';
import { describeRetained } from '../../../bin/run/scanner-log.js';
import { unversioned } from '../../../lib/settings/settings.js';
import { settingsOf } from '../../support/settings.js';
import { NOW, openArchiveScene } from './scene.js';

describe('a live run with old months', () => {
  let scene: Awaited<ReturnType<typeof openArchiveScene>>;
  let folder: string;
  let said: string[];
  let settings: string;
  beforeEach(async () => {
    scene = await openArchiveScene();
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-retention-'));
    said = [];
    settings = `data: { archive_dir: ${folder} }`;
  });
  afterEach(async () => {
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (stop = new AbortController()) => {
    const say = (level: string) => (first: unknown, text?: string) =>
      void said.push(`${level}: ${(text ?? (first as string)).replace(/[\d.]+ kB/, 'N kB')}`);
    const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
    const retain = openRetention(scene.connection);
    return async (now: number) =>
      describeRetained(log, await retain(now, unversioned(settingsOf(settings)), stop.signal));
  };
  const oldest = async () => (await scene.sql('select min("timestamp")::text as at from market_data'))[0]!['at'];

  it('lets them go, and says where they are kept', async () => {
    await open()(NOW);
    expect(said).to.deep.equal(
      ['2026-01', '2026-02'].map(
        month => `info: minutes of ${month} dropped from the database: 600 rows, N kB, archived in 6 files`,
      ),
    );
    expect(await oldest()).to.equal('2026-03-01 00:01:00+00');
  });

  it('says that nothing is archived where no folder is configured, and obeys an edit from the next round on', async () => {
    const round = open();
    settings = 'application: { market_data_storage_days: null }';
    await round(NOW);
    expect(said).to.deep.equal([]);
    settings = 'application: { market_data_storage_days: 70 }';
    await round(NOW);
    expect(said).to.deep.equal(['info: minutes of 2026-01 dropped from the database: 600 rows, N kB, not archived']);
  });

  it('warns of what cannot be archived, again at each round until it can', async () => {
    writeFileSync(join(folder, 'market_data'), 'no folder');
    const round = open();
    await round(NOW);
    await round(NOW);
    expect(said[0]).to.equal(
      `warn: minutes of 2026-01 not dropped yet: ${folder}/market_data/2026-01/BTC-USD.parquet: a part of that path is a file, not a folder (ENOTDIR)`,
    );
    expect(said).to.have.length(4);
    rmSync(join(folder, 'market_data'));
    await round(NOW);
    expect(await oldest()).to.equal('2026-03-01 00:01:00+00');
  });

  it('looks once at what was imported, and leaves it', async () => {
    await scene.sql(`update market_data set source = 'import' where "timestamp" < '2026-02-01Z'`);
    const round = open();
    await round(NOW);
    await round(NOW);
    expect(said.map(line => line.slice(0, 30))).to.deep.equal([
      'info: minutes of 2026-01 kept:',
      'info: minutes of 2026-02 dropp',
    ]);
  });

  it('goes on where the database does not answer or refuses, and is silent when it is stopped', async () => {
    await scene.sql('alter table market_quality rename to gone');
    await open()(NOW);
    expect(said).to.deep.equal([
      'warn: old months not dropped yet: dropping old months failed: the schema is not what this version expects (42P01): relation "market_quality" does not exist',
    ]);
    const stop = new AbortController();
    stop.abort();
    await open(stop)(NOW);
    expect(said).to.have.length(1);
  });
});
