import { expect } from 'chai';
import type { CoinReference } from '../../../lib/reference/coins.js';
import { lastPrices, readReference, saveReference } from '../../../lib/world/store/reference.js';
import { minute } from '../../support/broker.js';
import { openScene, query, type Scene } from './fixtures.js';

const said = (over: Partial<CoinReference>): CoinReference => ({
  name: null,
  sector: null,
  coinGeckoId: null,
  ...over,
});

describe('reference data in the database', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openScene()));
  afterEach(() => scene.close());
  const rows = (symbols: string) =>
    query(scene.database.connection, `select * from cryptocurrency where symbol in (${symbols}) order by id`);

  it('are the user’s last data of each coin, or nothing', async () => {
    const { orm } = scene.store;
    const foo = said({ name: "O'Foo", sector: 'meme' });
    const btc = said({ coinGeckoId: 'bitcoin' });
    await saveReference(orm, new Map(Object.entries({ FOO: foo, BTC: btc })));
    await saveReference(orm, new Map([['BTC', said({ sector: 'payment' })]]));
    expect([...(await readReference(orm))].sort()).to.deep.equal([
      ['BTC', said({ sector: 'payment' })],
      ['FOO', foo],
    ]);
    await saveReference(orm, new Map([['FOO', said({})]]));
    await saveReference(orm, new Map());
    expect([...(await readReference(orm)).keys()]).to.deep.equal(['BTC']);
  });

  it('are given to markets that are new, with the sizes that the exchange tells, and change no other', async () => {
    const { store } = scene;
    const listed = { base: 'BTC', quote: 'USD', amountStep: 1e-5, minimumAmount: 0.0001, minimumCost: 0.5 };
    const known = [
      { symbol: 'BTC/USD', ...listed },
      { symbol: 'AAA/USD', ...listed, base: 'AAA' },
    ];
    const [, btc] = await store.ensureMarkets(['BTC/USD', 'AAA/USD'], known);
    expect(btc).to.include({ sector: 'layer-1', amountStep: 1e-5, minimumAmount: 0.0001, minimumCost: 0.5 });
    expect((await rows(`'BTC/USD'`))[0]).to.include({ name: 'Bitcoin', sector: 'layer-1', is_active: true });
    expect((await rows(`'AAA/USD'`))[0]).to.include({ name: 'AAA', sector: null, amount_step: 1e-8 });
    const [eth] = await store.ensureMarkets(['ETH/BTC']);
    expect(eth).to.include({ sector: 'layer-1', amountStep: 1e-8, minimumAmount: 0, minimumCost: 0 });
  });

  it('tell the last price in USD that is no older than wanted and not suspect', async () => {
    const [aaa, bbb] = scene.ids;
    const at = (n: number) => `'${new Date(minute(n)).toISOString()}'`;
    const candle = (id: number, n: number, close: number, suspect = false) =>
      `insert into market_data (cryptocurrency_id, timestamp, open, high, low, close, volume, quiet, source, suspect)
       values (${id}, ${at(n)}, ${close}, ${close}, ${close}, ${close}, 1, false, 'import', ${suspect})`;
    await query(
      scene.database.connection,
      `select ensure_market_data_partitions(${at(0)}, ${at(9)})`,
      candle(aaa!, 3, 10),
      candle(aaa!, 4, 11),
      candle(aaa!, 5, 90, true),
      candle(bbb!, 1, 5),
    );
    expect([...(await lastPrices(scene.store.orm, minute(2)))]).to.deep.equal([['AAA', 11]]);
  });
});
