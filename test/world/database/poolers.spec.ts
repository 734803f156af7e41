import { expect } from 'chai';
import { UserError } from '../../../lib/errors.js';
import { openDatabase, type Connection } from '../../../lib/world/database/index.js';
import { openStore } from '../../../lib/world/store/index.js';
import { pgBouncerProgram, startPgBouncer } from '../../support/pgbouncer.js';
import { startPooler, type Pooler, type PoolMode } from '../../support/pooler.js';
import { runBot, urlOf } from '../../bin/child.js';
import { migratedDatabase, query, type FreshDatabase } from '../store/fixtures.js';

const open = (connection: Connection) =>
  openDatabase({ connectionString: urlOf(connection), dataDir: '/nowhere' }).then(
    database => ({ database, lines: [] as readonly string[], exitCode: 0 }),
    (error: unknown) => {
      if (error instanceof UserError) return { database: null, lines: error.lines, exitCode: error.exitCode };
      throw error;
    },
  );

const LOCKS = `select count(*)::int as count from pg_locks where locktype = 'advisory'
  and database = (select oid from pg_database where datname = current_database())`;

const program = pgBouncerProgram();
const POOLERS: Readonly<Record<string, (server: Connection, mode: PoolMode) => Promise<Pooler>>> = {
  'a pooler of our own': startPooler,
  ...(program !== null && { PgBouncer: (server, mode) => startPgBouncer(program, server, mode) }),
};

for (const [name, start] of Object.entries(POOLERS))
  describe(`a database behind ${name}`, function () {
    this.timeout(60_000);
    let database: FreshDatabase;
    let pooler: Pooler;
    before(async () => (database = await migratedDatabase()));
    after(() => database.drop());
    afterEach(() => pooler.close());

    it('is used in session mode as it is without one', async () => {
      pooler = await start(database.connection, 'session');
      const { database: opened, lines } = await open(pooler.connection);
      expect(lines).to.deep.equal([]);
      const store = await openStore(opened!.connection, { poolSize: 2 });
      expect(await store.markets()).to.deep.equal([]);
      await store.close();
      await opened!.close();
      const { code, stderr } = await runBot(['status'], { env: { DATABASE_URL: urlOf(pooler.connection) } });
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    });

    for (const mode of ['transaction', 'statement'] as const)
      it(`is refused in ${mode} mode, with what to use instead, and no lock is left in it`, async () => {
        pooler = await start(database.connection, mode);
        // Again and again, and several at once: whatever session each is given.
        for (let round = 0; round < 3; round++) {
          const answers = await Promise.all(Array.from({ length: 1 + 2 * round }, () => open(pooler.connection)));
          for (const { lines, exitCode } of answers) {
            expect(lines.join('\n'))
              .to.match(/behind a pooler that switches server sessions between transactions/)
              .and.match(/session mode \(pool_mode = session\)/);
            expect(exitCode).to.equal(2);
          }
        }
        const env = { DATABASE_URL: urlOf(pooler.connection) };
        const { code, stderr } = await runBot(['run', '--for', '1s'], { env });
        expect(stderr)
          .to.match(/behind a pooler/)
          .and.not.match(/fault of the bot/);
        expect(code).to.equal(2);
        expect(await query(database.connection, LOCKS)).to.deep.equal([{ count: 0 }]);
      });
  });

describe('a pooler that has one session to lend', () => {
  it('is refused, since the bot needs several at once', async function () {
    this.timeout(30_000);
    const database = await migratedDatabase();
    const pooler = await startPooler(database.connection, 'session', { most: 1 });
    const { lines, exitCode } = await open(pooler.connection);
    expect(lines.join('\n')).to.match(/opened no second session within 5 s/);
    expect(exitCode).to.equal(1);
    await pooler.close();
    await database.drop();
  });
});
