import { expect } from 'chai';
import fc from 'fast-check';
import { TradeMinutes } from '../../lib/download/trade-minutes.js';
import type { PublicTrade, TradesAnswer } from '../../lib/exchange/ports.js';
import { candlesOfTrades } from '../../lib/live/from-trades.js';
import type { Candles } from '../../lib/series/candles.js';
import { MINUTE_MS } from '../../lib/units.js';

const START = Date.UTC(2026, 3, 1);
const minute = (n: number) => START + n * MINUTE_MS;
const nanoseconds = (at: number) => String(BigInt(at) * 1_000_000n);
const trade = (n: number, second: number, price: number, size = 1): PublicTrade => ({
  ...{ at: minute(n) + second * 1_000, price, size, side: null },
});
const page = (trades: readonly PublicTrade[], since = '0', rejected = 0): TradesAnswer => ({
  ...{ trades, rejected, last: trades.length > 0 ? nanoseconds(trades.at(-1)!.at) : since },
});

/** `minute:close` of each candle, with `q` where it is quiet. */
const spelled = (candles: Candles): string =>
  Array.from(
    { length: candles.length },
    (_, i) => `${(candles.at[i]! - START) / MINUTE_MS}:${candles.close[i]}${candles.quiet[i] ? 'q' : ''}`,
  ).join(' ');
const all = (minutes: TradeMinutes, ...pages: readonly TradesAnswer[]): string[] =>
  pages.map(each => [...minutes.take(each)].map(({ candles }) => spelled(candles)).join(' '));

/** An exchange that knows these trades and gives `size` of them a page. */
const pagesOf = (trades: readonly PublicTrade[], size: number) => (cursor: string) =>
  page(trades.filter(({ at }) => BigInt(nanoseconds(at)) > BigInt(cursor)).slice(0, size), cursor);

describe('minutes out of pages of trades', () => {
  it('come when a page ends behind them; the minute in which it ends waits for the next one', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(4) }, 9);
    const found = all(
      minutes,
      page([trade(0, 1, 10), trade(2, 1, 11)]),
      page([trade(2, 59, 12), trade(3, 0, 13), trade(4, 0, 99)]),
    );
    expect(found).to.deep.equal(['0:10 1:10q', '2:12 3:13']);
    expect(minutes.isDone).to.equal(true);
  });

  it('are quiet to the end of the period where nothing is traded any more', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(4) }, 9);
    expect(all(minutes, page([trade(1, 1, 10)]), page([]))).to.deep.equal(['0:9q', '1:10 2:10q 3:10q']);
    expect(minutes.isDone).to.equal(true);
  });

  it('begin with the first trade where no close is known', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(4) }, Number.NaN);
    expect(all(minutes, page([trade(2, 1, 10)]), page([]))).to.deep.equal(['', '2:10 3:10q']);
  });

  it('of which more is traded than a page holds are whole all the same', () => {
    const trades = Array.from({ length: 50 }, (_, n) => trade(0, n, 100 + n));
    const ask = pagesOf([...trades, trade(1, 0, 1)], 7);
    const minutes = new TradeMinutes({ from: minute(0), to: minute(1) }, Number.NaN);
    const found: Candles[] = [];
    while (!minutes.isDone) for (const { candles } of minutes.take(ask(minutes.cursor))) found.push(candles);
    expect([found.length, found[0]!.open[0], found[0]!.close[0], found[0]!.volume[0]]).to.deep.equal([1, 100, 149, 50]);
  });

  it('that a page with a bad trade touches are left out, and nothing is made up across them', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(9) }, 9);
    const bad = page([trade(0, 5, 10), trade(2, 5, 11)], '0', 1);
    expect(minutes.isUsable(bad)).to.equal(false);
    expect(minutes.leaveOut(bad)).to.deep.equal({ from: minute(0), to: minute(3) });
    expect(all(minutes, page([trade(2, 50, 12), trade(5, 0, 13), trade(7, 0, 14)]))).to.deep.equal(['5:13 6:13q']);
  });

  it('do not come of a page that does not get on', () => {
    const minutes = new TradeMinutes({ from: minute(5), to: minute(9) }, 9);
    const stuck = page([trade(1, 0, 10)]);
    expect([minutes.isUsable(stuck), minutes.leaveOut(stuck)]).to.deep.equal([false, null]);
  });

  it('of a silence of years come in parts', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(40_000) }, 9);
    const parts = [...minutes.take(page([]))].map(({ candles }) => candles.length);
    expect(parts).to.deep.equal([16_384, 16_384, 7_232]); // 40,000 in all
  });

  it('are the same however the trades are cut into pages, and wherever it is begun anew', () => {
    const moments = fc.array(
      fc.record({ second: fc.integer({ min: 0, max: 1_799 }), price: fc.integer({ min: 1, max: 9 }) }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }), (found, size, lives) => {
        // no two at one moment: between those a page would not know where to go on
        const seconds = [...new Map(found.map(each => [each.second, each])).values()];
        const trades = seconds.sort((a, b) => a.second - b.second).map(({ second, price }) => trade(0, second, price));
        const ask = pagesOf(trades, size);
        const rows: string[] = [];
        let minutes = new TradeMinutes({ from: minute(0), to: minute(30) }, 5);
        let close = 5;
        for (let asked = 1; !minutes.isDone; asked++) {
          const took = [...minutes.take(ask(minutes.cursor))];
          for (const { candles } of took) {
            rows.push(...spelled(candles).split(' '));
            close = candles.close[candles.length - 1] ?? close;
          }
          if (asked % lives === 0 && took.length > 0)
            minutes = new TradeMinutes({ from: minutes.next, to: minute(30) }, close);
        }
        const whole = candlesOfTrades(trades, minute(0), minute(30), 5);
        expect(rows).to.deep.equal(
          whole.map(row => `${(row.at - START) / MINUTE_MS}:${row.close}${row.trades === 0 ? 'q' : ''}`),
        );
      }),
    );
  });

  it('a million trades are candles in less than a minute', () => {
    const [most, size] = [1_000_000, 1_000];
    const at = (n: number) => START + n * 500; // two a second: 120 a minute, 8,333 minutes and 40 trades
    const minutes = new TradeMinutes({ from: START, to: at(most) - (at(most) % MINUTE_MS) }, Number.NaN);
    const began = performance.now();
    let [candles, volume] = [0, 0];
    for (let from = 0; !minutes.isDone; from += size) {
      const trades = Array.from({ length: size }, (_, n) => ({
        ...{ at: at(from + n), price: 100 + ((from + n) % 7), size: 0.5, side: null },
      }));
      for (const { candles: part } of minutes.take(page(trades))) {
        candles += part.length;
        for (let i = 0; i < part.length; i++) volume += part.volume[i]!;
      }
    }
    expect([candles, volume]).to.deep.equal([8_333, 8_333 * 120 * 0.5]);
    expect(performance.now() - began).to.be.below(60_000);
  }).timeout(90_000);
});
