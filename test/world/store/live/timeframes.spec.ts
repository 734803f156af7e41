import { expect } from 'chai';
import { Client } from 'pg';
import { StoreError } from '../../../../lib/world/store/errors.js';
import { readTimeframeCandles, type TimeframeRow } from '../../../../lib/world/store/candles/timeframes.js';
import type { LiveCandle } from '../../../../lib/market-data/scans.js';
import { minute } from '../../../support/broker.js';
import { walk } from '../../../support/walk.js';
import { query } from '../fixtures.js';
import { openLiveScene, scanOf } from './scene.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

const bar = (n: number, close = 11): TimeframeRow => ({
  at: minute(n),
  open: 10,
  high: 20,
  low: 9.1,
  close,
  volume: 0,
});

describe('the stored candles of higher timeframes', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openLiveScene()));
  afterEach(() => scene.close());

  const everything = () => ({ ids: scene.ids, timeframes: [5, 15], from: minute(-1_000), to: minute(1_000) });
  const told = async (order = everything()) =>
    [...(await scene.live.timeframeCandles(order))].flatMap(([id, series]) =>
      [...series].map(([minutes, { at, close }]) => [scene.ids.indexOf(id), minutes, [...at], [...close]]),
    );

  it('come back as they were stored, in the order of time, by market and timeframe', async () => {
    const [a, b] = scene.ids;
    await scene.live.saveTimeframeCandles(a!, 15, [bar(15, 12), bar(-15)]);
    await scene.live.saveTimeframeCandles(a!, 5, [bar(0)]);
    await scene.live.saveTimeframeCandles(b!, 5, [bar(5, 0.1 + 9.2)]);
    const stored = await scene.live.timeframeCandles(everything());
    expect(stored.get(a!)!.get(15)).to.deep.equal({
      at: Float64Array.of(minute(-15), minute(15)),
      high: Float64Array.of(20, 20),
      low: Float64Array.of(9.1, 9.1),
      close: Float64Array.of(11, 12),
    });
    expect(await told()).to.have.deep.members([
      [0, 15, [minute(-15), minute(15)], [11, 12]],
      [0, 5, [minute(0)], [11]],
      [1, 5, [minute(5)], [0.1 + 9.2]],
    ]);
    expect(await told({ ...everything(), ids: [b!] })).to.have.length(1);
    expect(await told({ ...everything(), timeframes: [15], from: minute(-14), to: minute(16) })).to.deep.equal([
      [0, 15, [minute(15)], [12]],
    ]);
    expect(await told({ ...everything(), to: minute(-15) })).to.deep.equal([]);
    expect(await told({ ...everything(), ids: [] })).to.deep.equal([]);
  });

  it('stay as they were first stored', async () => {
    const id = scene.ids[0]!;
    await scene.live.saveTimeframeCandles(id, 5, [bar(0), bar(5)]);
    await scene.live.saveTimeframeCandles(id, 5, [bar(5, 19), bar(10)]);
    expect(await told()).to.deep.equal([[0, 5, [minute(0), minute(5), minute(10)], [11, 11, 11]]]);
    await scene.live.saveTimeframeCandles(id, 5, []);
  });

  it('are the same to a connection for bulk reading', async () => {
    await scene.live.saveTimeframeCandles(scene.ids[2]!, 5, [bar(5), bar(0, 10.7)]);
    const client = new Client({ ...scene.database.connection, ssl: false });
    await client.connect();
    try {
      const stored = await readTimeframeCandles(async text => (await client.query<object>(text)).rows, everything());
      expect(stored).to.deep.equal(await scene.live.timeframeCandles(everything()));
      expect([...stored.keys()]).to.deep.equal([scene.ids[2]]);
    } finally {
      await client.end();
    }
  });

  it('are refused where they are no candles of their timeframe', async () => {
    const id = scene.ids[0]!;
    for (const [minutes, row, constraint] of [
      [5, bar(3), 'aligned'],
      [15, bar(5), 'aligned'],
      [1, bar(0), 'minutes'],
      [5, { ...bar(0), low: 0 }, 'prices'],
      [5, { ...bar(0), close: 21 }, 'prices'],
      [5, { ...bar(0), volume: -1 }, 'volume'],
    ] as const) {
      const error = await scene.live.saveTimeframeCandles(id, minutes, [row]).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(StoreError);
      expect((error as StoreError).message).to.contain(`timeframe_candle_${constraint}`);
    }
    expect(await query(scene.database.connection, 'select from timeframe_candle')).to.deep.equal([]);
  });

  it('tell with the minutes since when a market is known', async () => {
    const [a, b, c] = scene.ids;
    const scan = scanOf(walk(1, 3), 2, scene.ids);
    const { ids } = scene;
    await scene.live.saveScan(scene, {
      ...scan,
      decisions: [],
      opportunities: [],
      candles: scan.candles.filter(({ marketId }) => marketId !== c),
    });
    expect([...(await scene.live.firstKnown(ids))]).to.have.deep.members([
      [a, minute(2)],
      [b, minute(2)],
    ]);
    await scene.live.saveTimeframeCandles(a!, 15, [bar(-30)]);
    await scene.live.saveTimeframeCandles(a!, 5, [bar(-40), bar(-35)]);
    await scene.live.saveTimeframeCandles(b!, 5, [bar(5)]);
    await scene.live.saveTimeframeCandles(c!, 5, [bar(0)]);
    expect([...(await scene.live.firstKnown(ids))]).to.have.deep.members([
      [a, minute(-40)],
      [b, minute(2)],
      [c, minute(0)],
    ]);
  });

  it('join on to the minutes since the last gap, which are given by market', async () => {
    const [a, b] = scene.ids;
    const { ids } = scene;
    const minutesOf = (marketId: number, lacking: readonly number[]): LiveCandle[] =>
      Array.from({ length: 30 }, (_, n) => n)
        .filter(n => !lacking.includes(n))
        .map(n => ({
          marketId,
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
        }));
    const candles = [...minutesOf(a!, [3, 17, 28, 29]), ...minutesOf(b!, [])];
    await scene.live.saveScan(scene, { candles, source: 'ohlc', decisions: [], opportunities: [] });
    expect([...(await scene.live.lastStretches(ids, minute(-60)))]).to.have.deep.members([
      [a, { from: minute(18), to: minute(28) }],
      [b, { from: minute(0), to: minute(30) }],
    ]);
    expect([...(await scene.live.lastStretches(ids, minute(20)))]).to.have.deep.members([
      [a, { from: minute(20), to: minute(28) }],
      [b, { from: minute(20), to: minute(30) }],
    ]);
    expect([...(await scene.live.lastStretches(ids, minute(29)))]).to.deep.equal([
      [b, { from: minute(29), to: minute(30) }],
    ]);
    expect(await scene.live.lastStretches([], minute(0))).to.have.property('size', 0);
  });
});
