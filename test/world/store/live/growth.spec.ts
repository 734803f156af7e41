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

  it('is measured on the last day that a run stored, within a tenth of what the tables take', async () => {
    await scene.sql(
      `select ensure_market_data_partitions('2026-05-01Z', '2026-06-01Z')`,
      `update run set started_at = '2026-05-01Z'`,
    );
    await aDay('2026-05-02');
    const { bytes, growth } = await grown();
    const [size] = await scene.sql(
      `select pg_total_relation_size('market_data_2026_05')::float8 as day, pg_database_size(current_database())::float8 as all`,
    );
    expect(bytes).to.equal(size!['all']);
    expect(growth!.measuredMs).to.equal(86_400_000);
    expect(growth!.passing).to.be.within(0.9 * (size!['day'] as number), 1.1 * (size!['day'] as number));
    expect([growth!.from, growth!.to]).to.deep.equal([Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 2, 23, 59)]);
  });

  it('does not count what was there before the run', async () => {
    await scene.sql(
      `select ensure_market_data_partitions('2026-05-01Z', '2026-06-01Z')`,
      `update run set started_at = '2026-05-02 12:00Z'`,
    );
    await aDay('2026-05-02');
    const half = (await grown()).growth!;
    expect(half.measuredMs).to.equal(43_200_000);
    await scene.sql(`update run set started_at = '2026-05-01Z'`);
    expect(half.passing / (await grown()).growth!.passing).to.be.within(0.45, 0.55);
  });

  it('is not told where no run is under way', async () => {
    await scene.sql(`update run set status = 'completed', ended_at = now()`);
    expect((await grown()).growth).to.equal(null);
  });
});
