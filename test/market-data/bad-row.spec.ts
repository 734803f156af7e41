import { expect } from 'chai';
import { badRow, FIRST_CANDLE, isQuiet } from '../../lib/market-data/bad-row.js';

const NOW = Date.UTC(2024, 0, 1, 12, 0);
const AT = NOW - 60_000;

describe('rows of the exchange (semantics §1)', () => {
  it('are candles if nothing is wrong with them', () => {
    expect(badRow(AT, 10, 12, 9, 11, 5, 3, NOW)).to.equal(null);
    expect(badRow(AT, 10, 10, 10, 10, 0, 0, NOW)).to.equal(null);
    expect(badRow(AT, 10, 12, 9, 11, 5, NaN, NOW)).to.equal(null);
  });

  it('are bad if a price is not finite or not above 0', () => {
    for (const bad of [NaN, Infinity, 0, -1]) {
      expect(badRow(AT, bad, 12, 9, 11, 5, 3, NOW)).to.equal('price');
      expect(badRow(AT, 10, bad, 9, 11, 5, 3, NOW)).to.equal('price');
      expect(badRow(AT, 10, 12, bad, 11, 5, 3, NOW)).to.equal('price');
      expect(badRow(AT, 10, 12, 9, bad, 5, 3, NOW)).to.equal('price');
    }
  });

  it('are bad if the high is under the open or the close, or the low over one of them', () => {
    expect(badRow(AT, 12.1, 12, 9, 11, 5, 3, NOW)).to.equal('high');
    expect(badRow(AT, 10, 12, 9, 12.1, 5, 3, NOW)).to.equal('high');
    expect(badRow(AT, 8.9, 12, 9, 11, 5, 3, NOW)).to.equal('low');
    expect(badRow(AT, 10, 12, 9, 8.9, 5, 3, NOW)).to.equal('low');
  });

  it('are bad if the volume is negative or no number', () => {
    for (const bad of [-0.1, NaN, Infinity]) expect(badRow(AT, 10, 12, 9, 11, bad, 3, NOW)).to.equal('volume');
  });

  it('are bad if the number of trades is none', () => {
    for (const bad of [-1, 1.5, Infinity, 2 ** 31]) expect(badRow(AT, 10, 12, 9, 11, 5, bad, NOW)).to.equal('trades');
  });

  it('are bad if the time is no whole minute', () => {
    for (const bad of [AT + 1, AT + 30_000, NaN]) expect(badRow(bad, 10, 12, 9, 11, 5, 3, NOW)).to.equal('time');
  });

  it('are bad until their minute is over', () => {
    expect(badRow(NOW, 10, 12, 9, 11, 5, 3, NOW)).to.equal('future');
    expect(badRow(NOW, 10, 12, 9, 11, 5, 3, NOW + 59_999)).to.equal('future');
    expect(badRow(NOW, 10, 12, 9, 11, 5, 3, NOW + 60_000)).to.equal(null);
  });

  it('are bad before the earliest time that is allowed', () => {
    expect(badRow(FIRST_CANDLE - 60_000, 10, 12, 9, 11, 5, 3, NOW, FIRST_CANDLE)).to.equal('early');
    expect(badRow(FIRST_CANDLE, 10, 12, 9, 11, 5, 3, NOW, FIRST_CANDLE)).to.equal(null);
  });

  it('say that a minute was quiet if nothing was traded in it', () => {
    expect(isQuiet(0, 0)).to.equal(true);
    expect(isQuiet(0, NaN)).to.equal(true);
    expect(isQuiet(0, 2)).to.equal(false); // a volume so small that it was rounded away
    expect(isQuiet(0.1, NaN)).to.equal(false);
  });
});
