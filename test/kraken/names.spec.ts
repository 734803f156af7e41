import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { isKnownCode } from '../../lib/kraken/assets.js';
import { codeOf, currencyNamed, currencyOf, shortNameOf } from '../../lib/kraken/currencies.js';
import { symbolOf } from '../../lib/kraken/pairs.js';

interface Pair {
  /** Ids of currencies. */
  readonly base: string;
  readonly quote: string;
  readonly id: string;
  readonly altname: string;
}

const pairs: readonly Pair[] = readFileSync(new URL('pairs.txt', import.meta.url), 'utf8')
  .replace(/^#.*\n/gm, '')
  .replace(/\n /g, '')
  .trim()
  .split('\n')
  .flatMap(line => {
    const [quote = '', bases = ''] = line.split(': ');
    return bases
      .trim()
      .split(/ +/)
      .map(each => {
        const base = each.replace('*', '');
        const altname = shortNameOf(base) + shortNameOf(quote);
        return { base, quote, altname, id: each === base ? altname : base + quote };
      });
  });
const currencies = [...new Set(pairs.flatMap(({ base, quote }) => [base, quote]))];

interface Ccxt {
  parseCurrency(raw: { readonly _coin_id: string; readonly altname: string }): unknown;
  safeCurrencyCode(id: string): string;
}

describe("Kraken's names", () => {
  let ccxt: Ccxt;
  before(async () => {
    const kraken = new URL('./src/kraken.js', import.meta.resolve('ccxt'));
    const { default: Kraken } = (await import(kraken.href)) as { readonly default: new () => Ccxt };
    ccxt = new Kraken();
    // As it does when it loads the currencies: their short names decide what it calls those of the
    // first years.
    for (const id of currencies) if (!id.includes('.')) ccxt.parseCurrency({ _coin_id: id, altname: shortNameOf(id) });
  });

  it('of all currencies known mean what they mean to ccxt', () => {
    expect(currencies).to.have.length.above(700);
    const wrong = currencies.filter(id => currencyOf(id) !== ccxt.safeCurrencyCode(id));
    expect(wrong).to.deep.equal([]);
    for (const id of ['XBT', 'XDG', 'LUNA', 'LUNA2', 'REP', 'REPV2', 'UST', 'FEE', 'XBT.M', 'ETH2.S', 'NEWCOIN'])
      expect(currencyOf(id), id).to.equal(ccxt.safeCurrencyCode(id));
  });

  it('of all pairs known mean the market that they are at ccxt, and no two pairs one market', () => {
    expect(pairs).to.have.length.above(1_700);
    const wrong = pairs.flatMap(({ base, quote, id, altname }) => {
      const symbol = `${ccxt.safeCurrencyCode(base)}/${ccxt.safeCurrencyCode(quote)}`;
      return [id, altname]
        .filter(name => symbolOf(name) !== symbol)
        .map(name => `${name}: ${symbolOf(name)}, ${symbol}`);
    });
    expect(wrong).to.deep.equal([]);
    expect(new Set(pairs.map(({ altname }) => symbolOf(altname))).size).to.equal(pairs.length);
  });

  it('with a slash mean the same, unless a code is a common name as well', () => {
    const others = pairs.filter(
      ({ base, quote, altname }) => symbolOf(`${shortNameOf(base)}/${shortNameOf(quote)}`) !== symbolOf(altname),
    );
    expect([...new Set(others.map(({ base }) => base))].sort()).to.deep.equal(['LUNA', 'XREP']);
    expect(['LUNA', 'REP', 'XREP', 'XBT', 'ZUSD', 'DOGE'].map(currencyNamed)).to.deep.equal([
      'LUNA',
      'REP',
      'REPV1',
      'BTC',
      'USD',
      'DOGE',
    ]);
  });

  it('lead back from a common name to the short name', () => {
    for (const id of currencies) expect(codeOf(currencyOf(id)), id).to.equal(shortNameOf(id));
  });

  it('are all among the codes that are known', () => {
    expect(currencies.filter(id => !isKnownCode(shortNameOf(id)) || !isKnownCode(currencyOf(id)))).to.deep.equal([]);
  });
});
