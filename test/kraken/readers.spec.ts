import { expect } from 'chai';
import fc from 'fast-check';
import { readStatus, readTime } from '../../lib/kraken/answers.js';
import { readBook } from '../../lib/kraken/book.js';
import { envelopeFault } from '../../lib/kraken/envelope.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import { readMarkets } from '../../lib/kraken/markets.js';
import { readTickers } from '../../lib/kraken/tickers.js';
import { readTrades } from '../../lib/kraken/trades.js';

const pair = { id: 'XXBTZUSD', altname: 'XBTUSD', symbol: 'BTC/USD' };
const NOON = Date.UTC(2026, 10, 2, 12);
const S = NOON / 1_000;
const refuses = (run: () => unknown, kind = 'bad_answer') =>
  expect(run).to.throw(ExchangeFailure).with.property('kind', kind);

describe('an order book', () => {
  const read = (bids: unknown, asks: unknown, maxAgeMs?: number) =>
    readBook({ XXBTZUSD: { bids, asks } }, pair, NOON, maxAgeMs);
  const bid = ['99', '1', S - 5];
  const ask = ['101', '2', S - 3];

  it('has its best levels first, whatever their order was, and the age of its newest one', () => {
    const book = read([['98', '3', S - 9], bid], [['102', '1', S - 9], ask]);
    expect(book).to.deep.equal({
      usable: true,
      bids: [
        { price: 99, size: 1, at: NOON - 5_000 },
        { price: 98, size: 3, at: NOON - 9_000 },
      ],
      asks: [
        { price: 101, size: 2, at: NOON - 3_000 },
        { price: 102, size: 1, at: NOON - 9_000 },
      ],
      newest: NOON - 3_000,
    });
  });

  const FAULTS: readonly (readonly [title: string, fault: string, bids: unknown, asks: unknown])[] = [
    ['without levels', 'empty', [], []],
    ['without bids', 'one_sided', [], [ask]],
    ['without asks', 'one_sided', [bid], []],
    ['whose bid is over its ask', 'crossed', [['102', '1', S]], [ask]],
    ['whose bid is its ask', 'crossed', [['101', '1', S]], [ask]],
    ['of yesterday', 'stale', [['99', '1', S - 86_400]], [['101', '1', S - 86_400]]],
    ['with a price of zero', 'bad_numbers', [bid, ['0', '1', S]], [ask]],
    ['with a negative size', 'bad_numbers', [bid], [ask, ['102', '-1', S]]],
    ['with a price of NaN', 'bad_numbers', [['NaN', '1', S]], [ask]],
    ['with an infinite size', 'bad_numbers', [bid], [['101', 'Infinity', S]]],
    ['with a level without time', 'bad_numbers', [bid], [['101', '1']]],
    ['with a level from the future', 'bad_numbers', [bid], [['101', '1', S + 3_600]]],
    ['with a level that is none', 'bad_numbers', [bid, null], [ask]],
  ];
  for (const [title, fault, bids, asks] of FAULTS)
    it(`${title} must not be used: ${fault}`, () => {
      expect(read(bids, asks)).to.deep.equal({ usable: false, fault });
    });

  it('leaves out levels of size 0, which are smaller than the three decimals that sizes have', () => {
    const [none, far] = [
      ['99.5', '0.000', S - 1],
      ['98', '0.000', S - 9],
    ];
    expect(read([none, bid, far], [ask, ['100', '0', S - 2]])).to.deep.equal({
      usable: true,
      newest: NOON - 3_000,
      skipped: 3,
      bids: [{ price: 99, size: 1, at: NOON - 5_000 }],
      asks: [{ price: 101, size: 2, at: NOON - 3_000 }],
    });
    expect(read([none, far], [ask])).to.deep.equal({ usable: false, fault: 'one_sided' });
    expect(read([none], [['101', '0.000', S]])).to.deep.equal({ usable: false, fault: 'empty' });
    expect(read([['99', '-0.001', S]], [ask])).to.deep.equal({ usable: false, fault: 'bad_numbers' });
  });

  it('is stale as soon as it is older than the caller allows', () => {
    expect(read([bid], [ask], 3_000).usable).to.equal(true);
    expect(read([bid], [ask], 2_999).usable).to.equal(false);
  });

  it('without its sides, or of another market, is no answer', () => {
    refuses(() => read(undefined, [ask]));
    refuses(() => readBook({ XETHZUSD: { bids: [bid], asks: [ask] } }, pair, NOON));
  });
});

