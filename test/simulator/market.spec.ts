import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { DEFAULT_SYNTHETIC_SYMBOLS, syntheticMarkets, syntheticTapes } from '../../lib/simulator/market/market.js';
import { Cell } from '../../lib/tape.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { cellOf, wholeTape } from './statistics.js';

const JANUARY = Date.UTC(2026, 0, 1);
const FEBRUARY = Date.UTC(2026, 1, 1);
const WEEK = 7 * DAY_MS;
const FIVE = ['BTC/USD', 'ETH/USD', 'MINA/USD', 'ETH/BTC', 'WHATEVER/EUR'];

describe('synthetic market', () => {
  describe('sameness', () => {
    const reference = wholeTape(FIVE, 7, JANUARY, JANUARY + WEEK);

    it('gives every minute the same candle, however the period is chosen and cut', () => {
      const minutes = WEEK / MINUTE_MS;
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: minutes - 1 }),
          fc.integer({ min: 1, max: 3_000 }),
          fc.integer({ min: 1, max: 2_000 }),
          (first, length, perTape) => {
            const last = Math.min(minutes, first + length);
            let expected = first;
            const [from, to] = [JANUARY + first * MINUTE_MS, JANUARY + last * MINUTE_MS];
            for (const tape of syntheticTapes(FIVE, 7, from, to, perTape)) {
              expect(tape.start).to.equal(JANUARY + expected * MINUTE_MS);
              expect(tape.minutes).to.equal(Math.min(perTape, last - expected));
              for (const i of new Set([0, tape.minutes >> 1, tape.minutes - 1]))
                for (let lane = 0; lane < FIVE.length; lane++)
                  expect(cellOf(tape, lane, i)).to.deep.equal(cellOf(reference, lane, expected + i));
              expected += tape.minutes;
            }
            expect(expected).to.equal(last);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('gives a market the same candles alone, in company and in any order', () => {
      fc.assert(
        fc.property(fc.shuffledSubarray(FIVE, { minLength: 1 }), fc.integer({ min: 0, max: 6 }), (symbols, day) => {
          const tape = wholeTape(symbols, 7, JANUARY + day * DAY_MS, JANUARY + (day + 1) * DAY_MS);
          symbols.forEach((symbol, lane) => {
            for (let i = 0; i < 1440; i += 37)
              expect(cellOf(tape, lane, i)).to.deep.equal(cellOf(reference, FIVE.indexOf(symbol), day * 1440 + i));
          });
        }),
        { numRuns: 40 },
      );
    });

    it('gives January alone as it is within a year', () => {
      const january = wholeTape(['SOL/USD'], 3, JANUARY, FEBRUARY);
      const year = wholeTape(['SOL/USD'], 3, Date.UTC(2025, 6, 1), Date.UTC(2026, 6, 1));
      const skip = (JANUARY - year.start) / MINUTE_MS;
      expect(january.close).to.deep.equal(year.close.slice(skip, skip + january.minutes));
      expect(january.volume).to.deep.equal(year.volume.slice(skip, skip + january.minutes));
    });

    it('gives another seed another market', () => {
      const other = wholeTape(['BTC/USD'], 8, JANUARY, JANUARY + DAY_MS);
      expect(cellOf(other, 0, 0)).not.to.deep.equal(cellOf(reference, 0, 0));
    });

    it('is the market that it was when this hash was written: a change has to be on purpose', () => {
      const hash = createHash('sha256');
      for (const tape of syntheticTapes(DEFAULT_SYNTHETIC_SYMBOLS, 1, JANUARY, FEBRUARY, 1440)) {
        hash.update(tape.cell);
        for (const column of [tape.open, tape.high, tape.low, tape.close, tape.volume])
          hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
      }
      expect(hash.digest('hex')).to.equal('071cc9f56a66ea14e6e1cf8b813aa1fb2ca9536e567ae67217b5255e014ff3d7');
    });
  });

  describe('candles', () => {
    const symbols = [...DEFAULT_SYNTHETIC_SYMBOLS, 'ETH/BTC', 'USDT/USD', 'BTC/JPY', 'NEVERHEARDOF/USD'];
    const tape = wholeTape(symbols, 11, JANUARY, JANUARY + WEEK);

    it('have a low and a high around open and close, prices in whole ticks and volumes in whole steps', () => {
      syntheticMarkets(symbols).forEach(({ market, priceDecimals, amountDecimals }, lane) => {
        for (let i = 0; i < tape.minutes; i++) {
          const [cell, open, high, low, close, volume] = cellOf(tape, lane, i) as [number, ...number[]] &
            [number, number, number, number, number, number];
          const isSane =
            low > 0 &&
            low <= Math.min(open, close) &&
            high >= Math.max(open, close) &&
            [open, high, low, close].every(price => price === Number(price.toFixed(priceDecimals))) &&
            volume === Number(volume.toFixed(amountDecimals)) &&
            (cell === Cell.traded ? volume > 0 : cell === Cell.quiet);
          if (!isSane) expect.fail(`${market.symbol} minute ${i}: ${cellOf(tape, lane, i).join(' ')}`);
        }
      });
    });

    it('are flat at the close before, without volume, where a minute is quiet', () => {
      const lane = symbols.indexOf('MINA/USD');
      let quiet = 0;
      for (let i = 1; i < tape.minutes; i++) {
        if (cellOf(tape, lane, i)[0] !== Cell.quiet) continue;
        quiet++;
        const before = cellOf(tape, lane, i - 1)[4];
        expect(cellOf(tape, lane, i)).to.deep.equal([Cell.quiet, before, before, before, before, 0]);
      }
      expect(quiet / tape.minutes).to.be.within(0.25, 0.35);
    });

    it('open at or near the close before, at midnight too', () => {
      const lane = symbols.indexOf('ETH/USD');
      let same = 0;
      for (let i = 1; i < tape.minutes; i++) {
        const open = cellOf(tape, lane, i)[1]!;
        const before = cellOf(tape, lane, i - 1)[4]!;
        if (open === before) same++;
        // Half of the spread of 0.01 %, and a tick of 0.01 at a price over 500.
        expect(Math.abs(open / before - 1)).to.be.below(0.00005 + 0.01 / 500);
      }
      expect(same / tape.minutes).to.be.within(0.55, 0.75);
    });

    it('price ETH/BTC as ETH/USD over BTC/USD', () => {
      const at = (symbol: string) => symbols.indexOf(symbol);
      for (let i = 0; i < tape.minutes; i++) {
        const [cell, , , , ratio] = cellOf(tape, at('ETH/BTC'), i);
        if (cell !== Cell.traded) continue;
        const expected = cellOf(tape, at('ETH/USD'), i)[4]! / cellOf(tape, at('BTC/USD'), i)[4]!;
        // Half a tick each: 0.005 of over 500, 0.05 of over 10,000, 5e-8 of over 0.01.
        expect(ratio! / expected).to.be.closeTo(1, 0.00001 + 0.000005 + 0.000005);
      }
    });

    it('keep stablecoins near 1 USD', () => {
      const lane = symbols.indexOf('USDT/USD');
      for (let i = 0; i < tape.minutes; i += 10) expect(cellOf(tape, lane, i)[4]).to.be.closeTo(1, 0.01);
    });
  });

  describe('listing', () => {
    it('leaves cells absent before the first minute of a market and starts with a traded one', () => {
      const [sol] = syntheticMarkets(['SOL/USD']);
      expect(sol!.listedAt).to.equal(Date.UTC(2021, 5, 17));
      const tape = wholeTape(['SOL/USD'], 1, sol!.listedAt - HOUR_MS, sol!.listedAt + HOUR_MS);
      expect([...tape.cell.subarray(0, 60)].every(cell => cell === Cell.absent)).to.equal(true);
      expect(tape.cell[60]).to.equal(Cell.traded);
      expect([...tape.close.subarray(0, 60)].every(close => close === 0)).to.equal(true);
    });

    it('lists a pair when both of its coins are listed', () => {
      const [cross, sol] = syntheticMarkets(['SOL/LTC', 'SOL/USD']);
      expect(cross!.listedAt).to.equal(sol!.listedAt);
    });

    it('describes a market with the limits that an exchange would set', () => {
      const [btc] = syntheticMarkets(['BTC/USD']);
      expect(btc!.market).to.deep.equal({
        symbol: 'BTC/USD',
        base: 'BTC',
        quote: 'USD',
        amountStep: 1e-8,
        // 5 USD at 60,000 are 0.0000833…
        minimumAmount: 0.00008,
        minimumCost: 0.5,
      });
      expect(btc!.priceDecimals).to.equal(1);
    });

    it('refuses what is no symbol and says what one looks like', () => {
      for (const symbol of ['BTCUSD', 'btc/usd', 'BTC/', 'BTC/BTC', ''])
        expect(() => syntheticMarkets([symbol]), symbol).to.throw(/Expected BASE\/QUOTE/);
    });
  });
});
