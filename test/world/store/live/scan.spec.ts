import { expect } from 'chai';
import { elapsed } from '../../../../lib/world/clock.js';
import type { LiveCandle } from '../../../../lib/market-data/scans.js';
import type { Snapshot } from '../../../../lib/market-data/snapshots.js';
import { minute } from '../../../support/broker.js';
import { walk } from '../../../support/walk.js';
import { query } from '../fixtures.js';
import { openLiveScene, scanOf } from './scene.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

const nothing = { candles: [], source: 'ohlc' as const, decisions: [], opportunities: [] };

describe('what the scanner stores', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openLiveScene()));
  afterEach(() => scene.close());

  const sql = (text: string) => query(scene.database.connection, text);
  const candle = (over: Partial<LiveCandle> = {}): LiveCandle => ({
    marketId: scene.ids[0]!,
    at: minute(0),
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
  const quietAt = (price: number) =>
    candle({ open: price, high: price, low: price, close: price, volume: 0, vwap: null, trades: 0, quiet: true });
  const save = (...candles: LiveCandle[]) => scene.live.saveScan(scene, { ...nothing, candles });
  const row = async () =>
    (
      await sql(
        `select close, vwap, trade_count, quiet, suspect, source, first_seen->'close' as first, revised_at is not null as revised from market_data`,
      )
    )[0];

  it('is a candle, with its decision, the configuration, the run, and the indicators that are known', async () => {
    await scene.live.saveScan(scene, {
      ...nothing,
      candles: [candle()],
      decisions: [
        {
          marketId: scene.ids[0]!,
          at: minute(0),
          decision: 'macd',
          indicators: { rsi_14: 0.1 + 0.2, adx_14: NaN, roc_1: -Infinity },
        },
      ],
    });
    const { runId, configurationId } = scene;
    expect(await sql('select indicators, decision, run_id, configuration_id from market_data')).to.deep.equal([
      { indicators: { rsi_14: 0.1 + 0.2 }, decision: 'macd', run_id: runId, configuration_id: configurationId },
    ]);
    expect(await row()).to.include({ close: 11, vwap: 10.5, trade_count: 7, source: 'ohlc', revised: false });
  });

  it('is decided by each strategy: the main one and, by name, those beside it', async () => {
    const decision = { marketId: scene.ids[0]!, at: minute(0), decision: 'macd', indicators: {} };
    const shadows = { loose: 'volume', mine: 'error' };
    const stored = () => sql('select decision, shadow_decisions from market_data');
    await scene.live.saveScan(scene, { ...nothing, candles: [candle()], decisions: [{ ...decision, shadows }] });
    expect(await stored()).to.deep.equal([{ decision: 'macd', shadow_decisions: shadows }]);
    await scene.live.saveScan(scene, { ...nothing, decisions: [decision] });
    expect(await stored()).to.deep.equal([{ decision: 'macd', shadow_decisions: null }]);
  });

  it('has the exit signals of strategies, which are read from a time on, ascending', async () => {
    const [marketId, other] = [scene.ids[0]!, scene.ids[1]!];
    const decided = (n: number, exits?: readonly string[], id = marketId) =>
      scene.live.saveScan(scene, {
        ...nothing,
        candles: [{ ...candle(), marketId: id, at: minute(n) }],
        decisions: [{ marketId: id, at: minute(n), decision: 'macd', indicators: {}, ...(exits && { exits }) }],
      });
    await decided(3, ['mine']);
    await decided(1, ['mine', 'loose']);
    await decided(2);
    await decided(4, ['mine'], other);
    const read = (strategy: string, from: number, id = marketId) =>
      scene.live
        .exitSignals(scene.runId, [{ strategy, marketId: id, from: minute(from) }])
        .then(found => found.map(({ at }) => (at - minute(0)) / 60_000));
    expect(await read('mine', 0)).to.deep.equal([1, 3]);
    expect(await read('mine', 2)).to.deep.equal([3]);
    expect(await read('mine', 0, other)).to.deep.equal([4]);
    expect(await read('loose', 0)).to.deep.equal([1]);
    expect(await read('momentum', 0)).to.deep.equal([]);
    expect(await scene.live.exitSignals(scene.runId + 1, [{ strategy: 'mine', marketId, from: minute(0) }])).to.be
      .empty;
    expect(await scene.live.exitSignals(scene.runId, [])).to.deep.equal([]);
  });

  it('tells when it was decided on, where that is known, and a revision changes nothing of that', async () => {
    const decision = { marketId: scene.ids[0]!, at: minute(0), decision: 'macd' as const, indicators: {} };
    const decidedAt = minute(1) + 750;
    const decided = async () => (await sql('select decided_at from market_data'))[0]!['decided_at'];
    await scene.live.saveScan(scene, { ...nothing, candles: [candle()], decisions: [decision] });
    expect(await decided()).to.equal(null);
    await scene.live.saveScan(scene, { ...nothing, decisions: [decision], decidedAt });
    await save(candle({ close: 10.5 }));
    expect(await decided()).to.deep.equal(new Date(decidedAt));
  });

  it('keeps what was seen first when the exchange settles on other values', async () => {
    await save(candle());
    await save(candle({ close: 10.5 }));
    expect(await row()).to.include({ close: 10.5, first: 11, revised: true });
    await save(candle({ close: 10.6 }));
    expect(await row()).to.include({ close: 10.6, first: 11 });
  });

  it('does not believe that a traded minute was quiet, but that a quiet one was traded', async () => {
    await save(quietAt(10));
    await save(candle());
    expect(await row()).to.include({ close: 11, quiet: false, first: 10 });
    await save(quietAt(10));
    expect(await row()).to.include({ close: 11, quiet: false, trade_count: 7 });
  });

  it('is not touched when it is stored again', async () => {
    await save(candle(), candle({ at: minute(1) }));
    const before = await sql('select xmin::text, * from market_data order by timestamp');
    await save(candle(), candle({ at: minute(1), vwap: null, trades: null }));
    expect(await sql('select xmin::text, * from market_data order by timestamp')).to.deep.equal(before);
  });

  it('is stored whole or not at all', async () => {
    const decisions = [{ marketId: scene.ids[1]!, at: minute(0), decision: 'rsi' as const, indicators: {} }];
    const error = await scene.live
      .saveScan(scene, { ...nothing, candles: [candle()], decisions })
      .catch((reason: unknown) => reason);
    expect((error as Error).message).to.contain('1 of 1 decisions');
    expect(await sql('select * from market_data')).to.deep.equal([]);
    const bad = await save(candle(), candle({ marketId: scene.ids[1]!, low: 0 })).catch((reason: unknown) => reason);
    expect(bad).to.have.property('constraint', 'market_data_prices');
    expect(await sql('select * from market_data')).to.deep.equal([]);
  });

  it('is an opportunity once, also when it is scanned again after it was decided', async () => {
    const tape = walk(5, 30);
    const n = (tape.opportunities[0]!.at - minute(0)) / 60_000;
    const scan = scanOf(tape, n, scene.ids);
    await scene.live.saveScan(scene, scan);
    await sql(`update opportunity set status = 'expired', decided_at = now()`);
    await scene.live.saveScan(scene, scan);
    expect(await sql('select status from opportunity')).to.deep.equal(
      scan.opportunities.map(() => ({ status: 'expired' })),
    );
    expect(await scene.live.pending(scene.runId, scene.ids)).to.deep.equal(new Map());
  });

  it('is a rejected opportunity where the scanner rejected it, without a notification', async () => {
    const tape = walk(5, 30);
    const n = (tape.opportunities[0]!.at - minute(0)) / 60_000;
    const scan = scanOf(tape, n, scene.ids);
    const decidedAt = minute(n + 1) + 2_000;
    const opportunities = scan.opportunities.map(each => ({ ...each, withheld: 'disk_full' as const }));
    await scene.live.saveScan(scene, { ...scan, opportunities, decidedAt });
    expect(await sql('select status, reason, decided_at from opportunity')).to.deep.equal(
      opportunities.map(() => ({ status: 'rejected', reason: 'disk_full', decided_at: new Date(decidedAt) })),
    );
    expect(await scene.live.pending(scene.runId, scene.ids)).to.deep.equal(new Map());
  });

  it('is committed only once what it depends on is stored, and not at all if that fails', async () => {
    let done!: () => void;
    const after = new Promise<void>(resolve => (done = resolve));
    const saving = scene.live.saveScan(scene, { ...nothing, candles: [candle()] }, after);
    const meanwhile = async () =>
      (
        await sql(`select count(*)::int as count from pg_stat_activity
      where state = 'idle in transaction' and datname = current_database()`)
      )[0]!['count'];
    for (const until = performance.now() + 5_000; (await meanwhile()) === 0;)
      expect(performance.now()).to.be.below(until);
    expect(await sql('select * from market_data')).to.deep.equal([]);
    done();
    await saving;
    expect(await sql('select * from market_data')).to.have.length(1);

    const failed = Promise.reject(new Error('not stored'));
    failed.catch(() => undefined);
    const other = { ...nothing, candles: [candle({ at: minute(1) })] };
    const error = await scene.live.saveScan(scene, other, failed).catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'not stored');
    expect(await sql('select * from market_data')).to.have.length(1);
  });

  it('comes back as the opportunity that was found, to the last bit', async () => {
    const tape = walk(9, 60);
    for (let n = 0; n < 60; n++) await scene.live.saveScan(scene, scanOf(tape, n, scene.ids));
    expect(tape.opportunities).to.have.length.above(5);
    expect(await scene.live.pending(scene.runId, scene.ids)).to.deep.equal(new Map([['momentum', tape.opportunities]]));
  });

  it('finds a partition in every month ahead', async () => {
    const at = Date.UTC(2026, 11, 20);
    expect(await scene.live.ensurePartitions(at, at)).to.equal(2); // December and, 40 days on, January
    expect(await scene.live.ensurePartitions(at, at)).to.equal(0);
    await save(candle({ at: Date.UTC(2027, 0, 15) }));
  });

  // A tenth of a second on a machine that does nothing else; other specs run beside this one.
  it('takes five hundred markets in less than a second', async () => {
    const symbols = Array.from({ length: 500 }, (_, i) => `C${String(i).padStart(3, '0')}/USD`);
    const ids = (await scene.store.ensureMarkets(symbols)).map(({ id }) => id);
    const indicators = Object.fromEntries(Array.from({ length: 35 }, (_, i) => [`indicator_${i}`, Math.sqrt(i + 2)]));
    const times: number[] = [];
    for (let n = 0; n < 20; n++) {
      const scan = {
        candles: ids.map(marketId => candle({ marketId, at: minute(n) })),
        source: 'ohlc' as const,
        decisions: ids.map(marketId => ({ marketId, at: minute(n), decision: 'rsi' as const, indicators })),
        opportunities: ids
          .slice(0, 20)
          .map((_, market) => ({ market, at: minute(n), close: 1, score: 0.5, values: {} })),
      };
      const began = elapsed();
      await scene.live.saveScan({ ...scene, ids }, scan);
      times.push(elapsed() - began);
    }

    expect(Math.min(...times)).to.be.below(1_000);
    expect(await sql('select count(*)::int as n from market_data where decision is not null')).to.deep.equal([
      { n: 10_000 },
    ]);
  }).timeout(60_000);
});