describe('the tickers', () => {
  const good = { a: ['101', '1', '1'], b: ['99', '1', '1'], c: ['100', '1'], v: ['5', '50'], p: ['100', '100.5'] };
  const read = (row: unknown) => readTickers({ A: good, B: row }, id => ({ A: 'A/USD', B: 'B/USD' })[id] ?? null);

  it('hold the volume and vwap of the last 24 hours, not of today', () => {
    expect(read(good).tickers.get('B/USD')).to.deep.equal({
      bid: 99,
      ask: 101,
      last: 100,
      volume24h: 50,
      vwap24h: 100.5,
    });
  });

  it('lose only the numbers that are bad', () => {
    const row = { ...good, c: ['NaN'], p: ['0', '0'], v: ['0', '0'] };
    expect(read(row).tickers.get('B/USD')).to.deep.equal({
      bid: 99,
      ask: 101,
      last: null,
      volume24h: 0,
      vwap24h: null,
    });
    expect(read({ ...good, b: ['0'] }).tickers.get('B/USD')).to.include({ bid: null, ask: null, last: 100 });
    expect(read({ ...good, b: ['102'] }).tickers.get('B/USD')).to.include({ bid: null, ask: null, last: 100 });
  });

  it('lose one market where its row is no good, and no other', () => {
    for (const row of [null, 'x', [], {}, { a: 'x', b: 7, c: null, v: {}, p: [[]] }]) {
      const { tickers, rejected } = read(row);
      expect([...tickers.keys()]).to.deep.equal(['A/USD']);
      expect(rejected).to.deep.equal([{ id: 'B', reason: 'no usable number' }]);
    }
  });

  it('of no market at all are no answer', () => {
    refuses(() => readTickers({}, () => 'A/USD'));
    refuses(() => readTickers({ A: {} }, () => 'A/USD'));
  });
});

describe('the markets', () => {
  const NAMES: Readonly<Record<string, string>> = { XXBT: 'BTC', XETH: 'ETH', ZUSD: 'USD' };
  const nameOf = (id: string) => NAMES[id] ?? id;
  const raw = { altname: 'XBTUSD', base: 'XXBT', quote: 'ZUSD', lot_decimals: 8, status: 'online' };
  const ether = { ...raw, altname: 'ETHUSD', base: 'XETH' };
  const read = (result: Record<string, unknown>) => readMarkets(result, nameOf);

  it('tell their limits, fees and steps', () => {
    const full = { ...raw, lot_decimals: 5, tick_size: '0.1', ordermin: '0.001', costmin: '0.5', fees: [[0, 0.4]] };
    expect(read({ XXBTZUSD: full }).markets).to.deep.equal([
      {
        id: 'XXBTZUSD',
        altname: 'XBTUSD',
        symbol: 'BTC/USD',
        base: 'BTC',
        quote: 'USD',
        status: 'online',
        amountStep: 0.00001,
        tick: 0.1,
        minimumAmount: 0.001,
        minimumCost: 0.5,
        takerFee: 0.004,
      },
    ]);
  });

  it('have safe defaults where the exchange tells nonsense', () => {
    const odd = { ...raw, lot_decimals: 'x', tick_size: '-1', ordermin: 'NaN', costmin: null, fees: 'none' };
    expect(read({ XXBTZUSD: odd }).markets[0]).to.include({
      amountStep: 1e-8,
      tick: null,
      minimumAmount: 0,
      minimumCost: 0,
      takerFee: null,
    });
  });

  it('leave out those whose names are hostile or that cannot be understood', () => {
    const { markets, skipped } = read({
      XXBTZUSD: raw,
      'a\u001b[31m': raw,
      '../../x': raw,
      "X'; DROP": raw,
      DARK: { ...raw, altname: 'XBTUSD.d' },
      EVIL: { ...ether, base: '<script>' },
      SAME: { ...ether, base: 'ZUSD' },
      ODD: { ...ether, status: 'exploded' },
      NONE: null,
      TWICE: raw,
    });
    expect(markets.map(({ symbol }) => symbol)).to.deep.equal(['BTC/USD']);
    expect(skipped).to.have.length(9);
    expect(skipped.map(({ id }) => id).join('')).to.match(/^[\x20-\x7e]*$/);
  });

  it('prefer, of two ids for one symbol, the one that is traded', () => {
    const { markets } = read({ OLD: { ...raw, status: 'cancel_only' }, NEW: raw });
    expect(markets.map(({ id }) => id)).to.deep.equal(['NEW']);
  });

  it('are delisted where they were listed before', () => {
    const { markets: before } = read({ XXBTZUSD: raw, XETHZUSD: ether });
    const { markets } = readMarkets({ XXBTZUSD: raw }, nameOf, before);
    expect(markets.map(({ symbol, status }) => [symbol, status])).to.deep.equal([
      ['BTC/USD', 'online'],
      ['ETH/USD', 'delisted'],
    ]);
  });

  it('are no answer where there is none, or where most are lacking all at once', () => {
    refuses(() => read({}));
    refuses(() => read({ x: null }));
    const many = Object.fromEntries(
      ['A', 'B', 'C', 'D'].map(base => [`${base}USD`, { ...raw, altname: `${base}USD`, base }]),
    );
    const { markets: before } = read(many);
    refuses(() => readMarkets({ AUSD: many['AUSD'] }, nameOf, before));
  });
});

