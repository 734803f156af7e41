import { expect } from 'chai';
import fc from 'fast-check';
import { UserError } from '../../lib/errors.js';
import { readSeedFile } from '../../lib/reference/read.js';

const wrong = (text: string): readonly string[] => {
  try {
    readSeedFile(text, 'my.yaml');
  } catch (error) {
    expect(error).to.be.instanceOf(UserError);
    expect((error as UserError).exitCode).to.equal(2);
    return (error as UserError).lines;
  }
  throw new Error('it was taken');
};

describe("a user's reference data", () => {
  it('name, sort and identify coins, each as far as they say', () => {
    const coins = readSeedFile(
      'coins:\n  BTC: { name: Digital Gold }\n  "1INCH":\n    sector: exchange\n    coingecko_id: 1inch\n  ETH:\n',
      'my.yaml',
    );
    expect([...coins]).to.deep.equal([
      ['BTC', { name: 'Digital Gold', sector: null, coinGeckoId: null }],
      ['1INCH', { name: null, sector: 'exchange', coinGeckoId: '1inch' }],
      ['ETH', { name: null, sector: null, coinGeckoId: null }],
    ]);
  });

  it("may call coins by Kraken's codes, each coin once", () => {
    expect([...readSeedFile('coins: { XDG: { sector: meme } }', 'my.yaml').keys()]).to.deep.equal(['DOGE']);
    expect(() => readSeedFile('coins:\n  BTC: {}\n  XBT: {}\n', 'my.yaml')).to.throw(
      UserError,
      'my.yaml:3 coins.XBT: found BTC again under another name, expected each coin once',
    );
  });

  it('may be JSON as well', () =>
    expect(readSeedFile('{"coins": {"BTC": {"sector": "payment"}}}', 'my.json').get('BTC')!.sector).to.equal(
      'payment',
    ));

  it('are refused with every mistake, its line, what was found and what was expected', () => {
    const lines = wrong(
      [
        'coins:',
        '  BTC: { sector: layer1, coingeko_id: bitcoin }',
        '  btc/usd: { sector: meme }',
        '  ETH: 5',
        '  SOL: { name: "<b>x</b>", sector: 7 }',
        '  ADA: { coingecko_id: "a b" }',
        '  ETH: { sector: defi }',
        'other: 1',
      ].join('\n'),
    );
    expect(lines.map(line => line.slice(0, line.indexOf(', expected')))).to.deep.equal([
      'my.yaml:2 coins.BTC.coingeko_id: found an unknown key',
      'my.yaml:2 coins.BTC.sector: found "layer1"',
      'my.yaml:3 coins."btc/usd": found this symbol',
      'my.yaml:4 coins.ETH: found 5',
      'my.yaml:5 coins.SOL.name: found "<b>x</b>"',
      'my.yaml:5 coins.SOL.sector: found 7',
      'my.yaml:6 coins.ADA.coingecko_id: found "a b"',
      'my.yaml:7 coins.ETH: found the key again',
      'my.yaml:8 other: found an unknown key',
    ]);
    expect(lines[0]).to.match(/did you mean coingecko_id\?$/);
    expect(lines[1]).to.match(/expected one of layer-1, .*; did you mean layer-1\?$/);
  });

  it('are refused where they are no mapping of coins at all', () => {
    expect(wrong('coins: [BTC]')[0]).to.match(/^my\.yaml:1 coins: found a list of 1, expected a mapping of symbols/);
    expect(wrong('other: 1').join()).to.contain('coins: found nothing, expected a mapping of symbols');
    expect(wrong('')[0]).to.equal('my.yaml: found no keys, expected at least one (coins)');
    expect(wrong('- BTC')[0]).to.match(/^my\.yaml:1: found no mapping, expected "coins:"/);
    expect(wrong('coins: {BTC: {sector: meme')[0]).to.match(/^my\.yaml:1: found .*, expected YAML$/);
    expect(wrong('x'.repeat(300_000))[0]).to.equal('my.yaml: found more than 256 kB, expected reference data of coins');
  });

  it('are taken whole or refused with lines that are safe to print, whatever they hold', () => {
    const entry = fc.dictionary(fc.constantFrom('name', 'sector', 'coingecko_id', 'x'), fc.jsonValue());
    const file = fc.record({ coins: fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue())) });
    fc.assert(
      fc.property(file, value => {
        try {
          for (const [symbol, { name }] of readSeedFile(JSON.stringify(value), 'my.yaml')) {
            expect(symbol).to.match(/^[A-Z0-9.]{1,20}$/);
            if (name !== null) expect(name).to.match(/^[^\p{C}<>]+$/u);
          }
        } catch (error) {
          expect(error).to.be.instanceOf(UserError);
          for (const line of (error as UserError).lines) expect(line).to.match(/^\P{C}+$/u);
        }
      }),
    );
  });
});
