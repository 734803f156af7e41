import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { plainName } from '../../lib/reference/coin.js';
import { coinIds, PACKAGE_COINS, referenceOf, type CoinReference } from '../../lib/reference/coins.js';
import { isSector, SECTORS } from '../../lib/reference/sectors.js';
import { DEFAULT_SYNTHETIC_SYMBOLS } from '../../lib/simulator/market/market.js';
import { SIMULATED_SYMBOLS } from '../../lib/simulator/exchange/symbols.js';

const own = new Map<string, CoinReference>([
  ['BTC', { name: 'Digital Gold', sector: null, coinGeckoId: null }],
  ['FOO', { name: null, sector: 'meme', coinGeckoId: 'foo-coin' }],
]);

describe('the reference data of coins', () => {
  it('tell of many, each with a plain name and a sector that is documented', () => {
    expect(PACKAGE_COINS.size).to.be.at.least(250);
    for (const [symbol, { name, sector }] of PACKAGE_COINS) {
      expect(symbol).to.match(/^[A-Z0-9]{1,20}$/);
      expect(plainName(name!), symbol).to.equal(name);
      expect(isSector(sector), symbol).to.equal(true);
    }
    const named = [...PACKAGE_COINS.values()].map(({ sector }) => sector!);
    expect(new Set(named)).to.deep.equal(new Set(Object.keys(SECTORS)));
    for (const name of Object.keys(SECTORS)) expect(name).to.match(/^[a-z][a-z0-9-]{0,31}$/); // as the database wants it
  });

  it('have their sectors in docs/operations.md, in the same words', () => {
    const docs = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    for (const [name, what] of Object.entries(SECTORS)) expect(docs).to.contain(`| \`${name}\` | ${what} |`);
  });

  it('know well-known coins for what they are', () => {
    expect(referenceOf('BTC')).to.deep.equal({ name: 'Bitcoin', sector: 'layer-1', coinGeckoId: 'bitcoin' });
    expect(referenceOf('DOGE')).to.include({ name: 'Dogecoin', sector: 'meme' });
    expect(referenceOf('ETC')).to.include({ name: 'Ethereum Classic', coinGeckoId: 'ethereum-classic' });
    expect(referenceOf('1INCH')).to.include({ name: '1inch', sector: 'defi' });
  });

  it('know every coin of the simulated exchange', () => {
    for (const symbol of [...SIMULATED_SYMBOLS, ...DEFAULT_SYNTHETIC_SYMBOLS])
      expect(referenceOf(symbol.split('/')[0]!).sector, symbol).to.not.equal(null);
  });

  it('know nothing of others, nor of names that every object has', () => {
    for (const symbol of ['FOO', 'constructor', '__proto__', ''])
      expect(referenceOf(symbol)).to.deep.equal({ name: null, sector: null, coinGeckoId: null });
  });

  it('give way to what the user says, one by one', () => {
    expect(referenceOf('BTC', own)).to.deep.equal({ name: 'Digital Gold', sector: 'layer-1', coinGeckoId: 'bitcoin' });
    expect(referenceOf('FOO', own)).to.deep.equal({ name: null, sector: 'meme', coinGeckoId: 'foo-coin' });
    expect(coinIds(own).get('FOO')).to.equal('foo-coin');
    expect(coinIds(own).size).to.equal(coinIds().size + 1);
  });
});
