import { expect } from 'chai';
import type { FilteringSettings } from '../../lib/settings/settings.js';
import { marketOf } from '../../lib/market.js';
import { RULES } from '../../lib/universe/catalogue.js';
import { type Candle } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { LiveFacts } from '../../lib/universe/rule.js';
import { Universe, type UniverseData } from '../../lib/universe/universe.js';
import { Verdict, verdictOf } from '../../lib/universe/verdict.js';
import { minute, START } from '../support/broker.js';
import { filtering, REFRESH, unknown } from '../support/filtering.js';

const good: LiveFacts = {
  active: true,
  marketCap: 1e9,
  marketCapAt: START,
  volume24hUsd: 1e6,
  spread: 0.001,
  listings: 4,
};
/** Minutes `from` to `to` of a market, flat at 100. */
const candles = (market: number, from: number, to: number): Candle[] =>
  Array.from({ length: to - from }, (_, n) => ({
    market,
    at: minute(from + n),
    open: 100,
    high: 100,
    low: 100,
    close: 100,
    volume: 1,
  }));
const universe = (knowledge: UniverseData, symbols = ['AAA/USD']) =>
  new Universe(
    symbols.map(symbol => ({ market: marketOf(symbol), firstCandleAt: START, auxiliary: symbol.startsWith('AUX') })),
    REFRESH * MINUTE_MS,
    'USD',
    knowledge,
  );
/** The verdict of the last minute of a market's candles. */
const last = (knowledge: UniverseData, over: Partial<FilteringSettings> = {}, minutes = 375) =>
  universe(knowledge).advance(tapeOf(candles(0, 0, minutes), 1), filtering(over))[minutes - 1];

describe('what is known besides candles', () => {
  const known = (over: Partial<LiveFacts> = {}): UniverseData => ({ known: () => ({ ...good, ...over }) });

  it('lets a market be traded once 360 of its last returns are known', () => {
    expect(last(known(), {}, 375)).to.equal(Verdict.tradable); // 374 returns
    expect(last(known(), {}, 360)).to.equal(verdictOf('volatility')); // 359 returns
    expect(last({}, {}, 375)).to.equal(verdictOf('daily_volume')); // without it all 1,440 minutes are needed
  });

  it('makes every rule be judged', () => {
    expect(last(known({ active: false }))).to.equal(verdictOf('active'));
    expect(last(known({ marketCap: 5 }), { minMarketCap: 6 })).to.equal(verdictOf('market_cap'));
    expect(last(known({ spread: 0.02 }), { maxSpread: 0.01 })).to.equal(verdictOf('spread'));
    expect(last(known({ listings: 1 }), { minExchangeListings: 2 })).to.equal(verdictOf('exchange_listings'));
  });

  it('does not keep a fresh start with 720 minutes from trading, one with holes in them it does', () => {
    const after = (rows: readonly Candle[]) =>
      universe(known()).advance(tapeOf(rows, 1), filtering({ minCoverage: 0.95 }))[719];
    const whole = candles(0, 0, 720);
    expect(after(whole)).to.equal(Verdict.tradable);
    expect(after(whole.toSpliced(300, 36))).to.equal(Verdict.tradable); // 684 of 720 = 0.95
    expect(after(whole.toSpliced(300, 37))).to.equal(verdictOf('coverage')); // 683 of 720 = 0.9486
  });

  it("takes the exchange's own volume instead of the candles'", () => {
    expect(last(known({ volume24hUsd: 5 }), { minDailyVolume: 6 }, 1455)).to.equal(verdictOf('daily_volume'));
    expect(last(known({ volume24hUsd: 1e7 }), { minDailyVolume: 1e7 }, 1455)).to.equal(Verdict.tradable);
    expect(last(known({ volume24hUsd: NaN }), {}, 1455)).to.equal(verdictOf('daily_volume'));
  });

  it('is asked for at each refresh, by its time', () => {
    const asked: number[] = [];
    last({ known: (_, at) => (asked.push((at - START) / MINUTE_MS), good) }, {}, 50);
    expect(asked).to.deep.equal([15, 30, 45]);
  });

  it('is nothing if the answer is null: the rules are evaluated without it', () => {
    const nothing = universe({ known: () => null });
    const tape = tapeOf(candles(0, 0, 15), 1);
    expect(nothing.advance(tape, filtering())[14]).to.equal(verdictOf('active'));
    expect(nothing.drainVerdicts()).to.deep.equal([]);
  });

  it('tells of every rule once, not only of the first that failed, and of no auxiliary market', () => {
    const live = universe(known({ active: false }), ['AAA/USD', 'AUX/USD']);
    live.advance(tapeOf([...candles(0, 0, 20), ...candles(1, 0, 20)], 2), filtering());
    const told = live.drainVerdicts();
    expect(told.map(({ rule }) => rule)).to.deep.equal([...RULES]);
    expect(told.every(({ market, at }) => market === 0 && at === minute(15))).to.equal(true);
    expect(told.filter(({ pass }) => !pass).map(({ rule }) => rule)).to.deep.equal([
      'active',
      'volatility',
      'coverage',
    ]);
    expect(live.drainVerdicts()).to.deep.equal([]);
  });
});

