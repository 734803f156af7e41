import { expect } from 'chai';
import { connectForBulk } from '../../../../lib/world/database/index.js';
import { readGrowth } from '../../../../lib/world/store/live/growth.js';
import { openArchiveScene } from '../../archive/scene.js';

describe('how a database grows', () => {
  let scene: Awaited<ReturnType<typeof openArchiveScene>>;
  beforeEach(async () => (scene = await openArchiveScene()));
  afterEach(() => scene.close());

  const grown = async () => {
    const client = await connectForBulk(scene.connection);
    try {
      return await readGrowth(client);
    } finally {
      await client.end();
    }
  };
  /** A day of minutes with indicators, of two markets. */
  const aDay = (day: string) =>
    scene.sql(
      `insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, source, indicators, decision, run_id)
        select market, at, 1, 1, 1, 1, 1, 'ohlc', (select jsonb_object_agg('indicator_' || n, random()) from generate_series(1, 30) as n), 'rsi', 1
        from unnest(array[1, 2]) as market, generate_series('${day} 00:00Z'::timestamptz, '${day} 23:59Z', '1 minute') as at`,
      'analyze market_data',
    );

  /**
   * What the positions mark each minute: from when until when a run was at work, in market time.
   */
  const aRun = (from: string, to: string) =>
    scene.sql(
      `select ensure_market_data_partitions('2026-05-01Z', '2026-06-01Z')`,
      `insert into portfolio_state (run_id, strategy, version, writer, settled_until, state)
        values (1, 'momentum', 1, '', '${to}Z', '{}') on conflict do nothing`,
      `insert into equity_point (run_id, strategy, "timestamp", kind, cash, open_value, equity)
        select 1, 'momentum', at, 'minute', 1, 0, 1 from generate_series('${from}Z'::timestamptz, '${to}Z', '1 minute') as at`,
    );

  it('is measured on the last day that a run stored, within a tenth of what the tables take', async () => {
    await aRun('2026-05-01 00:00', '2026-05-03 00:00');
    await aDay('2026-05-02');
    const { bytes, growth } = await grown();
    const [size] = await scene.sql(
      `select pg_total_relation_size('market_data_2026_05')::float8 as day, pg_database_size(current_database())::float8 as all`,
    );
    expect(bytes).to.equal(size!['all']);
    expect(growth!.measuredMs).to.equal(86_400_000);
    expect(growth!.passing).to.be.within(0.9 * (size!['day'] as number), 1.1 * (size!['day'] as number));
    expect([growth!.from, growth!.to]).to.deep.equal([Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 3)]);
  });

  it('is that of the minutes that the run decided on, not of a warm-up, an import or another run', async () => {
    await aRun('2026-05-02 12:00', '2026-05-03 00:00');
    await aDay('2026-05-02');
    const whole = (await grown()).growth!;
    expect(whole.measuredMs).to.equal(43_200_000); // the minutes before it began count for nothing
    // a simulated run's first day: twelve hours of a warm-up, and a month that was imported, behind
    // its newest minute too
    await scene.sql(
      `update market_data set run_id = null, decision = null, indicators = null where "timestamp" < '2026-05-02 12:00Z' and source = 'ohlc'`,
      `insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, source)
        select 1, at, 1, 1, 1, 1, 1, 'import' from generate_series('2026-05-03 00:00Z'::timestamptz, '2026-05-30 23:59Z', '1 minute') as at`,
      'analyze market_data', // as autovacuum does after so much
    );
    const { measuredMs, passing } = (await grown()).growth!;
    expect(measuredMs).to.equal(43_200_000);
    expect(passing / whole.passing).to.be.within(0.9, 1.1);
  });

  it('counts no time in which the run was off', async () => {
    await aRun('2026-05-01 00:00', '2026-05-03 00:00');
    await aDay('2026-05-02');
    const day = (await grown()).growth!;
    await scene.sql(`delete from market_data where "timestamp" between '2026-05-02 02:00Z' and '2026-05-02 19:59Z'`);
    const quarter = (await grown()).growth!;
    expect(quarter.measuredMs).to.equal(21_600_000);
    expect(quarter.passing / quarter.measuredMs).to.be.closeTo(
      day.passing / day.measuredMs,
      0.1 * (day.passing / day.measuredMs),
    );
  });

  it('is unknown without an active run, or before it has started to work', async () => {
    expect((await grown()).growth).to.equal(null);
    await aRun('2026-05-01 00:00', '2026-05-01 00:01');
    await scene.sql(`update run set status = 'completed', ended_at = now()`);
    expect((await grown()).growth).to.equal(null);
  });
});
