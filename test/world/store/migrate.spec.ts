import { expect } from 'chai';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { UserError } from '../../../lib/errors.js';
import { loadMigrations, MIGRATION_NAMES as NAMES } from '../../../lib/world/store/migration-list.js';
import { StoreError } from '../../../lib/world/store/errors.js';
import { openStore } from '../../../lib/world/store/index.js';
import { migrate, migrationStates } from '../../../lib/world/store/migrate.js';
import { emptyDatabase, query, type FreshDatabase } from './fixtures.js';

const MIGRATOR = fileURLToPath(new URL('migrator.ts', import.meta.url));

describe('migrating', () => {
  let database: FreshDatabase;
  beforeEach(async () => (database = await emptyDatabase()));
  afterEach(() => database.drop());

  const args = () => ['--import', 'tsx/esm', MIGRATOR, JSON.stringify(database.connection)];
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => null,
      (reason: unknown) => reason,
    );

  it('is done once when two processes start together', async () => {
    const run = promisify(execFile);
    const said = await Promise.all([run(process.execPath, args()), run(process.execPath, args())]);
    const applied = said.map(({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied);
    expect(applied.sort((a, b) => b.length - a.length)).to.deep.equal([NAMES, []]);
  }).timeout(60_000);

  it('leaves nothing behind when it is killed half-way, and can be run again', async () => {
    // Somebody holds a lock on a name that the migration makes late, so that it waits in the middle
    // of its transaction.
    const blocker = new Client({ ...database.connection, ssl: false });
    await blocker.connect();
    await blocker.query('begin; create table universe_verdict ()');
    const child = spawn(process.execPath, args(), { stdio: 'ignore' });
    const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like 'create table universe_verdict%' and datname = current_database()`;
    let pids: Record<string, unknown>[] = [];
    for (let tries = 0; pids.length === 0 && tries < 400; tries++) {
      pids = await query(database.connection, waiting);
      await new Promise(resolve => setTimeout(resolve, 25));
    }
    expect(pids).to.have.length(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await blocker.query('rollback');
    await blocker.end();
    expect((await migrate(database.connection)).applied).to.deep.equal(NAMES);
  }).timeout(60_000);

  it('may be repeated when the server ends its session half-way', async () => {
    const blocker = new Client({ ...database.connection, ssl: false });
    await blocker.connect();
    await blocker.query('begin; create table universe_verdict ()');
    const migrated = failure(migrate(database.connection));
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and query like 'create table universe_verdict%' and datname = current_database()`;
    let ended: readonly unknown[] = [];
    for (let tries = 0; ended.length === 0 && tries < 400; tries++) {
      ended = await query(database.connection, end);
      await new Promise(resolve => setTimeout(resolve, 25));
    }
    expect(ended).to.have.length(1);
    await blocker.query('rollback');
    await blocker.end();
    expect(await migrated)
      .to.be.instanceOf(StoreError)
      .that.includes({ code: '57P01', transient: true });
    expect((await migrate(database.connection)).applied).to.deep.equal(NAMES);
  }).timeout(60_000);

  it('refuses a schema newer than the code, naming what it does not know', async () => {
    await migrate(database.connection);
    await query(database.connection, `insert into mikro_orm_migrations (name) values ('Migration20990101000000')`);
    for (const attempt of [
      () => migrate(database.connection),
      () => migrationStates(database.connection),
      () => openStore(database.connection, { poolSize: 1 }),
    ]) {
      const error = await failure(attempt());
      expect(error).to.be.instanceOf(UserError).with.property('exitCode', 2);
      expect((error as UserError).message).to.contain('Migration20990101000000');
    }
  });

  it('refuses a schema from before the first release, and says what to do', async () => {
    await migrate(database.connection);
    await query(database.connection, `update mikro_orm_migrations set name = 'Migration20261122000000'`);
    const error = await failure(migrate(database.connection));
    expect(error).to.be.instanceOf(UserError).with.property('exitCode', 2);
    expect((error as UserError).message).to.match(/version before the first release.*\n.*Use another database/);
  });

  it('loads each file of the folder, under its name', async () => {
    expect((await loadMigrations()).map(migration => [migration.name, migration.class.name])).to.deep.equal(
      NAMES.map(name => [name, name]),
    );
  });

  it('says what is missing when a store is opened before it', async () => {
    const error = await failure(openStore(database.connection, { poolSize: 1 }));
    expect(error).to.be.instanceOf(UserError);
    expect((error as UserError).message)
      .to.contain(NAMES[0])
      .and.contain('migrate');
  });

  it('knows no migration of another name', async () => {
    expect(await failure(migrate(database.connection, { down: 'Migration1' }))).to.be.instanceOf(UserError);
  });

  it('tells which migrations are applied', async () => {
    expect((await migrationStates(database.connection)).map(({ appliedAt }) => appliedAt)).to.deep.equal(
      NAMES.map(() => null),
    );
    await migrate(database.connection);
    for (const { appliedAt } of await migrationStates(database.connection)) expect(appliedAt).to.be.instanceOf(Date);
  });

  it('gives the rows of a run from before wallets to its main strategy, whatever their trades said', async () => {
    const rows = (sql: string) => query(database.connection, sql);
    await migrate(database.connection, { to: 'Migration20261130231000' });
    const mark = (run: number) => `insert into equity_point values (${run}, '2026-01-01Z', 'minute', 1, 0, 1)`;
    await query(
      database.connection,
      `insert into cryptocurrency (id, symbol, base, quote, name) values (1, 'AAA/USD', 'AAA', 'USD', 'A')`,
      `insert into configuration_history (id, configuration, hash) values (1, '{}', repeat('a', 64))`,
      `insert into run (id, mode, market_source, code_version, status, symbols, strategies, configuration_id, initial_balance)
        select id, 'backtest', 'store', '1', 'running', '[]', own::jsonb, 1, 100
        from (values (1, '[]'), (2, '[{"name": "own"}]')) as runs (id, own)`,
      mark(1),
      mark(2),
      `insert into performance_metric (run_id, "timestamp", total_trades, winning_trades, losing_trades, total_profit_loss)
        values (2, '2026-01-01Z', 0, 0, 0, 0)`,
      `insert into portfolio_state values (2, 1, 'w', '2026-01-01Z', '{}')`,
      `insert into opportunity (id, run_id, cryptocurrency_id, "timestamp", strategy, close, score, "values", configuration_id, status, decided_at)
        values (1, 2, 1, '2026-01-01Z', 'former', 1, 0.5, '{}', 1, 'taken', '2026-01-01 00:01Z')`,
      `insert into simulated_trade (run_id, trade_number, cryptocurrency_id, opportunity_id, configuration_id, entry_timestamp,
          entry_price, size, stop_loss_price, status, strategy_used, entry_fee, entry_half_spread, entry_slippage,
          entry_quote_rate, remaining_size)
        values (2, 1, 1, 1, 1, '2026-01-01 00:01Z', 10, 4, 9, 'open', 'former', 0, 0, 0, 1, 4)`,
    );
    await migrate(database.connection);
    expect(
      await rows(`
        select run_id, strategy, 'equity' as of from equity_point union all select run_id, strategy, 'metric' from performance_metric
        union all select run_id, strategy, 'state' from portfolio_state union all select run_id, strategy_used, 'trade' from simulated_trade
        union all select run_id, strategy, 'opportunity' from opportunity order by 1, 3`),
    ).to.deep.equal([
      { run_id: 1, strategy: 'momentum', of: 'equity' },
      { run_id: 2, strategy: 'own', of: 'equity' },
      { run_id: 2, strategy: 'own', of: 'metric' },
      { run_id: 2, strategy: 'former', of: 'opportunity' },
      { run_id: 2, strategy: 'own', of: 'state' },
      { run_id: 2, strategy: 'own', of: 'trade' },
    ]);

    // back: the main wallet stays
    await query(
      database.connection,
      `insert into equity_point (run_id, strategy, "timestamp", kind, cash, open_value, equity)
        values (2, 'loose', '2026-01-01Z', 'minute', 2, 0, 2)`,
    );
    await migrate(database.connection, { down: 'Migration20261130232000' });
    expect(await rows('select run_id, cash from equity_point order by 1')).to.deep.equal([
      { run_id: 1, cash: '1' },
      { run_id: 2, cash: '1' },
    ]);
    expect(await rows('select strategy_used from simulated_trade')).to.deep.equal([{ strategy_used: 'own' }]);
  });

  it('does nothing the second time, and reverts nothing twice', async () => {
    await migrate(database.connection);
    expect((await migrate(database.connection)).applied).to.deep.equal([]);
    await migrate(database.connection, { down: NAMES[0]! });
    expect((await migrate(database.connection, { down: NAMES[0]! })).applied).to.deep.equal([]);
  });
});

describe('the partitions of market_data', () => {
  let database: FreshDatabase;
  before(async () => {
    database = await emptyDatabase();
    await migrate(database.connection);
  });
  after(() => database.drop());

  const children = async () =>
    await query(
      database.connection,
      `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = 'market_data'::regclass order by 1`,
    );

  it('are made once, one a month of UTC, by any number of concurrent callers', async () => {
    const ask = `select ensure_market_data_partitions('2024-01-31 23:59Z', '2024-03-01 00:00Z') as made`;
    const made = await Promise.all(
      ['UTC', 'America/New_York', 'Asia/Tokyo', 'UTC'].map(zone =>
        query(database.connection, `set time zone '${zone}'`, ask),
      ),
    );
    expect(made.reduce((sum, [row]) => sum + Number(row?.made), 0)).to.equal(2);
    expect(await children()).to.deep.equal([
      {
        name: 'market_data_2024_01',
        bound: `FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-02-01 00:00:00+00')`,
      },
      {
        name: 'market_data_2024_02',
        bound: `FOR VALUES FROM ('2024-02-01 00:00:00+00') TO ('2024-03-01 00:00:00+00')`,
      },
    ]);
  });

  it('can be made while somebody reads', async () => {
    const reader = new Client({ ...database.connection, ssl: false });
    await reader.connect();
    await reader.query('begin; select count(*) from market_data');
    await query(
      database.connection,
      `set lock_timeout = '1s'`,
      `select ensure_market_data_partitions('2025-05-01Z', '2025-05-02Z')`,
    );
    await reader.query('rollback');
    await reader.end();
  });

  it('take no candle of a month that was not made', async () => {
    const insert = `insert into market_data (cryptocurrency_id, timestamp, open, high, low, close, volume, source) values (1, '2030-01-01Z', 1, 1, 1, 1, 0, 'import')`;
    const error = (await query(database.connection, insert).catch((reason: unknown) => reason)) as { code?: string };
    expect(error.code).to.equal('23514');
  });

  for (const [from, to] of [
    ['2024-02-01Z', '2024-01-01Z'],
    ['2024-01-01Z', 'infinity'],
    ['-infinity', '2024-01-01Z'],
  ])
    it(`are not made from ${from!} to ${to!}`, async () => {
      const error = (await query(
        database.connection,
        `select ensure_market_data_partitions('${from!}', '${to!}')`,
      ).catch((reason: unknown) => reason)) as { code?: string };
      expect(error.code).to.equal('22023');
    });
});
