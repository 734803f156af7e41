import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BacktestReport } from '../../lib/report/document.js';
import { migratedDatabase, query, type FreshDatabase } from '../world/store/fixtures.js';
import { jsonHere } from '../support/here.js';
import { urlOf, type ChildOptions } from './child.js';
import { krakenCsv } from './market-files.js';

const TRENDING = `filtering: { min_daily_volume: 0, min_history_hours: 0, max_volatility: 10000 }
momentum_strategy:
  roc: { periods: [1, 5, 15], thresholds: [0.05, 0.1, 0.2] }
  volume: { factor: 1 }
  trend: { min_adx: 5 }
`;
const FILES = { XBTUSD: 'BTC/USD', ETHUSD: 'ETH/USD' };
/**
 * A day and eight minutes before the period, in the middle of a candle of 15 minutes and of one of
 * 5.
 */
const FIRST_MINUTE = '2026-01-30T23:52Z';

describe('bot backtest over minutes that a live bot stored', function () {
  this.timeout(60_000);
  let folder: string;
  let database: FreshDatabase;
  let world: ChildOptions;
  const backtest = () =>
    jsonHere(['backtest', '--from', '2026-02-01', '--to', '2026-02-04', '-c', join(folder, 'trending.yaml')], world);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-timeframeHistory-'));
    writeFileSync(join(folder, 'trending.yaml'), TRENDING);
    database = await migratedDatabase();
    world = { env: { DATABASE_URL: urlOf(database.connection) }, cwd: folder };
    const paths = Object.entries(FILES).map(([pair, symbol]) => {
      const path = join(folder, `${pair}_1.csv`);
      writeFileSync(path, krakenCsv(symbol, 5, Date.UTC(2026, 0, 24), Date.UTC(2026, 1, 4)));
      return path;
    });
    await jsonHere(['import', ...paths], world);
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('trades with the 5- and 15-minute candles of before as if it had the minutes of before', async () => {
    const sql = (...texts: string[]) => query(database.connection, ...texts);
    const whole = await backtest();
    await sql(
      `create table aside as
       select cryptocurrency_id, minutes, date_bin(minutes * interval '1 minute', "timestamp", '2000-01-01Z') as opens,
         (array_agg(open order by "timestamp"))[1] as open, max(high) as high, min(low) as low,
         (array_agg(close order by "timestamp" desc))[1] as close, sum(volume) as volume
       from market_data, (values (5), (15)) as timeframe (minutes)
       group by cryptocurrency_id, minutes, opens having count(*) = minutes`,
      `delete from market_data where "timestamp" < '${FIRST_MINUTE}'`,
    );
    const blind = await backtest();
    await sql('insert into timeframe_candle select * from aside', 'drop table aside');
    const primed = await backtest();

    const entries = ({ trades }: BacktestReport) =>
      trades.map(({ symbol, entryTime, entryPrice, exits }) => [
        symbol,
        entryTime,
        entryPrice,
        exits.map(({ time, price, reason }) => [time, price, reason]),
      ]);
    expect(whole.trades.length).to.be.at.least(5);
    expect(entries(primed)).to.deep.equal(entries(whole));
    expect(primed.funnel).to.deep.equal(whole.funnel);
    // blind until there are 200 candles of 15 minutes, the first of which is that of midnight: 50
    // hours, 26 of them in the period
    const first = Date.parse(blind.trades[0]!.entryTime);
    expect(first).to.be.at.least(Date.UTC(2026, 1, 2, 2));
    expect(Date.parse(primed.trades[0]!.entryTime)).to.be.below(first);
  });
});
