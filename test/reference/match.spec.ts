import { expect } from 'chai';
import fc from 'fast-check';
import type { Coin } from '../../lib/reference/coin.js';
import { matchCoins } from '../../lib/reference/match.js';
import { coinIds } from '../../lib/reference/coins.js';

const coin = (id: string, symbol: string, price: number | null, marketCap: number | null = 1e9, name = id): Coin => ({
  id,
  symbol,
  name,
  price,
  marketCap,
});
const BITCOIN = coin('bitcoin', 'BTC', 60_000, 1e12);
const FAKE_BTC = coin('big-tom-coin', 'BTC', 0.01, 5e12);
const WIF = coin('dogwifcoin', 'WIF', 2);
const BRIDGED_WIF = coin('wormhole-bridged-wif', 'WIF', 2.01);
const WIFE = coin('wife-changing-money', 'WIF', 0.3, 9e9, 'Wife Changing Money');

const find = (coins: readonly Coin[], base: string, price = Number.NaN, name?: string) => {
  const { coins: found, unmatched } = matchCoins([name === undefined ? { base, price } : { base, price, name }], coins);
  expect(found.size + unmatched.length).to.equal(1);
  const [left] = unmatched;
  return found.get(base)?.id ?? `${left!.reason}: ${left!.candidates.join(' ')}`;
};

describe('the coin of a market', () => {
  it('is the one whose id is known, however large another one of its symbol is', () => {
    expect(find([FAKE_BTC, BITCOIN], 'BTC')).to.equal('bitcoin');
    expect(find([FAKE_BTC, BITCOIN], 'BTC', 61_000)).to.equal('bitcoin');
  });

  it('is another one if it costs more than twice or less than half as much', () => {
    expect(find([BITCOIN], 'BTC', 119_000)).to.equal('bitcoin');
    expect(find([BITCOIN], 'BTC', 121_000)).to.equal('price: bitcoin');
    expect(find([BITCOIN], 'BTC', 29_000)).to.equal('price: bitcoin');
    expect(find([WIF], 'WIF', 0.9)).to.equal('price: dogwifcoin');
  });

  it('is the only one of its symbol', () => {
    expect(find([BITCOIN, WIF], 'WIF')).to.equal('dogwifcoin');
    expect(find([BITCOIN, WIF], 'WIF', 2.3)).to.equal('dogwifcoin');
    expect(find([BITCOIN, WIF], 'PNUT', 2)).to.equal('unknown: ');
  });

  it('is the one of its symbol that has its name, unless the price is that of another coin', () => {
    expect(find([WIF, WIFE], 'WIF', Number.NaN, 'wife changing MONEY')).to.equal('wife-changing-money');
    expect(find([WIF, WIFE], 'WIF', 2, 'Wife Changing Money')).to.equal('price: wife-changing-money');
  });

  it('is the one of its symbol within 5 % of its price', () => {
    expect(find([WIFE, WIF], 'WIF', 2.09)).to.equal('dogwifcoin'); // 2.09 / 2 = 1.045
    expect(find([WIFE, WIF], 'WIF', 2.11)).to.equal('ambiguous: wife-changing-money dogwifcoin'); // 1.055
    expect(find([WIFE, coin('dust', 'WIF', null)], 'WIF', 0.3)).to.equal('wife-changing-money');
  });

  it('is never guessed: not by size, and not where a bridged copy costs the same', () => {
    expect(find([WIFE, WIF], 'WIF')).to.equal('ambiguous: wife-changing-money dogwifcoin');
    expect(find([WIF, BRIDGED_WIF, WIFE], 'WIF', 2)).to.equal(
      'ambiguous: dogwifcoin wormhole-bridged-wif wife-changing-money',
    );
  });

  it('is no namesake of a known coin that is lacking, unless the price vouches for it', () => {
    const ethereum = coin('ethereum', 'ETH', 3_000);
    expect(find([ethereum, FAKE_BTC], 'BTC')).to.equal('price: big-tom-coin');
    expect(find([ethereum, FAKE_BTC], 'BTC', 60_000)).to.equal('price: big-tom-coin');
    expect(find([ethereum, coin('renamed-bitcoin', 'BTC', 60_500)], 'BTC', 60_000)).to.equal('renamed-bitcoin');
  });

  it('is found in a source that has ids of its own, as a simulator has', () => {
    const simulated = [coin('simulated-btc', 'BTC', 60_000), coin('simulated-eth', 'ETH', 3_000)];
    expect(find(simulated, 'BTC')).to.equal('simulated-btc');
    expect(find(simulated, 'ETH', 3_010)).to.equal('simulated-eth');
    expect(find(simulated, 'ETH', 60_000)).to.equal('price: simulated-eth');
  });

  it('is the one that the user says it is', () => {
    const own = coinIds(new Map([['WIF', { name: null, sector: null, coinGeckoId: 'wife-changing-money' }]]));
    const matches = matchCoins([{ base: 'WIF', price: 0.3 }], [WIF, BRIDGED_WIF, WIFE, BITCOIN], own);
    expect(matches.coins.get('WIF')!.id).to.equal('wife-changing-money');
    expect(own.get('BTC')).to.equal('bitcoin');
  });

  it('is not found under names that every object has', () => {
    expect(find([BITCOIN], 'constructor')).to.equal('unknown: ');
    expect(find([BITCOIN], '__proto__')).to.equal('unknown: ');
  });

  it('never depends on the order of the answer, and never costs more than twice as much', () => {
    const coins = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('bitcoin', 'ethereum', 'a', 'b', 'c', 'd'),
        symbol: fc.constantFrom('BTC', 'ETH', 'X'),
        name: fc.constantFrom('Bitcoin', 'X'),
        price: fc.constantFrom(null, 1, 1.04, 1.9, 5),
        marketCap: fc.constantFrom(null, 1e6, 1e12),
      }),
      { selector: ({ id }) => id },
    );
    const shuffled = coins.chain(all =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    const wanted = ['BTC', 'ETH', 'X'].map(base => ({ base, price: 1 }));
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const found = matchCoins(wanted, one).coins;
        expect([...matchCoins(wanted, other).coins]).to.deep.equal([...found]);
        for (const { price } of found.values()) expect(price ?? 1).to.be.at.most(2);
      }),
    );
  });

  it('has an id of its own for each of the best known ones', () => {
    const ids = coinIds();
    expect(ids.size).to.be.at.least(40);
    expect(new Set(ids.values()).size).to.equal(ids.size);
    for (const [base, id] of ids) expect(`${base} ${id}`).to.match(/^[A-Z0-9]{2,6} [a-z0-9-]+$/);
  });
});
