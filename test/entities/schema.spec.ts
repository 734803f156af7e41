import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Connection } from '../../lib/world/database/index.js';
import { migrate, openMigrationOrm } from '../../lib/world/store/migrate.js';
import type { Orm } from '../../lib/world/store/orm.js';
import { dumpSchema } from '../../lib/world/store/schema.js';
import { emptyDatabase, query, type FreshDatabase } from '../world/store/fixtures.js';

const SCHEMA = new URL('../../migrations/schema.sql', import.meta.url);

/** Every column that was asked for, by table. */
const ASKED = {
  cryptocurrency: 'symbol name is_active market_cap avg_daily_volume created_at updated_at',
  market_data: 'cryptocurrency_id timestamp open high low close volume indicators',
  simulated_trade:
    'cryptocurrency_id entry_timestamp entry_price size position_type stop_loss_price take_profit_price status exit_timestamp exit_price profit_loss profit_loss_percentage strategy_used notes',
  partial_exit: 'trade_id exit_timestamp exit_price exit_percentage profit_loss trailing_stop_activated',
  configuration_history: 'timestamp configuration run_id notes',
  performance_metric:
    'timestamp run_id total_trades winning_trades losing_trades win_rate average_profit average_loss profit_factor max_drawdown sharpe_ratio total_profit_loss',
  market_snapshot:
    'cryptocurrency_id timestamp ohlcv indicators order_book trading_volume market_sentiment correlation_btc',
};

describe('the schema', () => {
  let database: FreshDatabase;
  let connection: Connection;
  const orms: Orm[] = [];
  const open = async () => {
    const orm = await openMigrationOrm(connection, { poolSize: 1, statementTimeoutMs: 10_000 });
    orms.push(orm);
    return orm;
  };

  beforeEach(async () => {
    database = await emptyDatabase();
    ({ connection } = database);
  });
  afterEach(async () => {
    await Promise.all(orms.splice(0).map(orm => orm.close(true)));
    await database.drop();
  });

  it('goes up, down to nothing, and up to the same again', async () => {
    const { applied } = await migrate(connection);
    const orm = await open();
    const first = await dumpSchema(orm);
    const { applied: reverted } = await migrate(connection, { down: applied[0]! });
    expect(reverted).to.deep.equal(applied.toReversed());
    const left = await query(
      connection,
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relname not like 'mikro_orm%'
       union all select proname from pg_proc where pronamespace = 'public'::regnamespace`,
    );
    expect(left).to.deep.equal([]);
    await migrate(connection);
    expect(await dumpSchema(orm)).to.equal(first);
  });

  it('is what the entities describe', async () => {
    await migrate(connection);
    const orm = await open();
    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).to.equal('');
    expect(await orm.migrator.checkMigrationNeeded()).to.equal(false);
  });

  it('shows a column that no entity knows', async () => {
    await migrate(connection);
    await query(connection, 'alter table run add column stray int');
    expect(await (await open()).migrator.checkMigrationNeeded()).to.equal(true);
  });

  it('still fits the entities with partitions in it', async () => {
    await migrate(connection);
    await query(connection, `select ensure_market_data_partitions('2024-01-01Z', '2024-03-01Z')`);
    expect(await (await open()).schema.getUpdateSchemaSQL({ wrap: false })).to.equal('');
  });

  it('is the one in migrations/schema.sql (else: node scripts/schema.mjs)', async () => {
    await migrate(connection);
    expect(await dumpSchema(await open())).to.equal(readFileSync(SCHEMA, 'utf8'));
  });

  it('can be built from migrations/schema.sql', async () => {
    await query(connection, readFileSync(SCHEMA, 'utf8'));
    expect(await dumpSchema(await open())).to.equal(readFileSync(SCHEMA, 'utf8'));
  });

  it('has every column that was asked for', async () => {
    await migrate(connection);
    const rows = await query(
      connection,
      `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'`,
    );
    const asked = Object.entries(ASKED).flatMap(([name, columns]) =>
      columns.split(' ').map(column => `${name}.${column}`),
    );
    expect(rows.map(({ name }) => name)).to.include.members(asked);
  });

  it('keeps no time without a zone and no number in four bytes', async () => {
    await migrate(connection);
    const odd = await query(
      connection,
      `select table_name, column_name from information_schema.columns where table_schema = 'public'
         and table_name <> 'mikro_orm_migrations' and data_type in ('timestamp without time zone', 'real', 'character varying')`,
    );
    expect(odd).to.deep.equal([]);
  });
});
