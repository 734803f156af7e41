import { expect } from 'chai';
import { readSettings } from '../../../lib/settings/read.js';
import { openStore, type Store } from '../../../lib/world/store/index.js';
import type { LiveCandle } from '../../../lib/market-data/scans.js';
import { openLive, type LiveStore } from '../../../lib/world/store/live/index.js';
import type { Why } from '../../../lib/report/why.js';
import { minute } from '../../support/broker.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { jsonHere, runHere } from '../../support/here.js';
import { urlOf } from '../child.js';

const YAML = `momentum_strategy: { volume: { factor: 2 } }
strategies:
  - {name: momentum, use: momentum}
  - {name: loose, use: momentum, wallet: shadow, parameters: {volume: {factor: 1.5}, trend: {min_adx: 30}}}
  - {name: late, use: momentum, wallet: shadow}`;

/** On these every condition of the configuration holds. */
const good: Readonly<Record<string, number>> = {
  rsi_14: 60,
  macd_histogram: 0.5,
  roc_1: 0.6,
  roc_5: 1,
  roc_15: 1.5,
  bb_middle: 100,
  volume_sma_10: 10,
  adx_14: 25,
  plus_di_14: 30,
  minus_di_14: 20,
  '5m.macd_histogram': 0.1,
  '15m.macd_histogram': 0.1,
};

