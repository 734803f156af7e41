import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../../../lib/world/store/bulk.js';
import { guarded, StoreError } from '../../../lib/world/store/errors.js';
import { openOrm, type Orm } from '../../../lib/world/store/orm.js';
import { emptyDatabase, query, type FreshDatabase } from './fixtures.js';

/** A statement is given up a second later. */
const STATEMENT_MS = 200;

describe('the pool of sessions', function () {
  this.timeout(20_000);
  let database: FreshDatabase;
  let orm: Orm;
  before(async () => {
    database = await emptyDatabase();
    await query(database.connection, 'create table word (word text primary key)');
  });
  beforeEach(async () => {
    orm = await openOrm(database.connection, { poolSize: 1, statementTimeoutMs: STATEMENT_MS });
  });
  afterEach(async () => {
    await orm.close(true);
    await query(database.connection, 'delete from word');
  });
  after(() => database.drop());

  const add = (word: string) => ask(orm.em.fork(), 'insert into word values (?)', [word]);
  const words = async () =>
    (await query(database.connection, 'select word from word order by 1')).map(row => row['word']);
  const session = async () => (await ask<{ pid: number }>(orm.em.fork(), 'select pg_backend_pid() as pid'))[0]!.pid;
  const inTransactions = async () =>
    query(
      database.connection,
      `select state from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    );
  /** Runs `act`, which freezes the server's side of the pool's session, and expects it to fail. */
  const failsFrozen = async (act: (freeze: () => void) => Promise<unknown>): Promise<void> => {
    const pid = await session();
    const failure = await guarded('adding', () => act(() => process.kill(pid, 'SIGSTOP')))
      .then(
        () => null,
        (error: unknown) => error,
      )
      .finally(() => process.kill(pid, 'SIGCONT'));
    expect(failure).to.be.instanceOf(StoreError);
    expect((failure as StoreError).transient, (failure as StoreError).message).to.equal(true);
    await pause(100); // the server goes on where it was
  };

  it('stores what comes after a BEGIN that was not answered in time', async () => {
    await failsFrozen(freeze => {
      freeze();
      return orm.em.fork().transactional(em => ask(em, 'insert into word values (?)', ['first']));
    });
    await add('second');
    expect(await words()).to.deep.equal(['second']);
    expect(await inTransactions()).to.deep.equal([]);
  });

  it('never stores a part of a transaction that was given up', async () => {
    await failsFrozen(freeze =>
      orm.em.fork().transactional(async em => {
        await ask(em, 'insert into word values (?)', ['first half']);
        freeze();
        await ask(em, 'insert into word values (?)', ['second half']);
      }),
    );
    await orm.em.fork().transactional(em => ask(em, 'insert into word values (?)', ['another']));
    expect(await words()).to.deep.equal(['another']);
    expect(await inTransactions()).to.deep.equal([]);
  });

  it('makes another session after a statement that was not answered in time', async () => {
    const before = await session();
    await failsFrozen(freeze => {
      freeze();
      return add('late');
    });
    expect(await session()).not.to.equal(before);
  });

  it('repeats a transaction whose COMMIT was not answered in time', async () => {
    const addOnce = (freeze: () => void) =>
      orm.em.fork().transactional(async em => {
        await ask(em, 'insert into word values (?) on conflict do nothing', ['once']);
        freeze();
      });
    await failsFrozen(addOnce);
    await addOnce(() => undefined);
    expect(await words()).to.deep.equal(['once']);
  });
});
