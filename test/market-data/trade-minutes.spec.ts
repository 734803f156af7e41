import { expect } from 'chai';
import fc from 'fast-check';
import { TradeMinutes, type LeftOut } from '../../lib/market-data/trade-minutes.js';
import type { PublicTrade, TradesAnswer } from '../../lib/exchange/ports.js';
import { candlesOfTrades } from '../../lib/market-data/from-trades.js';
import type { Candles } from '../../lib/market-data/candles.js';
import { MINUTE_MS } from '../../lib/units.js';

const START = Date.UTC(2026, 3, 1);
const minute = (n: number) => START + n * MINUTE_MS;
const nanoseconds = (at: number) => String(BigInt(at) * 1_000_000n);
const trade = (n: number, second: number, price: number, size = 1, id: number | null = null): PublicTrade => ({
  id,
  at: minute(n) + second * 1_000,
  price,
  size,
  side: null,
});
const page = (trades: readonly PublicTrade[], since = '0', rejected = 0): TradesAnswer => ({
  trades,
  rejected,
  last: trades.length > 0 ? nanoseconds(trades.at(-1)!.at) : since,
});

/** `minute:close` of each candle, with `q` where it is quiet. */
const spelled = (candles: Candles): string =>
  Array.from(
    { length: candles.length },
    (_, i) => `${(candles.at[i]! - START) / MINUTE_MS}:${candles.close[i]}${candles.quiet[i] ? 'q' : ''}`,
  ).join(' ');
const rowsOf = ({ at, open, close, volume, trades, length }: Candles) =>
  Array.from({ length }, (_, i) => ({
    at: at[i]!,
    open: open[i]!,
    close: close[i]!,
    volume: volume[i]!,
    trades: trades[i]!,
  }));
const all = (minutes: TradeMinutes, ...pages: readonly TradesAnswer[]): string[] =>
  pages.map(each => [...(minutes.take(each) ?? [])].map(({ candles }) => spelled(candles)).join(' '));

