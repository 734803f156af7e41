import { expect } from 'chai';
import type { Client } from 'pg';
import { Aborted } from '../../../../lib/errors.js';
import { connectForBulk } from '../../../../lib/world/database/index.js';
import { byMonth } from '../../../../lib/world/store/candles/months.js';
import { conditionOf, type CoveragePeriod } from '../../../../lib/world/store/candles/quality.js';
import { migratedDatabase, query, type FreshDatabase } from '../fixtures.js';

const at = (text: string): number => Date.parse(`${text}Z`);
const COUNT = ({ from, to, ...rest }: CoveragePeriod) =>
  `SELECT count(*)::int AS minutes, '${new Date(from!).toISOString()}' AS "from", '${new Date(to!).toISOString()}' AS "to"
   FROM market_data WHERE ${conditionOf({ ...rest, from: from!, to: to! })}`;

interface Counted {
  readonly minutes: number;
  readonly from: string;
  readonly to: string;
}

describe('a statement over each month', () => {
  let database: FreshDatabase;
  let client: Client;

  before(async () => {
    database = await migratedDatabase();
    client = await connectForBulk(database.connection);
    await query(
      database.connection,
      `insert into cryptocurrency (symbol, base, quote, name) values ('BTC/USD', 'BTC', 'USD', 'BTC'), ('ETH/USD', 'ETH', 'USD', 'ETH')`,
      `select ensure_market_data_partitions('2025-11-01Z', '2026-05-31Z')`,
      // an hour around each turn of the month
      `insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, source)
        select market, month + n * interval '1 minute', 1, 1, 1, 1, 1, 'import'
        from unnest(array[1, 2]) as market, generate_series('2025-12-01Z'::timestamptz, '2026-05-01Z', '1 month') as month,
          generate_series(-30, 29) as n`,
    );
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  it('sees every minute once, whichever month it is of', async () => {
    const rows = await byMonth<Counted>(database.connection, client, {}, COUNT);
    expect(rows.map(({ minutes }) => minutes).sort((a, b) => a - b)).to.deep.equal([60, 60, 120, 120, 120, 120, 120]); // 2 · 30 at either end
  });

  it('cuts the first and the last month to the period, and leaves the others alone', async () => {
    const period = { symbols: ['ETH/USD'], from: at('2026-01-31T23:50'), to: at('2026-03-01T00:10') };
    const rows = await byMonth<Counted>(database.connection, client, period, COUNT);
    expect(rows.sort((a, b) => a.from.localeCompare(b.from))).to.deep.equal([
      { minutes: 10, from: '2026-01-31T23:50:00.000Z', to: '2026-02-01T00:00:00.000Z' },
      { minutes: 60, from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' },
      { minutes: 10, from: '2026-03-01T00:00:00.000Z', to: '2026-03-01T00:10:00.000Z' },
    ]);
    expect(await byMonth(database.connection, client, { from: at('2026-07-01T00:00') }, COUNT)).to.deep.equal([]);
  });

  it('tells how far it is, up to the whole', async () => {
    const told: number[] = [];
    await byMonth(database.connection, client, {}, COUNT, { onMonth: done => told.push(done) });
    expect(told).to.deep.equal([1 / 7, 2 / 7, 3 / 7, 4 / 7, 5 / 7, 6 / 7, 1]);
  });

  it('begins no other month once it is stopped or a month has failed, and lets go of its connections', async () => {
    const stop = new AbortController();
    let begun = 0;
    const counted = (part: CoveragePeriod) => {
      begun++;
      return COUNT(part);
    };
    const stopped = byMonth(database.connection, client, {}, counted, {
      signal: stop.signal,
      onMonth: () => stop.abort(),
    });
    expect(await stopped.catch((error: unknown) => error)).to.be.instanceOf(Aborted);
    expect(begun).to.be.lessThan(7);
    const failed = byMonth(database.connection, client, {}, () => 'SELECT 1 / 0');
    expect(await failed.catch((error: unknown) => (error as Error).message)).to.equal('division by zero');
    const others = `SELECT count(*)::int AS others FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
    let left = NaN;
    for (let tries = 0; left !== 0 && tries < 100; tries++) {
      await client.query('SELECT pg_sleep(0.02)'); // a server notices the end of a connection a moment later
      left = (await client.query<{ others: number }>(others)).rows[0]!.others;
    }
    expect(left).to.equal(0);
  });
});
