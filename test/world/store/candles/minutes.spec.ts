import { expect } from 'chai';
import { Client } from 'pg';
import { SOURCES } from '../../../../lib/training/columns.js';
import { DECISIONS } from '../../../../lib/strategy/decisions.js';
import { MINUTE_MS } from '../../../../lib/units.js';
import { lastStored, readFirstSeen, readMinutes } from '../../../../lib/world/store/candles/minutes.js';
import type { LiveCandle } from '../../../../lib/market-data/scans.js';
import { minute } from '../../../support/broker.js';
import { openLiveScene } from '../live/scene.js';

const INTERVAL = 5 * MINUTE_MS;

describe('what a live run left beside its candles', () => {
  let scene: Awaited<ReturnType<typeof openLiveScene>>;
  let client: Client;
  before(async () => {
    scene = await openLiveScene();
    client = new Client({ ...scene.database.connection, ssl: false });
    await client.connect();
    const { ids } = scene;
    const nothing = { candles: [], source: 'ohlc' as const, decisions: [], opportunities: [] };
    const candle = (n: number, over: Partial<LiveCandle> = {}): LiveCandle => ({
      marketId: ids[1]!,
      at: minute(n),
      open: 10,
      high: 12,
      low: 9,
      close: 11,
      volume: 5,
      vwap: 10.5,
      trades: 7,
      quiet: false,
      suspect: false,
      ...over,
    });
    const save = (candles: LiveCandle[], decided = false) =>
      scene.live.saveScan(scene, {
        ...nothing,
        candles,
        decisions: decided
          ? candles.map(({ marketId, at }) => ({ marketId, at, decision: 'macd', indicators: {} }))
          : [],
      });
    await save([candle(0), candle(1, { vwap: null, trades: null })], true);
    await save([candle(1, { close: 10.25, low: 9, trades: 8 })]); // the exchange settles on other values
    await save([candle(3, { suspect: true })]);
    const snapshot = (n: number, volume: number) =>
      client.query(
        `insert into market_snapshot (cryptocurrency_id, "timestamp", ohlcv, trading_volume) values ($1, $2, '{}', $3)`,
        [ids[1], new Date(minute(n)), volume],
      );
    for (const [n, volume] of [
      [-6, 1], // older than an interval before the grid
      [-2, 2],
      [3, 3],
      [5, 4], // after the close of the last minute
    ] as const)
      await snapshot(n, volume);
  });
  after(async () => {
    await client.end();
    await scene.close();
  });
  const grid = () => ({ start: minute(0), minutes: 4, ids: scene.ids.slice(0, 2) });
  /** Cells of the second lane. */
  const lane = (column: ArrayLike<number>) => Array.from(column).slice(4, 8);

  it('is read on the grid, each value in its cell', async () => {
    const { present, values } = await readMinutes(client, grid(), INTERVAL);
    expect([...present.subarray(0, 4)]).to.deep.equal([0, 0, 0, 0]);
    expect(lane(present)).to.deep.equal([1, 1, 0, 1]);
    expect(lane(values.settled_close)).to.deep.equal([11, 10.25, NaN, 11]);
    expect(lane(values.settled_trade_count)).to.deep.equal([7, 8, NaN, 7]);
    const [ohlc, macd] = [SOURCES.indexOf('ohlc'), DECISIONS.indexOf('macd')];
    expect(lane(values.source)).to.deep.equal([ohlc, ohlc, NaN, ohlc]);
    expect(lane(values.live_decision)).to.deep.equal([macd, macd, NaN, NaN]);
    expect(lane(values.live_run)).to.deep.equal([scene.runId, scene.runId, NaN, NaN]);
    const { configurationId } = scene;
    expect(lane(values.live_configuration)).to.deep.equal([configurationId, configurationId, NaN, NaN]);
    expect(lane(values.suspect)).to.deep.equal([0, 0, NaN, 1]);
    expect(lane(values.revised_at).map(Number.isNaN)).to.deep.equal([true, false, true, true]);
  });

  it('is the candle as it was seen before the exchange settled on another', async () => {
    const { firstSeen, values: columns } = await readMinutes(client, grid(), INTERVAL);
    expect(firstSeen).to.deep.equal(await readFirstSeen(client, grid()));
    const settledAt = lane(columns.revised_at)[1];
    const values = { open: 10, high: 12, low: 9, close: 11, volume: 5, vwap: NaN, trade_count: NaN };
    expect(firstSeen).to.deep.equal([{ cell: 4 + 1, ...values, quiet: false, suspect: false, settledAt }]);
  });

  it('is each snapshot from an interval before until the last close', async () => {
    const { snapshots } = await readMinutes(client, grid(), INTERVAL);
    expect(snapshots.map(({ market, at, volume24hUsd, book }) => ({ market, at, volume24hUsd, book }))).to.deep.equal([
      { market: 1, at: minute(-2), volume24hUsd: 2, book: null },
      { market: 1, at: minute(3), volume24hUsd: 3, book: null },
    ]);
  });

  it('ends where the last candle is', async () =>
    expect(await lastStored(client, scene.ids.slice(0, 2))).to.deep.equal([-Infinity, minute(3)]));
});
