import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRunWorld } from '../../../bin/run/world.js';
import { Aborted, UserError } from '../../../lib/errors.js';
import { openLive } from '../../../lib/world/store/live/index.js';
import { until, urlOf } from '../child.js';
import { configuration, openScene, query, type Scene } from '../../world/store/fixtures.js';

describe('the start of a process of a live run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-world-'));
  let scene: Scene;
  let config: string;
  before(async () => {
    scene = await openScene();
    config = join(folder, 'config.yaml');
    const url = urlOf(scene.database.connection);
    writeFileSync(config, `application: { logging_level: FATAL }\ndatabase: { connection_string: "${url}" }\n`);
  });
  after(async () => {
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const sql = (statement: string) => query(scene.database.connection, statement);
  const recorded = () =>
    sql('select (select max(id) from run) as run, (select max(id) from configuration_history) as id');
  const start = () =>
    openRunWorld('scanner', { config }, new AbortController().signal).then(
      world => world,
      (error: unknown) => error,
    );

  it('records no run and no configuration while another process has its role', async () => {
    const before = await recorded();
    const other = await openLive(scene.store, scene.database.connection).takeRole('scanner');
    const started = start();
    const sessions = `select count(*)::int as n from pg_stat_activity where application_name like 'crypto-bot scanner %' and datname = current_database()`;
    await until('it waits for the role', async () => (await sql(sessions))[0]!['n'] === 2);
    process.emit('SIGTERM'); // only the start listens for it here
    expect(await started).to.be.instanceOf(Aborted);
    await other.release();
    expect(await recorded()).to.deep.equal(before);
  });

  it('records none either where the database is of another kind of run', async () => {
    const live = openLive(scene.store, scene.database.connection);
    const { id } = await live.openRun({
      mode: 'simulated',
      codeVersion: 'test',
      symbols: [],
      initialBalance: 10_000,
      configuration: configuration('a'),
    });
    const before = await recorded();
    const refused = await start();
    expect(refused).to.be.instanceOf(UserError);
    expect((refused as UserError).lines[0]).to.contain('This database holds simulated runs');
    expect(await recorded()).to.deep.equal(before);
    expect(before[0]).to.have.property('run', id);
    await (await live.takeRole('scanner')).release(); // it has given its role back
  });
});