describe('a market whose minutes do not come', () => {
  const two = () => universe({ known: () => good }, ['AAA/USD', 'BBB/USD']);
  const ofB = (live: Universe) =>
    live
      .drainVerdicts()
      .filter(({ market, rule }) => market === 1 && rule === 'volatility')
      .map(({ at, pass }) => [(at - START) / MINUTE_MS, pass]);

  it('has a verdict of each refresh once the next is there, its volatility unknown', () => {
    const live = two();
    live.advance(tapeOf([...candles(0, 0, 375), ...candles(1, 0, 370)], 2), filtering());
    expect(ofB(live).at(-1)).to.deep.equal([360, false]); // 359 returns
    live.advance(tapeOf(candles(0, 375, 389), 2), filtering());
    expect(ofB(live)).to.deep.equal([]);
    live.advance(tapeOf(candles(0, 389, 405), 2), filtering());
    expect(ofB(live)).to.deep.equal([
      [375, false],
      [390, false],
    ]);
  });

  it('has a verdict by its own minutes where they come before the next refresh', () => {
    const live = two();
    live.advance(tapeOf([...candles(0, 0, 375), ...candles(1, 0, 370)], 2), filtering());
    live.drainVerdicts();
    const late = live.advance(tapeOf(candles(1, 370, 376), 2), filtering());
    expect(ofB(live)).to.deep.equal([[375, true]]);
    // rows 370…375 of the second market: the candle that closes at the refresh has the new verdict
    expect([...late.slice(6)]).to.deep.equal([
      ...Array<number>(4).fill(verdictOf('volatility')),
      Verdict.tradable,
      Verdict.tradable,
    ]);
  });

  it('is evaluated by its own minutes in the end, with one more verdict', () => {
    const live = two();
    live.advance(tapeOf([...candles(0, 0, 405), ...candles(1, 0, 370)], 2), filtering());
    live.drainVerdicts();
    const late = live.advance(tapeOf(candles(1, 370, 405), 2), filtering());
    expect(late[35 + 20]).to.equal(Verdict.tradable);
    expect(ofB(live)).to.deep.equal([
      [375, true], // it had a verdict before, with its volatility unknown
      [390, true],
      [405, true],
    ]);
    live.advance(tapeOf([...candles(0, 405, 421), ...candles(1, 405, 421)], 2), filtering());
    expect(ofB(live)).to.deep.equal([[420, true]]);
  });

  it('has a verdict even if none of them ever came', () => {
    const live = two();
    live.advance(tapeOf(candles(0, 0, 31), 2), filtering());
    expect(ofB(live)).to.deep.equal([[15, false]]);
  });
});

describe('a stored verdict', () => {
  it('overrides what candles say, from its refresh to the next', () => {
    const stored = (at: number) =>
      at === minute(15) ? verdictOf('spread') : at === minute(30) ? Verdict.tradable : undefined;
    const codes = universe({ recorded: (_, at) => stored(at) }).advance(tapeOf(candles(0, 0, 46), 1), filtering());
    expect(codes[13]).to.equal(Verdict.notJudged);
    expect([...codes.slice(14, 29)]).to.deep.equal(Array(15).fill(verdictOf('spread')));
    expect([...codes.slice(29, 44)]).to.deep.equal(Array(15).fill(Verdict.tradable));
    expect(codes[44]).to.equal(verdictOf('daily_volume'));
  });

  it('leaves the rules beyond candles out where there is none', () => {
    const some = { daily_volume: 'pass', volatility: 'pass', coverage: 'pass' } as const;
    const open = filtering({ unknown: { ...unknown('fail'), ...some } });
    const codes = universe({ recorded: () => undefined }).advance(tapeOf(candles(0, 0, 15), 1), open);
    expect(codes[14]).to.equal(Verdict.tradable);
  });
});
