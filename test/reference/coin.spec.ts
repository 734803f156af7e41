import { expect } from 'chai';
import fc from 'fast-check';
import { plainName, readCoins } from '../../lib/reference/coin.js';
import { captured } from '../support/captured.js';

const ROW = { id: 'bitcoin', symbol: 'btc', name: 'Bitcoin', current_price: 60_000, market_cap: 1.2e12 };
const BTC = { id: 'bitcoin', symbol: 'BTC', name: 'Bitcoin', price: 60_000, marketCap: 1.2e12 };
const read = (...rows: readonly unknown[]) => readCoins(JSON.parse(JSON.stringify(rows)));
const only = (change: object) => read({ ...ROW, ...change })!.coins[0] ?? 'rejected';

describe('a page of coins', () => {
  it('holds them with their symbols in capitals', () => {
    expect(read(ROW)).to.deep.equal({ coins: [BTC], rejected: 0 });
    expect(read()).to.deep.equal({ coins: [], rejected: 0 });
  });

  it('may write numbers as text and with exponents', () => {
    expect(only({ current_price: '6e4', market_cap: '1200000000000.0' })).to.deep.equal(BTC);
  });

  it('knows no capitalisation where there is none, where it is 0, and where there is no price', () => {
    const UNKNOWN = { ...BTC, marketCap: null };
    for (const market_cap of [null, 0, '0', undefined]) expect(only({ market_cap })).to.deep.equal(UNKNOWN);
    expect(only({ current_price: null })).to.deep.equal({ ...UNKNOWN, price: null });
  });

  it('loses no more than the row that is bad', () => {
    const bad: readonly unknown[] = [
      null,
      7,
      'text',
      [],
      {},
      ...['bit coin', '', 7, null, '../../etc', 'a'.repeat(101), 'bit\u0000coin'].map(id => ({ ...ROW, id })),
      ...['', 'b tc', 'b\u001b[2Jtc', '\u0131nj', 7, null, 'b'.repeat(41)].map(symbol => ({ ...ROW, symbol })),
      ...[-1, '-5', 'NaN', 'Infinity', '1e400', '0x10', ' 5', '1,000', {}, [5], true, 1e15].map(market_cap => ({
        ...ROW,
        market_cap,
      })),
      ...[-1, '1e400', 'free', false].map(current_price => ({ ...ROW, current_price })),
      ...[null, 7, {}].map(name => ({ ...ROW, name })),
    ];
    for (const row of bad) expect(read(row), JSON.stringify(row)).to.deep.equal({ coins: [], rejected: 1 });
    expect(read(...bad, ROW)).to.deep.equal({ coins: [BTC], rejected: bad.length });
  });

  it('takes no number that is larger than a number can be', () => {
    const json = JSON.parse('[{"id":"a","symbol":"a","name":"A","current_price":1,"market_cap":1e400}]') as unknown;
    expect(readCoins(json)).to.deep.equal({ coins: [], rejected: 1 });
  });

  it('keeps coins of one symbol apart, and of two rows of one coin the first', () => {
    const WRAPPED = { ...ROW, id: 'wrapped-bitcoin', name: 'Wrapped', market_cap: 1e9 };
    expect(read(ROW, WRAPPED, { ...ROW, market_cap: 1 })).to.deep.equal({
      coins: [BTC, { ...BTC, id: 'wrapped-bitcoin', name: 'Wrapped', marketCap: 1e9 }],
      rejected: 1,
    });
  });

  it('is distinguished from other answers', () => {
    for (const json of [null, undefined, {}, { status: { error_code: 429 } }, 'coins', 5])
      expect(readCoins(json)).to.equal(null);
  });

  it('of 250 real coins holds all of them', () => {
    const rows = captured('coingecko-markets-2024-02.json.gz') as Record<'id' | 'symbol', string>[];
    const { coins, rejected } = readCoins(rows)!;
    expect([rejected, coins.map(({ id }) => id)]).to.deep.equal([0, rows.map(({ id }) => id)]);
    expect(coins[0]).to.deep.equal({
      id: 'bitcoin',
      symbol: 'BTC',
      name: 'Bitcoin',
      price: 51618,
      marketCap: 1012739327675,
    });
    expect(readCoins(captured('coingecko-markets-2021-05.json'))!.coins[0]).to.include({ marketCap: 917825524991 });
  });

  it('of real coins without a capitalisation, or one of 0, knows none', () => {
    const { coins, rejected } = readCoins(captured('coingecko-markets-2026-09-and-nulls.json'))!;
    expect([coins.length, rejected]).to.deep.equal([12, 0]);
    const of = (id: string) => coins.find(coin => coin.id === id);
    expect(of('dsun-token')).to.include({ price: 3.271e-9, marketCap: null });
    expect(of('02-token')).to.include({ price: 0.00083971, marketCap: null });
    expect(of('kiwigo')).to.include({ price: 0.01135366, marketCap: 485144 });
    expect(coins.filter(({ marketCap }) => marketCap === null)).to.have.length(2);
  });

  it('gives safe values only, whatever comes', () => {
    const cell = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.constantFrom('btc', 'a-b', 1, 2e9),
    );
    const row = fc.record({ id: cell, symbol: cell, name: cell, current_price: cell, market_cap: cell });
    fc.assert(
      fc.property(fc.array(fc.oneof(row, cell)), rows => {
        const { coins, rejected } = readCoins(rows)!;
        expect(coins.length + rejected).to.equal(rows.length);
        for (const { id, symbol, name, price, marketCap } of coins) {
          expect(id).to.match(/^[\w.-]+$/);
          expect(symbol)
            .to.match(/^[!-~]+$/)
            .and.to.equal(symbol.toUpperCase());
          expect(name).to.match(/^[^\p{C}<>]+$/u);
          for (const value of [price, marketCap])
            if (value !== null) expect(value).to.be.within(Number.MIN_VALUE, Number.MAX_VALUE);
        }
      }),
    );
  });
});

describe('a name from outside', () => {
  it('keeps its letters and loses what steers a terminal or a page', () => {
    expect(plainName(' Bit\u001b[31mcoin\n\u202e Cash ')).to.equal('Bit [31mcoin Cash');
    expect(plainName('<b onclick="x()">Bold</b> & <script')).to.equal('Bold script');
    expect(plainName('\ud800币安人生')).to.equal('币安人生');
    expect(plainName('\u0000\u200b')).to.equal('');
  });

  it('is cut to 60 characters, none of them in half', () => {
    expect(plainName('🚀'.repeat(100))).to.equal('🚀'.repeat(60));
  });
});
