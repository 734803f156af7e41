import { expect } from 'chai';
import type { Client } from 'pg';
import { isoTime } from '../../../../lib/report/time.js';
import { connectForBulk } from '../../../../lib/world/database/index.js';
import { readGaps } from '../../../../lib/world/store/candles/gaps.js';
import { migratedDatabase, query, type FreshDatabase } from '../fixtures.js';

describe('the gaps of the stored minutes', () => {
  let database: FreshDatabase;
  let client: Client;
  const sql = (...texts: string[]) => query(database.connection, ...texts);
  const gaps = async (symbols: readonly string[] | null) =>
    (await readGaps(database.connection, client, symbols)).map(({ symbol, from, to }) =>
      [symbol, isoTime(from).slice(5, 16), isoTime(to).slice(5, 16)].join(' '),
    );
  /** Stores every minute of a market from one time to another, both inclusive. */
  const store = (market: number, from: string, to: string) =>
    sql(
      `insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, source)
        select ${market}, at, 1, 1, 1, 1, 1, 'import' from generate_series('${from}Z'::timestamptz, '${to}Z', '1 minute') as at`,
    );

  before(async () => {
    database = await migratedDatabase();
    client = await connectForBulk(database.connection);
    await sql(
      `insert into cryptocurrency (symbol, base, quote, name) values ('ETH/USD', 'ETH', 'USD', 'ETH'), ('BTC/USD', 'BTC', 'USD', 'BTC'), ('NEW/USD', 'NEW', 'USD', 'NEW')`,
      `select ensure_market_data_partitions('2026-01-01Z', '2026-04-30Z')`,
    );
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  it('are none where nothing is stored', async () => {
    expect(await gaps(null)).to.deep.equal([]);
  });

  it('lie within days, over midnight and over whole days and months, by market and time', async () => {
    await store(1, '2026-01-30 12:00', '2026-01-30 12:09'); // ETH; then two minutes within the day
    await store(1, '2026-01-30 12:12', '2026-01-31 23:59'); // whole up to the end of the month, and on
    await store(1, '2026-02-01 00:00', '2026-02-01 00:00'); // then a minute
    await store(1, '2026-02-01 00:02', '2026-02-01 23:58'); // then one on either side of midnight
    await store(1, '2026-02-02 00:01', '2026-02-02 00:01'); // then seven weeks
    await store(1, '2026-03-23 00:00', '2026-03-23 23:59');
    await store(2, '2026-02-10 23:59', '2026-02-11 00:00'); // BTC: nothing is missing over midnight
    await store(2, '2026-02-11 00:02', '2026-02-11 00:03');
    const ethers = [
      'ETH/USD 01-30T12:10 01-30T12:12',
      'ETH/USD 02-01T00:01 02-01T00:02',
      'ETH/USD 02-01T23:59 02-02T00:01',
      'ETH/USD 02-02T00:02 03-23T00:00',
    ];
    expect(await gaps(null)).to.deep.equal(['BTC/USD 02-11T00:01 02-11T00:02', ...ethers]);
    expect(await gaps(['ETH/USD'])).to.deep.equal(ethers);
    expect(await gaps(['NEW/USD'])).to.deep.equal([]);
  });

  it('leave out the days whose minutes have left the database', async () => {
    await sql(
      `insert into market_quality select 1, day, day, day + interval '1439 minutes', 1440, 0, 0, 0, 0, 0, 0, null, null
        from generate_series('2026-02-03Z'::timestamptz, '2026-03-20Z', '1 day') as day`,
    );
    expect((await gaps(['ETH/USD'])).slice(-2)).to.deep.equal([
      'ETH/USD 02-02T00:02 02-03T00:00',
      'ETH/USD 03-21T00:00 03-23T00:00',
    ]);
  });
});
