import { expect } from 'chai';
import { acquireRunLock } from '../../../bin/run/run-lock.js';
import { Aborted, UserError } from '../../../lib/errors.js';
import { takeRole } from '../../../lib/world/store/live/roles.js';
import { sleep } from '../../../lib/world/sleep.js';
import { openProxy } from '../../world/store/live/proxy.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { until } from '../child.js';

const failure = (act: Promise<unknown>) =>
  act.then(
    () => null,
    (error: unknown) => error,
  );

describe('the only run on a database', function () {
  this.timeout(40_000);
  let database: FreshDatabase;
  let said: string[];
  beforeEach(async () => {
    database = await migratedDatabase();
    said = [];
  });
  afterEach(() => database.drop());

  const say = (first: unknown, text?: string) => void said.push(text ?? String(first));
  const become = (signal = new AbortController().signal) =>
    acquireRunLock(database.connection, { log: { info: say, warn: say }, signal, backMs: 500 });
  const holders = () =>
    query(
      database.connection,
      `select pid, exists (select from pg_locks where pid = session.pid and locktype = 'advisory' and granted) as has
       from pg_stat_activity as session where application_name like 'crypto-bot run %' and datname = current_database()
       order by backend_start`,
    );
  const breakSession = () =>
    query(
      database.connection,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'crypto-bot run %' and datname = current_database()`,
    );

  it('keeps its place though its session breaks, and gives it back', async () => {
    const only = await become();
    const [before] = await holders();
    await breakSession();
    await until('it has its place again', async () => {
      const [now] = await holders();
      return now !== undefined && now['pid'] !== before!['pid'];
    });
    expect(await failure(become()))
      .to.be.instanceOf(UserError)
      .with.property('exitCode', 1);
    await only.release();
    await (await become()).release();
  });

  it('says so when another one has taken its place meanwhile, and by whom', async () => {
    const only = await become();
    await breakSession();
    const other = await takeRole(database.connection, 'run', { timeoutMs: 900 });
    expect(await only.superseded).to.match(
      new RegExp(
        `^A bot runs on this database already \\(process ${process.pid} on .*\\): two bots on one database would trade`,
      ),
    );
    await other.release();
  });

  it('is not overtaken by itself where the server has not heard yet that its session is gone', async () => {
    const proxy = await openProxy(database.connection);
    const stop = new AbortController();
    const only = await acquireRunLock(proxy.connection, {
      log: { info: say, warn: say },
      signal: stop.signal,
      backMs: 10_000,
    });
    let over = '';
    void only.superseded.then(reason => (over = reason));
    try {
      const [before] = await holders();
      proxy.cut();
      await until('it asks for its place again', async () => (await holders()).length === 2);
      await sleep(500);
      expect((await holders())[0]).to.deep.equal(before);
      await query(database.connection, `select pg_terminate_backend(${String(before!['pid'])})`);
      await until('it has its place again', async () => {
        const [now, ...others] = await holders();
        return others.length === 0 && now?.['has'] === true;
      });
      expect(over).to.equal('');
    } finally {
      stop.abort();
      await only.release();
      await proxy.close();
    }
  });

  it('is none while somebody has a role, for whom it waits until it is stopped', async () => {
    const role = await takeRole(database.connection, 'scanner');
    const stop = new AbortController();
    const waiting = failure(become(stop.signal));
    await until('it waits', () => Promise.resolve(said.length > 0));
    stop.abort();
    expect(await waiting).to.be.instanceOf(Aborted);
    expect(said).to.have.length(1);
    expect(said[0]).to.match(
      new RegExp(
        `^the role "scanner" is still taken by process ${process.pid} on .*: waiting up to 10 s for it to end`,
      ),
    );
    expect(await holders()).to.deep.equal([]);
    await role.release();
  });
});
