import { expect } from 'chai';
import { readOhlc } from '../../lib/kraken/ohlc.js';
import { readTrades } from '../../lib/kraken/trades.js';
import { candlesOfTrades } from '../../lib/market-data/from-trades.js';
import { observationOf } from '../../lib/market-data/quote.js';
import { simulatedExchange } from '../../lib/simulator/exchange/exchange.js';
import { MINUTE_MS } from '../../lib/units.js';
import { minute } from './answers.js';

const trade = (n: number, second: number, price: number, size: number) => ({
  id: null,
  at: minute(n) + second * 1_000,
  price,
  size,
  side: null,
});

describe('candles of trades', () => {
  it('open with the first, close with the last, and weigh the mean by size', () => {
    const trades = [trade(0, 0, 10, 1), trade(0, 20, 14, 2), trade(0, 40, 9, 1), trade(0, 59.999, 11, 4)];
    expect(candlesOfTrades(trades, minute(0), minute(1), Number.NaN)).to.deep.equal([
      // (10 · 1 + 14 · 2 + 9 · 1 + 11 · 4) / 8 = 91 / 8
      { at: minute(0), open: 10, high: 14, low: 9, close: 11, vwap: 11.375, volume: 8, trades: 4 },
    ]);
  });

  it('are quiet where nothing was traded, and begin with the first trade where no close is known', () => {
    const trades = [trade(1, 0, 10, 1), trade(3, 0, 12, 1)];
    const of = (close: number) =>
      candlesOfTrades(trades, minute(0), minute(5), close).map(({ at, close: last, trades: count }) => [
        (at - minute(0)) / MINUTE_MS,
        last,
        count,
      ]);
    expect(of(9)).to.deep.equal(
      [
        [0, 9, 0],
        [1, 10, 1],
        [2, 10, 0],
        [3, 12, 1],
        [4, 12, 0],
      ].map(each => each),
    );
    expect(of(Number.NaN)).to.deep.equal(
      [
        [1, 10, 1],
        [2, 10, 0],
        [3, 12, 1],
        [4, 12, 0],
      ].map(each => each),
    );
  });

  it('leave out what is before or after', () => {
    const trades = [trade(0, 59, 10, 1), trade(1, 0, 11, 1), trade(2, 0, 12, 1)];
    expect(candlesOfTrades(trades, minute(1), minute(2), 10).map(({ open, trades: n }) => [open, n])).to.deep.equal([
      [11, 1],
    ]);
  });

  it('lose the rounding of a sum of decimals', () => {
    const trades = [trade(0, 0, 10, 0.1), trade(0, 1, 10, 0.2)];
    expect(candlesOfTrades(trades, minute(0), minute(1), 10)[0]!.volume).to.equal(0.3); // 0.1 + 0.2 is 0.30000000000000004
  });

  it('are those that the exchange tells, whose vwap is rounded to a tick', () => {
    const now = Date.UTC(2026, 3, 12, 12, 0, 30);
    const since = now - 30_000 - 60 * MINUTE_MS;
    const exchange = simulatedExchange({ seed: 3, symbols: ['MINA/USD'], clock: () => now, isLimited: false });
    const ask = (path: string, query: Record<string, string>) => {
      const reply = exchange.reply({ path: `/0/public/${path}`, query: new URLSearchParams(query), client: '' });
      return (JSON.parse(reply.body) as { result: Record<string, unknown> }).result;
    };
    const pair = { id: 'MINAUSD', altname: 'MINAUSD', symbol: 'MINA/USD' };
    const from = String(since / 1_000 - 1);
    const { rows } = readOhlc(ask('OHLC', { pair: 'MINAUSD', since: from }), { pair, intervalMinutes: 1, since, now });
    const { trades } = readTrades(ask('Trades', { pair: 'MINAUSD', since: `${since - 1}999999` }), pair, now);
    const built = candlesOfTrades(trades, since, since + 60 * MINUTE_MS, rows[0]!.open);
    expect(rows).to.have.length(60);
    expect(rows.filter(row => row.trades === 0).length).to.be.within(5, 40);
    built.forEach((row, i) => {
      expect({ ...row, vwap: 0 }).to.deep.equal({ ...rows[i]!, vwap: 0 });
      if (row.vwap !== null) expect(row.vwap).to.be.closeTo(rows[i]!.vwap!, 0.5e-4 + 1e-12); // four decimals
    });
  });
});

describe('a quote', () => {
  it('is the candle whose four prices are the bid', () => {
    expect(observationOf(99, 5)).to.deep.equal({ at: 5, opensAt: 5, open: 99, high: 99, low: 99 });
  });
});