/** An exchange that knows these trades and gives `size` of them a page. */
const pagesOf =
  (trades: readonly PublicTrade[], size: number, isInclusive = false) =>
  (cursor: string) => {
    const since = BigInt(cursor);
    const isWanted = (at: bigint) => (isInclusive ? at >= since : at > since);
    return page(trades.filter(({ at }) => isWanted(BigInt(nanoseconds(at)))).slice(0, size), cursor);
  };

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
    expect(all(minutes, page([trade(1, 1, 10)]), page([]), page([]))).to.deep.equal(['0:9q', '', '1:10 2:10q 3:10q']);
    expect(minutes.isDone).to.equal(true);
  });

  it('begin with the first trade where no close is known', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(4) }, Number.NaN);
    expect(all(minutes, page([trade(2, 1, 10)]), page([]), page([]))).to.deep.equal(['', '', '2:10 3:10q']);
  });

  it('of which more is traded than a page holds are whole all the same', () => {
    const trades = Array.from({ length: 50 }, (_, n) => trade(0, n, 100 + n));
    const ask = pagesOf([...trades, trade(1, 0, 1)], 7);
    const minutes = new TradeMinutes({ from: minute(0), to: minute(1) }, Number.NaN);
    const found: Candles[] = [];
    while (!minutes.isDone) for (const { candles } of minutes.take(ask(minutes.cursor))!) found.push(candles);
    expect([found.length, found[0]!.open[0], found[0]!.close[0], found[0]!.volume[0]]).to.deep.equal([1, 100, 149, 50]);
  });

  it('that a page with a bad trade touches are left out, and nothing is made up across them', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(9) }, 9);
    const bad = page([trade(0, 5, 10), trade(2, 5, 11)], '0', 1);
    expect(minutes.take(bad)).to.equal(null);
    expect(minutes.leaveOut()).to.deep.equal({
      from: minute(0),
      to: minute(3),
      reason: "1 of the trades in the exchange's answer cannot be used",
    });
    expect(all(minutes, page([trade(2, 50, 12), trade(5, 0, 13), trade(7, 0, 14)]))).to.deep.equal(['5:13 6:13q']);
  });

  it('between which trades are missing by their ids are left out; those before and behind them are not', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(9) }, 9);
    const trades = [
      trade(0, 5, 10, 1, 1),
      trade(2, 5, 11, 1, 2),
      trade(4, 5, 12, 1, 4),
      trade(5, 5, 13, 1, 5),
      trade(9, 0, 1, 1, 6),
    ];
    const ask = pagesOf(trades, 9);
    expect(all(minutes, ask(minutes.cursor))).to.deep.equal(['0:10 1:10q']);
    for (let tries = 1; tries <= 3; tries++) {
      expect(minutes.take(ask(minutes.cursor))).to.equal(null);
      expect(minutes.misses).to.equal(tries);
    }
    const reason = 'the exchange leaves out trades: after trade 2 comes trade 4';
    expect(minutes.leaveOut()).to.deep.equal({ from: minute(2), to: minute(5), reason });
    expect(all(minutes, ask(minutes.cursor))).to.deep.equal(['5:13 6:13q 7:13q 8:13q']);
  });

  it('are whole where a missing trade comes with a repetition', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(4) }, 9);
    const [one, two, three] = [trade(0, 5, 10, 1, 1), trade(1, 5, 11, 2, 2), trade(4, 0, 12, 4, 3)];
    expect(all(minutes, page([one, three]))).to.deep.equal(['']);
    expect(minutes.take(page([one, three]))).to.equal(null);
    expect(all(minutes, page([one, two, three]))).to.deep.equal(['0:10 1:11 2:11q 3:11q']);
  });

  it('do not come of a page that does not advance', () => {
    const minutes = new TradeMinutes({ from: minute(5), to: minute(9) }, 9);
    const stuck = page([trade(1, 0, 10)]);
    expect(all(minutes, stuck)).to.deep.equal(['']);
    expect([minutes.take(stuck), minutes.leaveOut()]).to.deep.equal([null, null]);
  });

  it('of a silence of years come in parts', () => {
    const minutes = new TradeMinutes({ from: minute(0), to: minute(40_000) }, 9);
    expect([...minutes.take(page([]))!]).to.deep.equal([]);
    const parts = [...minutes.take(page([]))!].map(({ candles }) => candles.length);
    expect(parts).to.deep.equal([16_384, 16_384, 7_232]); // 40,000 in all
  });

  it('are the same however the trades are cut into pages, whatever "since" includes, and wherever it is resumed', () => {
    const moments = fc.array(
      // few moments: many trades share theirs, also with the same price
      fc.record({ second: fc.integer({ min: 0, max: 40 }), price: fc.integer({ min: 1, max: 3 }) }),
      { minLength: 1, maxLength: 60 },
    );
    const paging = fc.record({
      size: fc.integer({ min: 1, max: 20 }),
      isInclusive: fc.boolean(),
      hasIds: fc.boolean(),
    });
    fc.assert(
      fc.property(moments, paging, fc.integer({ min: 1, max: 5 }), (found, { size, isInclusive, hasIds }, lives) => {
        const trades = [...found]
          .sort((a, b) => a.second - b.second)
          .map(({ second, price }, i) => trade(0, second * 20, price, i + 1, hasIds ? i + 100 : null));
        const largest = Math.max(...trades.map(({ at }) => trades.filter(each => each.at === at).length));
        // That a page is full of one timestamp shows only if something was traded later.
        if (size <= largest) trades.push(trade(14, 0, 1, 1, hasIds ? trades.length + 100 : null));
        const ask = pagesOf(trades, size, isInclusive);
        const rows = new Map<number, string>();
        const leftOut: LeftOut[] = [];
        const to = minute(14);
        let minutes = new TradeMinutes({ from: minute(0), to }, 5);
        let close = 5;
        for (let asked = 1; !minutes.isDone; asked++) {
          expect(asked).to.be.below(2_000);
          const took = minutes.take(ask(minutes.cursor));
          if (took === null && minutes.misses >= 3) {
            leftOut.push(minutes.leaveOut()!);
            close = Number.NaN;
          }
          const before = minutes.next;
          for (const { candles } of took ?? []) {
            for (const row of rowsOf(candles)) {
              expect(rows.has(row.at)).to.equal(false);
              rows.set(row.at, JSON.stringify(row));
            }
            close = candles.close[candles.length - 1] ?? close;
          }
          if (asked % lives === 0 && minutes.next > before)
            minutes = new TradeMinutes({ from: minutes.next, to }, close);
        }
        if (size > largest) expect(leftOut).to.deep.equal([]);
        let isKnown = true; // behind what is left out, a quiet minute has no price until something is traded
        for (const { at, open, close: last, volume, trades: count } of candlesOfTrades(trades, minute(0), to, 5)) {
          if (leftOut.some(each => each.from <= at && at < each.to)) {
            expect(rows.has(at)).to.equal(false);
            isKnown = false;
          } else if ((isKnown ||= count > 0))
            expect(rows.get(at)).to.equal(JSON.stringify({ at, open, close: last, volume, trades: count }));
          else expect(rows.has(at)).to.equal(false);
        }
      }),
      { numRuns: 500 },
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
        id: from + n,
        at: at(from + n),
        price: 100 + ((from + n) % 7),
        size: 0.5,
        side: null,
      }));
      for (const { candles: part } of minutes.take(page(trades))!) {
        candles += part.length;
        for (let i = 0; i < part.length; i++) volume += part.volume[i]!;
      }
    }
    expect([candles, volume]).to.deep.equal([8_333, 8_333 * 120 * 0.5]);
    expect(performance.now() - began).to.be.below(60_000);
  }).timeout(90_000);
});
