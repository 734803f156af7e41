import { expect } from 'chai';
import { minute } from '../../../support/broker.js';
import { query } from '../fixtures.js';
import { openLiveScene } from './scene.js';

describe('what is confirmed', () => {
  let scene: Awaited<ReturnType<typeof openLiveScene>>;
  before(async () => {
    scene = await openLiveScene();
  });
  after(() => scene.close());
  beforeEach(() => query(scene.database.connection, 'delete from confirmed_stretch'));

  const save = (market: number, from: number, to: number) =>
    scene.live.saveConfirmed(scene.ids[market]!, minute(from), minute(to));
  /** The stretches of a market, by minutes. */
  const stretches = async (market: number) => {
    const rows = await query(
      scene.database.connection,
      `select extract(epoch from from_at)::float8 * 1000 as from, extract(epoch from until_at)::float8 * 1000 as to
       from confirmed_stretch where cryptocurrency_id = ${scene.ids[market]} order by from_at`,
    );
    return rows.map(({ from, to }) => [from, to].map(at => (Number(at) - minute(0)) / 60_000).join('-'));
  };

  it('is one stretch that grows, however often it is stored', async () => {
    for (let times = 0; times < 2; times++)
      for (let hour = 0; hour < 5; hour++) await save(0, Math.max(0, hour - 2) * 60, hour * 60 + 30);
    expect(await stretches(0)).to.deep.equal(['0-270']);
    expect(await stretches(1)).to.deep.equal([]);
  });

  it('leaves out what is not, until that is confirmed as well', async () => {
    await save(0, 0, 10);
    await save(0, 11, 20);
    await save(0, 30, 40);
    await save(1, 5, 35);
    expect(await stretches(0)).to.deep.equal(['0-10', '11-20', '30-40']);
    await save(0, 12, 15); // nothing new
    await save(0, 20, 25); // adjoins
    expect(await stretches(0)).to.deep.equal(['0-10', '11-25', '30-40']);
    await save(0, 10, 31);
    expect(await stretches(0)).to.deep.equal(['0-40']);
    expect(await stretches(1)).to.deep.equal(['5-35']);
  });

  it('refuses a stretch of nothing', async () => {
    const refused = await save(0, 5, 5).then(
      () => 'stored',
      (error: unknown) => String(error),
    );
    expect(refused).to.contain('confirmed_stretch_order');
  });
});
