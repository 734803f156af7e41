import { expect } from 'chai';
import { seedChanges, type SeededCoin } from '../../lib/reference/changes.js';
import type { CoinReference } from '../../lib/reference/coins.js';

const bare = (over: Partial<SeededCoin> = {}): SeededCoin => ({
  id: 1,
  base: 'BTC',
  name: 'BTC',
  sector: null,
  cap: null,
  ...over,
});
const cap = (name: string) => ({ marketCap: 7, at: 5, id: 'bitcoin', name });
const mine = new Map<string, CoinReference>([['BTC', { name: 'Gold', sector: 'payment', coinGeckoId: null }]]);
const change = (coin: SeededCoin, { own = new Map(), told = null as string | null, takenBack = [] as string[] } = {}) =>
  seedChanges([coin], own, told === null ? new Map() : new Map([[coin.base, cap(told)]]), new Set(takenBack))[0] ??
  null;

describe('what reference data change of a stored coin', () => {
  it('is its name and sector, once', () => {
    expect(change(bare())).to.deep.equal({ id: 1, name: 'Bitcoin', sector: 'layer-1' });
    expect(change(bare({ name: 'Bitcoin', sector: 'layer-1' }))).to.equal(null);
    expect(change(bare({ base: 'FOO', name: 'FOO' }))).to.equal(null);
  });

  it("is what the user says, whatever others call it, and the bot's own again when he takes it back", () => {
    expect(change(bare(), { own: mine, told: 'Bitcoin' })).to.include({ name: 'Gold', sector: 'payment' });
    const stored = bare({ name: 'Gold', sector: 'payment', cap: cap('Gold') });
    expect(change(stored, { own: mine })).to.equal(null);
    expect(change(stored, { takenBack: ['BTC'] })).to.deep.equal({ id: 1, name: 'Bitcoin', sector: 'layer-1' });
    expect(change(bare({ base: 'FOO', name: 'Mine', sector: 'ai' }), { takenBack: ['FOO'] })).to.deep.equal({
      id: 1,
      name: 'FOO',
      sector: null,
    });
  });

  it('is the name that the source of market capitalisations gives it now, which then stands', () => {
    const named = bare({ name: 'Bitcoin', sector: 'layer-1' });
    expect(change(named, { told: 'Bitcoin Core' })).to.deep.equal({
      id: 1,
      name: 'Bitcoin Core',
      cap: { marketCap: 7, at: 5 },
    });
    expect(change({ ...named, name: 'Bitcoin Core', cap: cap('Bitcoin Core') })).to.equal(null);
  });
});
