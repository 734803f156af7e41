import { expect } from 'chai';
import type { PublicTrade } from '../../lib/exchange/ports.js';
import { TradePages } from '../../lib/exchange/trade-pages.js';
import { readTrades } from '../../lib/kraken/trades.js';
import { capturedResult } from '../support/captured.js';
import { pageOf, type Paging, type TradeRow } from '../support/trade-server.js';

/**
 * Real pages of 1,000 trades: one with ids and many shared timestamps, one from before there were
 * ids.
 */
const CAPTURES = [
  ['of 2025, with ids', 'kraken-trades-XBTUSDT-2025-11.json.gz', 'XBTUSDT', [17, 18, 99, 100, 500, 999, 1_000]],
  ['of 2019, without ids', 'kraken-trades-BCHEUR-2019-05.json.gz', 'BCHEUR', [2, 7, 99, 100, 1_000]],
] as const;
/** `since` may be rounded: to a microsecond, to a quarter of one (a double), or not at all. */
const PRECISIONS = [1n, 256n, 1_000n];

describe('the pages of real trades', () => {
  it('are read under the name that was asked for, with ids and without', () => {
    const read = (name: string, key: string, now: number) =>
      readTrades(capturedResult(name), { id: key, altname: key, symbol: 'BTC/USD' }, now);
    const old = read('kraken-trades-XXBTZUSD-2013.json', 'XXBTZUSD', Date.UTC(2013, 11, 1));
    expect([old.trades.length, old.rejected, old.last]).to.deep.equal([14, 0, '1385579841881785998']);
    expect(old.trades[0]).to.deep.equal({
      id: null,
      at: 1385579841777.4,
      price: 1023.82219,
      size: 0.00435995,
      side: 'sell',
    });
    const { trades, last } = read('kraken-trades-BTCUSD-2026-09.json', 'BTC/USD', Date.UTC(2026, 9, 1));
    expect(trades.map(({ id }) => id)).to.deep.equal([109118758, 109118759, 109118760]);
    expect(last).to.equal('1790359841138228746');
  });

  for (const [what, file, key, sizes] of CAPTURES) {
    const result = capturedResult(file);
    const rows = result[key] as TradeRow[];
    const pair = { id: key, altname: key, symbol: 'A/B' };
    const now = rows.at(-1)![2] * 1_000 + 60_000;
    const whole = readTrades(result, pair, now).trades;

    it(`${what} are in order and as exact as they were given`, () => {
      expect(whole).to.have.length(1_000);
      expect(whole.map(({ at }) => at)).to.deep.equal(rows.map(([, , seconds]) => seconds * 1_000));
      expect(whole.map(({ id }) => id)).to.deep.equal(rows.map(row => row[6] ?? null));
    });

    const paged = (paging: Paging) => {
      const pages = new TradePages(Math.floor(whole[0]!.at));
      const taken: PublicTrade[] = [];
      for (let requests = 0; requests < 3_000; requests++) {
        const news = pages.take(readTrades(pageOf(key, rows, paging, pages.cursor), pair, now));
        if (news.kind === 'trades') taken.push(...news.trades);
        if (news.kind === 'silence') break;
      }
      return taken;
    };
    for (const inclusive of [false, true])
      it(`${what} are each taken once, whatever a page holds, where "since" is ${inclusive ? 'inclusive' : 'exclusive'}`, () => {
        for (const precision of PRECISIONS)
          for (const size of sizes) {
            if (precision > 1n && size < 99) continue; // rounding brings more than one full group
            const taken = paged({ size, inclusive, precision });
            expect(taken, `pages of ${size}, rounded to ${precision} ns`).to.deep.equal(whole);
          }
      });
  }
});