describe('bin/bot why', () => {
  let database: FreshDatabase;
  let store: Store;
  let live: LiveStore;
  let env: Record<string, string>;
  let ids: readonly number[];
  let runId: number;
  let configurationId: number;

  const candle = (n: number, over: Partial<LiveCandle> = {}): LiveCandle => ({
    marketId: ids[0]!,
    at: minute(n),
    open: 100,
    high: 102,
    low: 99,
    close: 101,
    volume: 21,
    vwap: 100.5,
    trades: 7,
    quiet: false,
    suspect: false,
    ...over,
  });
  type Decision = Parameters<LiveStore['saveScan']>[1]['decisions'][number]['decision'];
  const decide = (
    n: number,
    decision: Decision,
    indicators: Readonly<Record<string, number>>,
    over: Partial<LiveCandle> = {},
    shadows?: Readonly<Record<string, string>>,
  ) =>
    live.saveScan(
      { runId, strategy: 'momentum', configurationId, ids },
      {
        candles: [candle(n, over)],
        source: 'ohlc',
        decisions: [{ marketId: ids[0]!, at: minute(n), decision, indicators, ...(shadows && { shadows }) }],
        opportunities:
          decision === 'opportunity'
            ? [
                {
                  market: 0,
                  at: minute(n),
                  close: 101,
                  score: 0.25,
                  values: { ...indicators, close: 101, volume: 21, macd_histogram_before: 0.4 },
                },
              ]
            : [],
      },
    );
  const time = (n: number) => new Date(minute(n)).toISOString().slice(0, 16);
  const why = async (n: number, market = 'BTC/USD') => {
    const { code, stdout, stderr } = await runHere(['why', market, time(n)], { env });
    return { code, stdout, stderr };
  };

  before(async () => {
    database = await migratedDatabase();
    env = { DATABASE_URL: urlOf(database.connection) };
    store = await openStore(database.connection, { poolSize: 2 });
    live = openLive(store, database.connection);
    ids = (await store.ensureMarkets(['BTC/USD', 'ETH/USD'])).map(({ id }) => id);
    const start = {
      mode: 'simulated' as const,
      codeVersion: 'test',
      symbols: ['BTC/USD'],
      configuration: readSettings(YAML, 'config.yaml', {}),
      initialBalance: 10_000,
    };
    ({ id: runId, configurationId } = await live.openRun(start));
    await live.ensurePartitions(minute(0), minute(1));
    await decide(0, 'macd', { ...good, macd_histogram: 0.4 });
    const context = { correlation_btc: 0.5, support: 99.25, sector_return_15: -0.125, breadth: NaN };
    const shadows = { loose: 'trend', late: 'not_tradable' };
    await decide(1, 'volume', { ...good, ...context, macd_histogram: 0.45 }, { volume: 20 }, shadows);
    await decide(2, 'opportunity', good);
    await decide(3, 'unknown', { ...good, rsi_14: NaN, macd_histogram: 0.6 });
    await decide(4, 'quiet', good, { volume: 0, open: 101, high: 101, low: 101, quiet: true, vwap: null, trades: 0 });
    await decide(5, 'not_tradable', good);
    await decide(6, 'warming_up', {});
    await live.saveScan(
      { runId, strategy: 'momentum', configurationId, ids },
      { candles: [candle(7)], source: 'trades', decisions: [], opportunities: [] },
    );
    await query(
      database.connection,
      `insert into universe_verdict (run_id, cryptocurrency_id, timestamp, rule, value, threshold, pass) values
       (${runId}, ${ids[0]!}, '${new Date(minute(-9)).toISOString()}', 'spread', 0.9, 0.5, false),
       (${runId}, ${ids[0]!}, '${new Date(minute(6)).toISOString()}', 'volatility', 3, 15, true),
       (${runId}, ${ids[0]!}, '${new Date(minute(6)).toISOString()}', 'daily_volume', 4000000, 5000000, false),
       (${runId}, ${ids[0]!}, '${new Date(minute(6)).toISOString()}', 'base_currency', null, null, true)`,
    );
  });
  after(async () => {
    await store.close();
    await database.drop();
  });

  it('shows every value beside its threshold, in the order of the conditions, and marks the first that failed', async () => {
    const { code, stdout } = await why(1);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^BTC\/USD {2}2026-01-01 00:01 UTC {2}volume\n/);
    expect(stdout).to.contain('First condition to fail: volume. volume (20) is not > 2 · volume_sma_10 (20).');
    expect(stdout).to.contain(`decided  strategy momentum, run ${runId} (simulated), configuration ${configurationId}`);
    expect(stdout).to.match(/^other strategies\nloose +trend\nlate +not tradable$/m);
    expect((await why(0)).stdout)
      .to.contain(`decided  run ${runId} (simulated)`)
      .and.not.contain('other strategies');
    expect(stdout).to.contain('context  correlation btc 0.5, support 99.25, sector return 15 -0.125\n');
    expect((await why(0)).stdout).not.to.contain('context');
    const rows = stdout.split('\n').map(line => line.trim().split(/ {2,}/));
    expect(rows).to.deep.include(['rsi', 'rsi_14', '60', '>', '30', 'yes']);
    expect(rows).to.deep.include(['macd_histogram', '0.45', '>', '0.4', 'macd_histogram a minute before', 'yes']);
    expect(rows).to.deep.include(['volume', 'volume', '20', '>', '20', '2 · volume_sma_10', 'no: first to fail']);
    expect(stdout.match(/first to fail/g)).to.have.length(1);
    const order = ['rsi', 'macd', 'roc', 'bollinger', 'volume', 'trend'];
    expect(rows.map(([first]) => first).filter(first => order.includes(first!))).to.deep.equal(order);
    expect(stdout).to.match(/universe 2025-12-31 23:51 .*\nspread +0.9 +≤ +0.5 +no/); // the refresh at 00:06 came later
  });

  it('explains a shadow strategy by its own conditions, and says what the others decided', async () => {
    const of = async (strategy: string) => {
      const { code, stdout, stderr } = await runHere(['why', 'BTC/USD', time(1), '--strategy', strategy], { env });
      return { code, stdout, stderr };
    };
    const { code, stdout } = await of('loose');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^BTC\/USD {2}2026-01-01 00:01 UTC {2}trend\n/);
    expect(stdout).to.contain('First condition to fail: trend. adx_14 (25) is not ≥ 30.');
    const rows = stdout.split('\n').map(line => line.trim().split(/ {2,}/));
    expect(rows).to.deep.include(['volume', 'volume', '20', '>', '15', '1.5 · volume_sma_10', 'yes']);
    expect(stdout).to.contain(`decided  strategy loose, run ${runId} (simulated)`);
    expect(stdout).to.match(/^other strategies\nmomentum +volume\nlate +not tradable$/m);
    expect(stdout).not.to.contain('Run ');
    expect((await of('late')).stdout).to.contain('UTC  not tradable');
    expect(await of('lose')).to.deep.include({
      code: 2,
      stderr: `error: --strategy: run ${runId} had no strategy "lose" then; it had momentum, loose, late\n`,
    });
    const document = await jsonHere<Why>(['why', 'BTC/USD', time(1), '--strategy', 'loose'], { env });
    expect(document).to.deep.include({ strategy: 'loose', decision: 'trend' });
    expect(document.others).to.deep.equal([
      { strategy: 'momentum', decision: 'volume', reason: null },
      { strategy: 'late', decision: 'not_tradable', reason: null },
    ]);
  });

  it('tells what became of an opportunity', async () => {
    const found = await why(2);
    expect(found.stdout).to.contain('Every condition held: an opportunity.');
    expect(found.stdout).to.contain(
      `Run ${runId} (simulated), score 0.250: waiting: not bought, rejected or expired yet.`,
    );
    await query(
      database.connection,
      `update opportunity set status = 'rejected', reason = 'max_open_positions', decided_at = now()`,
    );
    expect((await why(2)).stdout).to.contain('score 0.250: rejected: max open positions.');
    await query(
      database.connection,
      `update opportunity set status = 'taken', reason = null`,
      `insert into simulated_trade (run_id, trade_number, cryptocurrency_id, opportunity_id, configuration_id, entry_timestamp, entry_price, size,
         stop_loss_price, status, strategy_used, entry_fee, entry_half_spread, entry_slippage, entry_quote_rate, remaining_size)
       select run_id, 4, cryptocurrency_id, id, configuration_id, now(), 101.25, 2, 99, 'open', strategy, 0, 0, 0, 1, 2 from opportunity`,
    );
    await query(
      database.connection,
      `insert into stop_raise (trade_id, timestamp, stop, reason) select id, ts::timestamptz, stop, reason from simulated_trade,
         (values ('2026-01-01T00:09:00Z', 104.5, 'trailing_stop'), ('2026-01-01T00:05:00Z', 102.2625, 'break_even')) as r (ts, stop, reason)`,
    );
    const { stdout } = await why(2);
    expect(stdout).to.contain('score 0.250: taken as trade 4 at 101.25; open.');
    expect(stdout).to.match(
      /^stop of trade 4 of run \d+, raised at +to +from the entry +by\n2026-01-01 00:05 +102\.2\d+ +1\.00 % +break even\n2026-01-01 00:09 +104\.5\d* +3\.21 % +trailing stop$/m,
    );
  });

  it('is a document for programs', async () => {
    const document = await jsonHere<Why>(['why', 'btc-usd', time(1)], { env });
    expect(document).to.include({
      market: 'BTC/USD',
      time: '2026-01-01T00:01:00Z',
      decision: 'volume',
      runId,
      configurationId,
    });
    expect(document.checks[document.firstFailed!]).to.deep.equal({
      condition: 'volume',
      value: { name: 'volume', value: 20 },
      comparison: '>',
      threshold: { name: '2 · volume_sma_10', value: 20 },
      holds: false,
    });
  });

  it('says which value was not known', async () => {
    const { stdout } = await why(3);
    expect(stdout).to.contain('A value that the strategy needs was unknown: rsi_14.');
    expect(stdout).to.match(/rsi +rsi_14 +unknown +> +30 +unknown/);
    expect((await why(0)).stdout).to.contain('The stored values do not lead to "macd"'); // no minute is stored before it
  });

  it('says why the strategy was not evaluated', async () => {
    expect((await why(4)).stdout).to.contain('There were no trades in this minute');
    expect((await why(6)).stdout).to.contain('fewer than 200 candles');
    const { stdout } = await why(5); // closes at 00:06, when the market was judged
    expect(stdout).to.contain('The market was not tradable: daily volume is 4,000,000, not ≥ 5,000,000.');
    expect(stdout).to.match(
      /universe 2026-01-01 00:06 .*\nbase currency +yes\ndaily volume +4,000,000 +≥ +5,000,000 +no\nvolatility +3 +≤ +15 +yes/,
    );
    expect(stdout).to.contain('Note: The strategy was not evaluated');
    expect(stdout).to.not.contain('first to fail');
  });

  it('judges by the values that were seen when it was decided, where the exchange changed the candle since', async () => {
    const candles = [candle(1, { volume: 25 })];
    await live.saveScan(
      { runId, strategy: 'momentum', configurationId, ids },
      { candles, source: 'ohlc', decisions: [], opportunities: [] },
    );
    const { stdout } = await why(1);
    expect(stdout).to.contain('volume (20) is not > 2 · volume_sma_10 (20)');
    expect(stdout).to.match(/Note: The exchange changed this candle at \d{4}-/);
  });

  it('reports that no run evaluated a minute, and where its candle is from', async () => {
    const { code, stdout } = await why(7);
    expect(code).to.equal(0);
    expect(stdout).to.contain('not decided').and.contain('No run evaluated this minute').and.contain('"trades"');
  });

  it('names the nearest minutes where one is not stored, with exit code 1', async () => {
    const { code, stdout, stderr } = await why(60);
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.contain('BTC/USD: the minute 2026-01-01T01:00:00Z is not stored');
    expect(stderr).to.contain('before it 2026-01-01T00:07:00Z');
    expect((await why(0, 'ETH/USD')).stderr).to.contain('No minute of this market is stored.');
  });

  it('refuses what is no market, a market that is not stored, and what is no time, with exit code 2', async () => {
    const mistakes = [
      [['why', 'nonsense', time(0)], '"nonsense" is no market: expected BASE/QUOTE'],
      [['why', 'XRP/USD', time(0)], 'XRP/USD is not stored: "bot status" lists'],
      [['why', 'BTC/USD', '2026-02-30'], 'time: found "2026-02-30", expected a UTC time'],
      [['why', 'BTC/USD'], 'found no TIME, expected <time> (open time of the minute'],
    ] as const;
    for (const [args, says] of mistakes) {
      const { code, stderr } = await runHere([...args], { env });
      expect([code, stderr.includes(says)], stderr).to.deep.equal([2, true]);
    }
  });
});
