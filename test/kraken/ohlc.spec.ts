import { expect } from 'chai';
import fc from 'fast-check';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import { KRAKEN_HISTORY } from '../../lib/kraken/limits.js';
import { readOhlc } from '../../lib/kraken/ohlc.js';
import type { OhlcAnswer } from '../../lib/exchange/ports.js';
import { MINUTE_MS } from '../../lib/units.js';

const pair = { id: 'XXBTZUSD', altname: 'XBTUSD', symbol: 'BTC/USD' };
/** 2026-11-02T12:00:00Z. */
const NOON = Date.UTC(2026, 10, 2, 12);
const seconds = (minutes: number) => NOON / 1_000 + minutes * 60;
/** A good row so many minutes after noon. */
const row = (minutes: number, close = '101') => [seconds(minutes), '100', '102', '99', close, '100.5', '2.5', 7];

/** What is read so many minutes after noon, half a minute into the forming candle unless told. */
const read = (rows: readonly unknown[], minutes = 10.5, since = NOON - 1_000 * MINUTE_MS, intervalMinutes = 1) =>
  readOhlc({ XXBTZUSD: rows, last: 0 }, { pair, intervalMinutes, since, now: NOON + minutes * MINUTE_MS });
const minutesOf = ({ rows }: OhlcAnswer) => rows.map(({ at }) => (at - NOON) / MINUTE_MS);
const reasonsOf = ({ rejected }: OhlcAnswer) => rejected.map(({ reason }) => reason);

