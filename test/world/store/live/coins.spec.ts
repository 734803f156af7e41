import { expect } from 'chai';
import type { LiveStore } from '../../../../lib/world/store/live/index.js';
import { openLive } from '../../../../lib/world/store/live/index.js';
import { openScene, query, type Scene } from '../fixtures.js';

const NOON = Date.UTC(2026, 10, 23, 12);

describe('coins in the database', () => {
  let scene: Scene;
  let live: LiveStore;
  let first: number;
  let second: number;
  beforeEach(async () => {
    scene = await openScene();
    live = openLive(scene.store, scene.database.connection);
    [first, second] = scene.ids as [number, number];
  });
  afterEach(() => scene.close());

  const row = async (id: number) =>
    (await query(scene.database.connection, `select * from cryptocurrency where id = ${id}`))[0]!;

  it('are what they were when nothing was stored of them', async () => {
    expect(await live.readCoins([second, first])).to.deep.equal(
      ['AAA', 'BBB'].map((base, i) => ({
        id: scene.ids[i],
        symbol: `${base}/USD`,
        base,
        name: base,
        sector: null,
        isActive: true,
        cap: null,
        avgDailyVolume: null,
      })),
    );
  });

  it('are read as they were stored, with the age of their market capitalisation', async () => {
    const cap = { marketCap: 1.25e9, at: NOON + 7 };
    await live.saveCoins([
      {
        id: first,
        name: 'O\'Coin \\ "π"',
        sector: 'meme',
        isActive: false,
        cap,
        avgDailyVolume: 5e6,
        amountStep: 1e-5,
      },
      { id: second, minimumAmount: 0.002, minimumCost: 0.5 },
    ]);
    const [one, other] = await live.readCoins([first, second]);
    expect(one).to.include({ name: 'O\'Coin \\ "π"', sector: 'meme', isActive: false, avgDailyVolume: 5e6 });
    expect(one!.cap).to.deep.equal({ ...cap, id: null, name: 'O\'Coin \\ "π"' });
    expect(other!.cap).to.equal(null);
    expect(await row(first)).to.include({ amount_step: 1e-5, minimum_amount: 0, minimum_cost: 0 });
    expect(await row(second)).to.include({ amount_step: 1e-8, minimum_amount: 0.002, minimum_cost: 0.5, name: 'BBB' });
  });

  it('keep what a later change does not tell, and lose what it says is not known', async () => {
    await live.saveCoins([{ id: first, name: 'A', cap: { marketCap: 7, at: NOON }, avgDailyVolume: 3 }]);
    await query(scene.database.connection, `update cryptocurrency set updated_at = '2020-01-01Z'`);
    await live.saveCoins([{ id: first, avgDailyVolume: 4 }]);
    expect((await live.readCoins([first]))[0]).to.deep.include({ name: 'A', avgDailyVolume: 4 });
    expect((await live.readCoins([first]))[0]!.cap).to.include({ marketCap: 7, at: NOON });
    expect((await row(first))['updated_at']).to.be.above(new Date('2026-01-01'));
    expect((await row(second))['updated_at']).to.deep.equal(new Date('2020-01-01'));
    await live.saveCoins([{ id: first, cap: null, avgDailyVolume: null }]);
    expect((await live.readCoins([first]))[0]).to.deep.include({ name: 'A', cap: null, avgDailyVolume: null });
    await live.saveCoins([{ id: first, sector: 'defi' }]);
    await live.saveCoins([{ id: first, sector: null }]);
    expect((await live.readCoins([first]))[0]).to.include({ name: 'A', sector: null });
  });

  it('store nothing of a change that breaks a rule, nor of the others with it', async () => {
    const changes = [
      { id: first, name: 'A' },
      { id: second, amountStep: 0 },
    ];
    const error: unknown = await live.saveCoins(changes).catch((reason: unknown) => reason);
    expect(error).to.include({ name: 'StoreError', constraint: 'cryptocurrency_steps' });
    expect((await row(first))['name']).to.equal('AAA');
  });

  it('need no data, and no market that is not there', async () => {
    await live.saveCoins([]);
    await live.saveCoins([{ id: 999_999, name: 'nobody' }]);
    expect(await live.readCoins([999_999])).to.deep.equal([]);
    expect(await live.readCoins([])).to.deep.equal([]);
  });
});
