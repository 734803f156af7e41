import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { marketOf } from '../../lib/market.js';
import type { FilteringSettings } from '../../lib/settings/settings.js';
import { HOUR_MS } from '../../lib/units.js';
import { withRuleTable } from '../../lib/universe/doc.js';
import { NOTHING_KNOWN, RULE_NAME, type MarketFacts } from '../../lib/universe/rule.js';
import { declared } from '../../lib/universe/rules/index.js';
import { candleRules, RULES, rules, rulesBeyondCandles, type RuleName } from '../../lib/universe/catalogue.js';
import { judgeBy, evaluateAll, Verdict, verdictOf } from '../../lib/universe/verdict.js';
import { START } from '../support/broker.js';
import { filtering, unknown } from '../support/filtering.js';

const AT = START + 100 * HOUR_MS;
const good: MarketFacts = {
  market: marketOf('AAA/USD'),
  at: AT,
  priced: true,
  dailyVolume: 5_000_000,
  volatility: 0.07,
  historyMs: 30 * HOUR_MS,
  coverage: 0.95,
  live: {
    active: true,
    marketCap: 2_000_000,
    marketCapAt: AT - 48 * HOUR_MS,
    volume24hUsd: 5_000_000,
    spread: 0.002,
    listings: 3,
  },
};
const terms = filtering({
  minMarketCap: 2_000_000,
  minDailyVolume: 5_000_000,
  maxSpread: 0.002,
  minExchangeListings: 3,
  maxVolatility: 0.07,
  minHistoryMs: 30 * HOUR_MS,
  minCoverage: 0.95,
});

interface Story {
  /** What fails it, each by itself. */
  readonly fails: Readonly<Record<string, Partial<MarketFacts>>>;
  /** What leaves it unknown; none where names tell. */
  readonly unknown: Readonly<Record<string, Partial<MarketFacts>>>;
  /** Of the good market, in the units of config.yaml. */
  readonly value: number | null;
  readonly threshold: number | null;
}
const live = (over: Partial<MarketFacts['live']>): Partial<MarketFacts> => ({ live: { ...good.live, ...over } });

const stories: Readonly<Record<RuleName, Story>> = {
  active: {
    fails: { 'a market that is suspended': live({ active: false }) },
    unknown: { 'a status that is not known': live({ active: null }) },
    value: null,
    threshold: null,
  },
  quote_currency: {
    fails: {
      'a quote currency that is not allowed': { market: marketOf('AAA/EUR') },
      'a quote currency without a price': { priced: false },
    },
    unknown: {},
    value: null,
    threshold: null,
  },
  base_currency: {
    fails: { 'an excluded base': { market: marketOf('USDT/USD') } },
    unknown: {},
    value: null,
    threshold: null,
  },
  market_cap: {
    fails: { 'a coin that is too small': live({ marketCap: 1_999_999 }) },
    unknown: {
      'a market cap that is not known': live({ marketCap: NaN }),
      'a market cap of a time that is not known': live({ marketCapAt: NaN }),
      'a market cap that is older than its greatest age': live({ marketCapAt: AT - 48 * HOUR_MS - 1 }),
    },
    value: 2_000_000,
    threshold: 2_000_000,
  },
  daily_volume: {
    fails: { 'too little that is traded': { dailyVolume: 4_999_999 } },
    unknown: { 'a volume that is not known': { dailyVolume: NaN } },
    value: 5_000_000,
    threshold: 5_000_000,
  },
  spread: {
    fails: { 'a spread that is too wide': live({ spread: 0.0021 }) },
    unknown: { 'a spread that is not known': live({ spread: NaN }) },
    value: 0.2, // percent
    threshold: 0.2,
  },
  exchange_listings: {
    fails: { 'too few exchanges': live({ listings: 2 }) },
    unknown: { 'listings that are not known': live({ listings: NaN }) },
    value: 3,
    threshold: 3,
  },
  volatility: {
    fails: { 'a price that jumps about': { volatility: 0.0701 } },
    unknown: { 'a volatility that is not known': { volatility: NaN } },
    value: 7, // percent, not 7.000000000000001
    threshold: 7,
  },
  history: {
    fails: { 'a market that is too young': { historyMs: 30 * HOUR_MS - 1 } },
    unknown: { 'a beginning that is not known': { historyMs: NaN } },
    value: 30, // hours
    threshold: 30,
  },
  coverage: {
    fails: { 'a day with too many gaps': { coverage: 0.9499 } },
    unknown: { 'a coverage that is not known': { coverage: NaN } },
    value: 0.95, // ratio
    threshold: 0.95,
  },
};

