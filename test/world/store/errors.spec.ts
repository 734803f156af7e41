import { expect } from 'chai';
import { inspect } from 'node:util';
import { SimulatedTrade } from '../../../entities/simulated-trade.js';
import { StoreError } from '../../../lib/world/store/errors.js';
import { openStore } from '../../../lib/world/store/index.js';
import { guarded } from '../../../lib/world/store/errors.js';
import { backtest, openScene, query, type Scene } from './fixtures.js';

const SECRET = 'canary-4711';

describe('an error of the database', () => {
  let scene: Scene;
  before(async () => (scene = await openScene()));
  after(() => scene.close());

  const failing = (act: () => Promise<unknown>) =>
    guarded('trying', act).then(
      () => null,
      (reason: unknown) => reason as StoreError,
    );

  it('says what was done, the code, the constraint and the server’s own words, and never the statement or its values', async () => {
    const em = scene.store.orm.em.fork();
    const ways = [
      () => em.insert(SimulatedTrade, { notes: SECRET, runId: 99 } as never),
      () =>
        em.execute('insert into configuration_history (configuration, hash) values (?, ?)', [
          `{"a":"${SECRET}"}`,
          SECRET,
        ]),
      () => Promise.resolve(em.getKnex().raw('insert into run (notes) values (?)', [SECRET])),
      () => query(scene.database.connection, `select ${SECRET.length} / 0 as "${SECRET}"`),
      () => query(scene.database.connection, `select '${SECRET} - ${SECRET}'::int`),
      () => em.execute('update run set seed = ?::json::text', [`- ${SECRET} - "${SECRET}"`]),
    ];
    for (const way of ways) {
      const error = await failing(way);
      expect(error).to.be.instanceOf(StoreError);
      expect(inspect(error, { depth: 9 }))
        .not.to.contain(SECRET)
        .and.not.to.match(/insert into|select/i);
      expect(error?.message).to.match(/^trying failed: .+ \(2[0-9A-Z]{4}/);
    }
    const named = await failing(ways[1]!);
    expect(named?.constraint).to.equal('configuration_history_hash_shape');
    expect(named?.words).to.match(/^new row for relation "configuration_history" violates check constraint /);
  });

  it('comes within the time limit from a statement that does not end, and may be tried again', async () => {
    const store = await openStore(scene.database.connection, { poolSize: 1, statementTimeoutMs: 200 });
    const began = performance.now();
    const error = await failing(() => store.orm.em.fork().execute('select pg_sleep(5)'));
    expect(performance.now() - began).to.be.below(2_000);
    expect(error).to.include({ code: '57014', transient: true });
    await store.close();
  });

  it('is one that may pass when another transaction holds the row', async () => {
    const store = await openStore(scene.database.connection, { poolSize: 2, statementTimeoutMs: 400 });
    const error = await store.orm.em.fork().transactional(async em => {
      await em.execute('select from run for update');
      return failing(() => store.orm.em.fork().execute('update run set notes = null'));
    });
    expect(error).to.include({ code: '55P03', transient: true });
    await store.close();
  });

  it('passes when the server has dropped the connections', async () => {
    await query(
      scene.database.connection,
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
    );
    // Each connection of the pool may be found dead once.
    for (let tries = 0; tries < 10; tries++) {
      const error = await failing(() => scene.store.markets());
      if (!error) break;
      expect(error).to.have.property('transient', true);
    }
    expect(await scene.store.markets()).to.have.length(3);
  });

  it('passes when a transaction asks on although it is over', async () => {
    const error = await failing(() =>
      scene.store.orm.em.fork().transactional(async em => {
        await em.getTransactionContext<{ rollback(): Promise<void> }>()!.rollback(); // as knex does where a statement got no answer
        await em.execute('select 1');
      }),
    );
    expect(error).to.include({ code: '08006', transient: true });
    expect(await scene.store.markets()).to.have.length(3);
  });

  it('keeps the run alive: its lock is taken again', async function () {
    this.timeout(20_000);
    await query(
      scene.database.connection,
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
    );
    for (let tries = 0; tries < 400; tries++) {
      const locks = await query(
        scene.database.connection,
        `select from pg_locks where locktype = 'advisory' and objid = ${scene.run.id}`,
      );
      if (locks.length > 0) break;
      await new Promise(resolve => setTimeout(resolve, 25));
    }
    expect(await scene.store.abandonDeadRuns()).to.deep.equal([]);
  });

  it('names no secret if the port is closed', async () => {
    const away = { ...scene.database.connection, host: '/nowhere', password: SECRET };
    const error = await openStore(away, { poolSize: 1 }).then(
      () => null,
      (reason: unknown) => reason as StoreError,
    );
    expect(error).to.include({ code: 'ENOENT', transient: true });
    expect(inspect(error, { depth: 9 })).not.to.contain(SECRET);
  });

  it('leaves mistakes of our own as they are', async () => {
    const error = await failing(() => Promise.reject(new TypeError('ours')));
    expect(error).to.be.instanceOf(TypeError);
    expect((await scene.store.startRun(backtest())).configurationId).to.equal(scene.configurationId);
  });
});
