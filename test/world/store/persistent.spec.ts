import { expect } from 'chai';
import { persistent } from '../../../lib/world/store/persistent.js';
import { Aborted } from '../../../lib/errors.js';
import { StoreError } from '../../../lib/world/store/errors.js';
import { openStore, type Store } from '../../../lib/world/store/index.js';
import { guarded } from '../../../lib/world/store/errors.js';
import { migratedDatabase, query, type FreshDatabase } from './fixtures.js';

describe('what a live run has to store', () => {
  let database: FreshDatabase;
  let store: Store;
  let said: string[];
  let beats: number;
  const stop = new AbortController();
  before(async () => {
    database = await migratedDatabase();
    store = await openStore(database.connection, { poolSize: 4 });
    await query(database.connection, 'create table kept (id int primary key, n int)');
  });
  after(async () => {
    await store.close();
    await database.drop();
  });
  beforeEach(async () => {
    said = [];
    beats = 0;
    await query(database.connection, 'delete from kept', 'insert into kept values (1, 0), (2, 0)');
  });

  const say = (_: unknown, text?: string) => void said.push(text ?? '');
  const disk = () => Promise.resolve('2 MB free at /data');
  const stored = () => persistent({ warn: say, info: say }, { signal: stop.signal, beat: () => (beats += 1) }, disk);
  const numbers = async () => (await query(database.connection, 'select n from kept order by id')).map(({ n }) => n);
  /** Resolves for all who wait once so many do, and at once for those who come later. */
  const gathering = (many: number) => {
    let open: () => void = () => undefined;
    const all = new Promise<void>(resolve => (open = resolve));
    return () => (--many <= 0 ? open() : undefined, all);
  };

  it('is stored by both of two that stood in each other’s way (40P01)', async () => {
    const meet = gathering(2);
    const both = (first: number, second: number) =>
      stored()(`${first} and ${second}`, () =>
        guarded('counting', () =>
          store.orm.em.fork().transactional(async em => {
            await em.execute(`update kept set n = n + 1 where id = ${first}`);
            await meet();
            await em.execute(`update kept set n = n + 1 where id = ${second}`);
          }),
        ),
      );
    await Promise.all([both(1, 2), both(2, 1)]);
    expect(await numbers()).to.deep.equal([2, 2]);
    expect(said).to.have.length(2);
    expect(said[0]).to.match(
      /^counting failed: conflict with another transaction \(40P01\): deadlock detected; retrying until it succeeds$/,
    );
    expect(said[1]).to.match(/^the database answers again: /);
    expect(beats).to.equal(1); // it is at work meanwhile
  });

  it('is stored though another transaction changed what it had read (40001)', async () => {
    let tries = 0;
    await stored()('a count', () =>
      guarded('counting', () =>
        store.orm.em.fork().transactional(async em => {
          await em.execute('set transaction isolation level repeatable read');
          const [row] = await em.execute<{ n: number }[]>('select n from kept where id = 1');
          if (tries++ === 0) await query(database.connection, 'update kept set n = 10 where id = 1');
          await em.execute('update kept set n = ? where id = 1', [row!.n + 1]);
        }),
      ),
    );
    expect(tries).to.equal(2);
    expect(await numbers()).to.deep.equal([11, 0]);
  });

  it('is stored as soon as the database’s full disk has room again (53100), and one line says where that is', async () => {
    await query(
      database.connection,
      `create function full_disk() returns trigger language plpgsql as $$ begin
         raise exception 'could not extend file "base/5/16384": No space left on device' using errcode = '53100'; end $$`,
      'create trigger full_disk before update on kept for each statement execute function full_disk()',
    );
    const done = stored()('a count', () =>
      guarded('counting', () => store.orm.em.fork().execute('update kept set n = n + 1')),
    );
    while (beats < 3) await new Promise(resolve => setTimeout(resolve, 20));
    expect(await numbers()).to.deep.equal([0, 0]);
    await query(database.connection, 'drop function full_disk cascade');
    await done;
    expect(await numbers()).to.deep.equal([1, 1]);
    expect(said.pop()).to.equal('the database answers again: a count succeeded');
    expect(new Set(said)).to.deep.equal(
      new Set(["the database's disk is full (2 MB free at /data): nothing is decided until there is room"]),
    );
  });

  it('is not tried again where no waiting mends it, nor once the bot is stopped', async () => {
    const twice = () =>
      guarded('keeping', () => store.orm.em.fork().execute('insert into kept values (1, 1)') as Promise<unknown>);
    const refused = await stored()('a row', twice).catch((reason: unknown) => reason);
    expect(refused).to.be.instanceOf(StoreError).with.property('code', '23505');
    expect(said).to.deep.equal([]);

    const away = () => Promise.reject(new StoreError('keeping', '57P01'));
    const waiting = stored()('a row', away).catch((reason: unknown) => reason);
    await new Promise(resolve => setTimeout(resolve, 50));
    stop.abort();
    const ended = await waiting;
    expect(ended instanceof Aborted || ended instanceof StoreError).to.equal(true);
  });
});