describe('a market snapshot', () => {
  let scene: Scene;
  before(async () => (scene = await openLiveScene()));
  after(() => scene.close());

  const snapshot = (marketId: number, at: number): Snapshot => ({
    marketId,
    at,
    ohlcv: { open: 1, high: 2, low: 0.5, close: 1.5, volume: 10, vwap: NaN },
    indicators: { rsi_14: 55.5, adx_14: NaN },
    book: {
      at: at - 20_000,
      asked: 25,
      bids: Array.from({ length: 25 }, (_, i) => ({ price: 1000 - i, size: i + 1 })),
      asks: Array.from({ length: 25 }, (_, i) => ({ price: 1002 + 0.1 * i, size: i + 1 })),
    },
    tradingVolume: 1e6,
    sentiment: -0.25,
    correlationBtc: NaN,
  });

  it('holds twenty levels of the book, and nothing that is not known', async () => {
    await scene.live.saveSnapshots([
      snapshot(scene.ids[0]!, minute(0)),
      { ...snapshot(scene.ids[1]!, minute(0)), book: null },
    ]);
    const [full, bare] = await query(
      scene.database.connection,
      'select * from market_snapshot order by cryptocurrency_id',
    );
    expect(full).to.deep.include({
      ohlcv: { open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 },
      indicators: { rsi_14: 55.5 },
      trading_volume: 1e6,
      market_sentiment: -0.25,
      correlation_btc: null,
    });
    const book = full!['order_book'] as { bids: number[][]; asks: number[][] };
    expect([book.bids.length, book.asks.length, book.bids[19]]).to.deep.equal([20, 20, [981, 20]]);
    expect(bare).to.deep.include({ order_book: null, book_at: null, book_spread: null, book_bid_depth_10bp: null });
  });

  it('holds what its book comes to, measured on all levels that came, and null where they do not reach', async () => {
    await scene.live.saveSnapshots([snapshot(scene.ids[0]!, minute(9))]);
    const [row] = await query(
      scene.database.connection,
      `select * from market_snapshot where timestamp = '${new Date(minute(9)).toISOString()}'`,
    );
    expect(row!['book_at']).to.deep.equal(new Date(minute(9) - 20_000));
    expect(row!['book_spread']).to.be.closeTo(2 / 1001, 1e-15);
    // The middle is 1,001. Bids within 50 bp are those from 995.995 on; the asks end at 1,004.4, 34
    // bp above it.
    const bids = [1000, 999, 998, 997, 996];
    expect(row!['book_bid_depth_50bp']).to.equal(bids.reduce((sum, price, i) => sum + price * (i + 1), 0));
    expect(row).to.deep.include({ book_bid_depth_10bp: 1000, book_ask_depth_50bp: null });
    // 25 bp: bids from 998.4975, asks up to 1,003.5025, the first 16 (1,003.5 is the last)
    const [bought, sold] = [1000 + 2 * 999, Array.from({ length: 16 }, (_, i) => (1002 + 0.1 * i) * (i + 1))];
    const offered = sold.reduce((sum, value) => sum + value, 0);
    expect(row!['book_imbalance']).to.be.closeTo((bought - offered) / (bought + offered), 1e-12);
  });

  it('is one a market and moment, however often it is stored', async () => {
    const many = scene.ids.map(id => snapshot(id, minute(5)));
    await scene.live.saveSnapshots(many);
    await scene.live.saveSnapshots(many);
    const [count] = await query(
      scene.database.connection,
      `select count(*)::int as n from market_snapshot where timestamp = '${new Date(minute(5)).toISOString()}'`,
    );
    expect(count).to.deep.equal({ n: 3 });
  });
});