describe('trades', () => {
  const read = (rows: unknown, last: unknown = '1793620800123456789') =>
    readTrades({ XXBTZUSD: rows, last }, pair, NOON);

  it('are in order, each with its id, as exact as the exchange gives them', () => {
    const answer = read([
      ['101', '2', S - 1.5, 's', 'l', '', 2],
      ['100', '1', S - 2.25, 'b', 'm', '', 1],
      ['102', '1', S + 0.0000625, 'b', 'm', ''],
    ]);
    expect(answer).to.deep.equal({
      trades: [
        { id: 1, at: NOON - 2_250, price: 100, size: 1, side: 'buy' },
        { id: 2, at: NOON - 1_500, price: 101, size: 2, side: 'sell' },
        { id: null, at: NOON + 0.0625, price: 102, size: 1, side: 'buy' },
      ],
      last: '1793620800123456789',
      rejected: 0,
    });
  });

  it('lack those that are bad', () => {
    const answer = read([['100', '1', S], ['0', '1', S], ['1', 'x', S], ['1', '1', S + 9e9], null]);
    expect([answer.trades.length, answer.rejected]).to.deep.equal([1, 4]);
    expect(answer.trades[0]!.side).to.equal(null);
  });

  it('are no answer without the time of the last one, or where none is usable', () => {
    for (const last of [null, '', 'x', '-1', 1.5]) refuses(() => read([], last));
    refuses(() => read([['0', '1', S]]), 'market');
  });
});

describe('time and status of the exchange', () => {
  it('are read', () => {
    expect(readTime({ unixtime: S })).to.equal(NOON);
    expect(readStatus({ status: 'maintenance' })).to.equal('maintenance');
  });

  it('are no answer where they cannot be true', () => {
    for (const unixtime of [0, NOON, -1, '5', null, Number.NaN]) refuses(() => readTime({ unixtime }));
    for (const status of ['fine', '', null, 1]) refuses(() => readStatus({ status }));
  });
});

describe('the shape of an answer', () => {
  it('is that of Kraken, or there is a reason', () => {
    const judge = (body: string) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(body);
      } catch {
        parsed = undefined;
      }
      return envelopeFault(body, parsed);
    };
    expect(judge('{"error":[],"result":{}}')).to.equal(null);
    expect(judge('{"error":["EService:Busy"]}')).to.equal(null);
    fc.assert(
      fc.property(fc.json(), body => {
        const fault = judge(body);
        if (fault === null) expect(JSON.parse(body)).to.have.property('error').that.is.an('array');
        else expect(fault).to.be.a('string');
      }),
    );
  });
});