describe('the candles of an answer', () => {
  it('keep vwap and the number of trades', () => {
    expect(read([row(3), row(4)]).rows[0]).to.deep.equal({
      at: NOON + 3 * MINUTE_MS,
      open: 100,
      high: 102,
      low: 99,
      close: 101,
      vwap: 100.5,
      volume: 2.5,
      trades: 7,
    });
  });

  it('never hold the forming one, wherever it stands', () => {
    const answer = read([row(10), row(8), row(9)]);
    expect(minutesOf(answer)).to.deep.equal([8, 9]);
    expect(answer.newest).to.equal(NOON + 10 * MINUTE_MS);
    expect(answer.rejected).to.deep.equal([]);
  });

  it('hold the last one too if it is closed, since time decides and not the place', () => {
    expect(minutesOf(read([row(8), row(9)]))).to.deep.equal([8, 9]);
  });

  it('hold a candle as soon as it has settled and no millisecond before', () => {
    const settled = 10 + KRAKEN_HISTORY.settleMs / MINUTE_MS;
    expect(minutesOf(read([row(9)], settled - 1 / MINUTE_MS))).to.deep.equal([]);
    expect(minutesOf(read([row(9)], settled))).to.deep.equal([9]);
  });

  it('are left for the next time where they settled only while the answer was under way', () => {
    const now = NOON + 10.5 * MINUTE_MS;
    const sentAt = NOON + 9.9 * MINUTE_MS; // the candle of minute 9 was still forming then
    const rows = [row(8), row(9), row(10)];
    const answer = readOhlc({ XXBTZUSD: rows, last: 0 }, { pair, intervalMinutes: 1, since: NOON, now, sentAt });
    expect(minutesOf(answer)).to.deep.equal([8]);
    expect(answer.rejected).to.deep.equal([]); // and the forming one is not from the future
  });

  it('of 720 rows the last forms: 719 are closed', () => {
    const rows = Array.from({ length: 720 }, (_, i) => row(i - 709));
    expect(minutesOf(read(rows))).to.deep.equal(Array.from({ length: 719 }, (_, i) => i - 709));
  });

  it('are quiet where a minute is missing between two of them, up to the forming one', () => {
    const { rows } = read([row(5), row(7), row(10)]);
    expect(
      rows.map(({ at, volume, trades, vwap, open }) => [(at - NOON) / MINUTE_MS, volume, trades, vwap, open]),
    ).to.deep.equal([
      [5, 2.5, 7, 100.5, 100],
      [6, 0, 0, null, 101],
      [7, 2.5, 7, 100.5, 100],
      [8, 0, 0, null, 101],
      [9, 0, 0, null, 101],
    ]);
  });

  it('are as quiet where a row of zeros says so', () => {
    const zero = [seconds(6), '101', '101', '101', '101', '0', '0', 0];
    expect(read([row(5), zero, row(7)])).to.deep.equal(read([row(5), row(7)]));
  });

  it('say nothing of a minute whose row is bad: that is a gap', () => {
    const bad = [seconds(6), 'abc', '101', '101', '101', '0', '0', 0];
    const answer = read([row(5), bad, row(8)]);
    expect(minutesOf(answer)).to.deep.equal([5, 8]);
    expect(reasonsOf(answer)).to.deep.equal(['price']);
  });

  it('say nothing of any missing minute where a bad row does not tell its own', () => {
    expect(minutesOf(read([row(5), ['noon', '1', '1', '1', '1', '1', '1', 1], row(8)]))).to.deep.equal([5, 8]);
  });

  it('start at the minute that was asked for, also where older rows come along', () => {
    expect(minutesOf(read([row(-600), row(4), row(6)], 10.5, NOON + 4 * MINUTE_MS))).to.deep.equal([4, 5, 6]);
  });

  it('of a higher timeframe stand on its own grid', () => {
    const answer = read([row(0), row(5), row(7), row(10)], 12, undefined, 5);
    expect(minutesOf(answer)).to.deep.equal([0, 5]);
    expect(reasonsOf(answer)).to.deep.equal(['time']);
  });

  it('are none for a market in which nothing was traded, and the answer says that nothing is fresh', () => {
    expect(read([])).to.deep.equal({ rows: [], rejected: [], newest: null });
  });

  it('hold the last of several rows for a minute', () => {
    const answer = read([row(5), row(5, '101.5'), row(6)]);
    expect(answer.rows.map(({ close }) => close)).to.deep.equal([101.5, 101]);
    expect(reasonsOf(answer)).to.deep.equal(['duplicate']);
  });

  const BAD: Readonly<Record<string, readonly [cell: number, value: unknown, reason: string]>> = {
    'a price of zero': [1, '0', 'price'],
    'a negative price': [4, '-1', 'price'],
    'a price that is no number': [1, 'abc', 'price'],
    'a price of NaN': [1, 'NaN', 'price'],
    'an infinite price': [2, 'Infinity', 'price'],
    'an overflowing price': [2, '1e999', 'price'],
    'an empty price': [3, '', 'price'],
    'no price': [4, null, 'price'],
    'a hexadecimal price': [1, '0x64', 'price'],
    'a high under the close': [2, '100.5', 'high'],
    'a low over the open': [3, '100.5', 'low'],
    'a negative volume': [6, '-1', 'volume'],
    'a volume that is no number': [6, 'much', 'volume'],
    'half a trade': [7, 0.5, 'trades'],
    'trades that are no number': [7, 'few', 'trades'],
    'a time in milliseconds': [0, seconds(6) * 1_000, 'future'],
    'a time in the future': [0, seconds(12), 'future'],
    'a time within a minute': [0, seconds(6) + 1, 'time'],
    'a time as text': [0, String(seconds(6)), 'time'],
    'a time of 1970': [0, 60, 'early'],
    'a negative time': [0, -60, 'early'],
  };
  for (const [title, [cell, value, reason]] of Object.entries(BAD))
    it(`lack a row with ${title}`, () => {
      const bad = row(6).with(cell, value as never);
      const answer = read([row(5), bad, row(7)]);
      expect(minutesOf(answer)).to.deep.equal([5, 7]);
      expect(reasonsOf(answer)).to.deep.equal([reason]);
    });

  it('lack rows that are none', () => {
    const answer = read([
      row(5),
      null,
      7,
      'row',
      {},
      [seconds(6)],
      row(7),
      ...Array.from({ length: 25 }, (_, i) => row(-i)),
    ]);
    expect(reasonsOf(answer)).to.deep.equal(['shape', 'shape', 'shape', 'shape', 'shape']);
  });

  it('have a vwap only where something was traded and it is a price', () => {
    expect(read([row(5).with(5, '0')]).rows[0]!.vwap).to.equal(null);
    expect(read([row(5).with(5, 'NaN')]).rows[0]!.vwap).to.equal(null);
  });

  it('are refused as a whole where more than a fifth is bad', () => {
    const bad = Array.from({ length: 5 }, (_, i) => row(-i).with(1, 'NaN'));
    const good = (n: number) => Array.from({ length: n }, (_, i) => row(-10 - i));
    expect(() => read([...bad, ...good(19)])).to.throw(ExchangeFailure, '5 of 24'); // 5/24 = 20.8 %
    expect(read([...bad, ...good(20)]).rows).to.have.length(20); // 5/25 = 20 %
  });

  it('of another market are refused', () => {
    const question = { pair, intervalMinutes: 1, since: 0, now: NOON };
    for (const result of [{}, { XETHZUSD: [row(1)] }, { XXBTZUSD: [row(1)], XETHZUSD: [row(1)] }, { XXBTZUSD: 'none' }])
      expect(() => readOhlc(result, question))
        .to.throw(ExchangeFailure)
        .with.property('kind', 'bad_answer');
  });

  it('are ascending, unique, closed, on the grid and good, whatever comes', () => {
    const number = fc.oneof(
      fc.constantFrom('NaN', 'abc', '', '-1', '0', '1e999', null, {}, Number.NaN, Infinity, -5, '100'),
      fc.double({ min: 90, max: 110, noNaN: true }).map(String),
    );
    const time = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -50, max: 14 }).map(seconds) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>(0, -60, NOON, '5', null, Number.NaN, seconds(3) + 0.5) },
    );
    const good = fc.integer({ min: -50, max: 14 }).map(minutes => row(minutes));
    const wild = fc.tuple(time, number, number, number, number, number, number, number).map(cells => [...cells]);
    const rows = fc.array(fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: wild }), { maxLength: 80 });
    let read_ = 0;
    fc.assert(
      fc.property(rows, raw => {
        let answer: OhlcAnswer;
        try {
          answer = read(raw);
        } catch (error) {
          expect(error).to.be.instanceOf(ExchangeFailure);
          return;
        }
        read_++;
        const now = NOON + 10.5 * MINUTE_MS;
        answer.rows.forEach((candle, i) => {
          expect(candle.at % MINUTE_MS).to.equal(0);
          expect(candle.at + MINUTE_MS + KRAKEN_HISTORY.settleMs).to.be.at.most(now);
          if (i > 0) expect(candle.at).to.be.greaterThan(answer.rows[i - 1]!.at);
          for (const price of [candle.open, candle.high, candle.low, candle.close])
            expect(price > 0 && price < Infinity).to.equal(true);
          expect(candle.high).to.be.at.least(Math.max(candle.open, candle.close));
          expect(candle.low).to.be.at.most(Math.min(candle.open, candle.close));
          expect(candle.volume).to.be.within(0, Number.MAX_VALUE);
          expect(Number.isInteger(candle.trades)).to.equal(true);
        });
        expect(answer.newest ?? 0).to.be.at.most(now + 5_000);
      }),
      { numRuns: 500 },
    );
    expect(read_).to.be.greaterThan(200);
  });

  it('are the same in whatever order the rows come', () => {
    const minutes = fc.uniqueArray(fc.integer({ min: -30, max: 10 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(minutes, shuffled => {
        const sorted = shuffled.toSorted((a, b) => a - b);
        expect(read(shuffled.map(m => row(m)))).to.deep.equal(read(sorted.map(m => row(m))));
      }),
    );
  });
});
