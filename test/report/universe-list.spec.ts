import { expect } from 'chai';
import { universeList, type MarketVerdict } from '../../lib/report/universe-list.js';

const AT = new Date('2026-04-01T12:30:00Z');
const said = (symbol: string, rule: MarketVerdict['rule'], pass: boolean, over: Partial<MarketVerdict> = {}) => ({
  ...({ symbol, runId: 3, mode: 'simulated', at: AT, rule, value: 1, threshold: 2, pass } as const),
  ...over,
});

describe('the list of the universe', () => {
  it('has tradable markets first and names the failed rules in the order in which they are asked', () => {
    const list = universeList([
      said('ADA/USD', 'history', false),
      said('ADA/USD', 'market_cap', false, { value: null }),
      said('BTC/USD', 'market_cap', true),
      said('BTC/USD', 'active', true, { value: null, threshold: null }),
    ])!;
    expect(list).to.include({ runId: 3, mode: 'simulated', time: '2026-04-01T12:30:00Z' });
    expect(list.markets).to.deep.equal([
      {
        symbol: 'BTC/USD',
        tradable: true,
        failed: [],
        rules: [
          { rule: 'active', value: null, threshold: null, pass: true, comparison: null },
          { rule: 'market_cap', value: 1, threshold: 2, pass: true, comparison: '≥' },
        ],
      },
      {
        symbol: 'ADA/USD',
        tradable: false,
        failed: ['market_cap', 'history'],
        rules: [
          { rule: 'market_cap', value: null, threshold: 2, pass: false, comparison: '≥' },
          { rule: 'history', value: 1, threshold: 2, pass: false, comparison: '≥' },
        ],
      },
    ]);
  });

  it('keeps the verdicts of another version’s rules, behind the others', () => {
    const { markets } = universeList([said('BTC/USD', 'luck', false), said('BTC/USD', 'history', true)])!;
    expect(markets[0]).to.deep.include({ tradable: false, failed: ['luck'] });
    expect(markets[0]!.rules.map(({ rule, comparison }) => [rule, comparison])).to.deep.equal([
      ['history', '≥'],
      ['luck', null],
    ]);
  });

  it('sets markets apart that were judged earlier only', () => {
    const earlier = { at: new Date('2026-04-01T12:15:00Z') };
    const { markets, notJudged } = universeList([
      said('ADA/USD', 'active', true, earlier),
      said('BTC/USD', 'active', true),
    ])!;
    expect(markets.map(({ symbol }) => symbol)).to.deep.equal(['BTC/USD']);
    expect(notJudged).to.deep.equal([{ symbol: 'ADA/USD', time: '2026-04-01T12:15:00Z' }]);
  });

  it('is none of none', () => {
    expect(universeList([])).to.equal(null);
  });
});