const says = (facts: Partial<MarketFacts>, name: RuleName, over: Partial<FilteringSettings> = {}) =>
  evaluateAll(rules, 0, { ...good, ...facts }, { ...terms, ...over }).find(({ rule }) => rule === name)!;

describe('the rules of the universe', () => {
  it('are judged and reported in this order, under names that the database takes', () => {
    expect(rules.map(({ name }) => name)).to.deep.equal(Object.keys(stories));
    expect(RULES).to.deep.equal(Object.keys(stories));
    for (const name of RULES) expect(name).to.match(RULE_NAME);
  });

  it('declare no key of config.yaml twice', () => {
    const names = declared.flatMap(({ keys = {} }) => Object.keys(keys));
    expect(names).to.deep.equal([...new Set(names)]);
  });

  it('are described in docs/semantics.md as they declare it (else: npm run write:docs)', () => {
    const page = readFileSync(new URL('../../docs/semantics.md', import.meta.url), 'utf8');
    expect(withRuleTable(page)).to.equal(page);
    const damaged = page.replace(/^\| `spread` .*\n/m, '');
    expect(damaged).not.to.equal(page);
    expect(withRuleTable(damaged)).to.equal(page);
    expect(() => withRuleTable('# Nothing')).to.throw('found no table of the rules');
  });

  it('let a market pass that is just good enough', () =>
    expect(judgeBy(rules, good, terms)).to.equal(Verdict.tradable));

  for (const name of RULES) {
    const story = stories[name];
    it(`pass ${name} with its value and threshold`, () =>
      expect(says({}, name)).to.deep.equal({
        market: 0,
        at: AT,
        rule: name,
        value: story.value,
        threshold: story.threshold,
        pass: true,
      }));
    for (const [what, facts] of Object.entries(story.fails))
      it(`refuse ${what}, whatever is configured for unknown values`, () => {
        for (const answer of ['pass', 'fail'] as const) {
          const over = { unknown: unknown(answer) };
          expect(says(facts, name, over).pass).to.equal(false);
          expect(judgeBy(rules, { ...good, ...facts }, { ...terms, ...over })).to.equal(verdictOf(name));
        }
      });
    for (const [what, facts] of Object.entries(story.unknown))
      it(`leave ${what} to filtering.unknown`, () => {
        for (const answer of ['pass', 'fail'] as const) {
          const other = answer === 'pass' ? 'fail' : 'pass';
          const over = { unknown: { ...unknown(other), [name]: answer } };
          expect(says(facts, name, over)).to.include({ value: null, pass: answer === 'pass' });
          expect(judgeBy(rules, { ...good, ...facts }, { ...terms, ...over })).to.equal(
            verdictOf(answer === 'pass' ? null : name),
          );
        }
      });
  }

  it('that candles alone answer need nothing else', () => {
    const facts = { ...good, live: NOTHING_KNOWN };
    expect(judgeBy(candleRules, facts, terms)).to.equal(Verdict.tradable);
    expect(rulesBeyondCandles).to.deep.equal(['active', 'market_cap', 'spread', 'exchange_listings']);
    for (const name of rulesBeyondCandles) expect(says({ live: NOTHING_KNOWN }, name).pass).to.equal(false);
  });
});
