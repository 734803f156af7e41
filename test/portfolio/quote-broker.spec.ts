import { expect } from 'chai';
import fc from 'fast-check';
import type { OrderBook } from '../../lib/exchange/ports.js';
import { marketOf, type Market } from '../../lib/market.js';
import { byPrecedence } from '../../lib/portfolio/entry.js';
import type { Exit, PositionEvent, Trade } from '../../lib/portfolio/events.js';
import { emptyPortfolio, type Portfolio } from '../../lib/portfolio/portfolio.js';
import { check, equity, take } from '../../lib/portfolio/quote-broker.js';
import { restorePortfolio, stateOf } from '../../lib/portfolio/restore.js';
import { CandleBroker } from '../../lib/portfolio/settle.js';
import { tapeOf } from '../support/tape.js';
import { bidding, bookOf, unusable } from '../support/book.js';
import { candle, free, minute, opportunity, risk } from '../support/broker.js';
import { spelled } from '../support/walk.js';

const MARKETS = ['AAA/USD', 'BBB/USD'].map(marketOf);
const NOW = minute(1) + 2_000; // the opportunity of minute 0 is two seconds old
const terms = (over: object = {}) => ({ risk: risk(), costs: free, equity: 10_000, rate: 1, ...over });
const spread = (...asks: [number, number][]): OrderBook => bookOf([[asks[0]![0] - 1, 1e6]], asks);

const opened = (event: PositionEvent | null): Trade => {
  if (event?.kind !== 'opened') throw new Error(`nothing was opened: ${JSON.stringify(event)}`);
  return event.trade;
};
const outcome = (event: PositionEvent | null) => (event?.kind === 'rejected' ? event.reason : (event?.kind ?? null));
const takeOf = (book: OrderBook, over: object = {}, market: Market = MARKETS[0]!, at = NOW) =>
  take(emptyPortfolio([market, MARKETS[1]!], 10_000), opportunity(0), book, at, terms(over));

describe('a live entry', () => {
  it('walks the asks for 5 % of equity and rounds the size down to the step', () => {
    const costs = { takerFee: 0.004, spread: 9, slippage: 9 }; // of the costs for candles only the fee counts
    const portfolio = emptyPortfolio(MARKETS, 10_000);
    const trade = opened(take(portfolio, opportunity(0), spread([100, 2], [101, 2], [102, 10]), NOW, terms({ costs })));
    // 500 = 2 · 100 + 2 · 101 + 98, and 98 / 102 = 0.960784313…
    expect(trade.size).to.equal(4.96078431);
    const value = 200 + 202 + 0.96078431 * 102;
    expect(trade.entryPrice).to.be.closeTo(value / 4.96078431, 1e-10);
    expect(trade.entryCosts.fee).to.be.closeTo(0.004 * value, 1e-10);
    expect(trade.entryCosts.halfSpread).to.be.closeTo(4.96078431 * 0.5, 1e-10); // best 100, middle 99.5
    expect(trade.entryCosts.slippage).to.be.closeTo(2 * 1 + 0.96078431 * 2, 1e-10);
    expect(trade).to.include({ entryAt: NOW, remaining: 4.96078431, stop: trade.entryPrice * 0.98 });
    expect(portfolio.cash).to.be.closeTo(10_000 - value * 1.004, 1e-9);
    expect(portfolio.lastPrice[0]).to.equal(99); // marked at the bid
  });

  it('spends no more than cash can pay with its fee', () => {
    const costs = { ...free, takerFee: 0.25 };
    const portfolio = emptyPortfolio(MARKETS, 1_000);
    const trade = opened(
      take(
        portfolio,
        opportunity(0),
        spread([100, 4], [105, 10]),
        NOW,
        terms({ costs, risk: risk({ maxPositionSize: 1 }) }),
      ),
    );
    expect(trade.size).to.equal(7.8095238); // 1,000 / 1.25 = 800 = 4 · 100 + 400, and 400 / 105 = 3.80952380…
    expect(portfolio.cash).to.be.closeTo(0, 1e-5).and.to.be.at.least(0);
  });

  const depths: { name: string; asks: [number, number][]; outcome: string }[] = [
    { name: 'takes exactly what there is: 3 · 100 + 2 · 100', asks: [[100, 3], [100, 2]], outcome: 'opened' },
    { name: 'refuses what is not wholly there: 3 · 100 + 1.99 · 100 < 500', asks: [[100, 3], [100, 1.99]], outcome: 'no_depth' },
    { name: 'buys at exactly 5 % above the best ask: 4 · 100 + 1 · 105', asks: [[100, 4], [105, 1]], outcome: 'opened' },
    { name: 'buys nothing further than 5 % above the best ask', asks: [[100, 4], [105.01, 100]], outcome: 'no_depth' },
  ]; // prettier-ignore
  for (const { name, asks, outcome: expected } of depths)
    it(name, () => expect(outcome(takeOf(spread(...asks)))).to.equal(expected));

  it('is refused for depth where nothing or only one side is offered', () => {
    expect(outcome(takeOf(unusable('empty')))).to.equal('no_depth');
    expect(outcome(takeOf(unusable('one_sided')))).to.equal('no_depth');
  });

  it('waits while what is offered, or what it is worth, is not known, until it expires', () => {
    for (const fault of ['crossed', 'stale', 'bad_numbers', 'unchanged', 'suspect'] as const)
      expect(takeOf(unusable(fault))).to.equal(null);
    expect(takeOf(spread([100, 10]), { rate: NaN })).to.equal(null);
    // the candle closed at minute 1: 90 s later it may still be bought, a millisecond after that no
    // more
    const at = minute(1) + 90_000;
    expect(takeOf(unusable('stale'), {}, MARKETS[0], at)).to.equal(null);
    expect(outcome(takeOf(spread([100, 10]), {}, MARKETS[0], at))).to.equal('opened');
    expect(outcome(takeOf(spread([100, 10]), {}, MARKETS[0], at + 1))).to.equal('expired');
    expect(outcome(takeOf(unusable('stale'), {}, MARKETS[0], at + 1))).to.equal('expired');
  });

  it('says that a size is too small before it says that depth is lacking', () => {
    const aaa = MARKETS[0]!;
    const deep = spread([100, 10]);
    const shallow = spread([100, 0.1]);
    for (const book of [deep, shallow]) {
      expect(outcome(takeOf(book, {}, { ...aaa, minimumAmount: 5.1 }))).to.equal('size_too_small'); // 500 buy 5
      expect(outcome(takeOf(book, {}, { ...aaa, minimumCost: 500.01 }))).to.equal('size_too_small');
      expect(outcome(takeOf(book, {}, { ...aaa, amountStep: 10 }))).to.equal('size_too_small');
    }
    expect(outcome(takeOf(deep, {}, { ...aaa, minimumAmount: 5 }))).to.equal('opened');
    expect(outcome(takeOf(shallow, {}, { ...aaa, minimumAmount: 5 }))).to.equal('no_depth');
  });

  it('is refused for what is open, cooling down or full before the book is looked at', () => {
    const portfolio = emptyPortfolio(MARKETS, 10_000);
    const deep = spread([100, 100]);
    opened(take(portfolio, opportunity(0), deep, NOW, terms()));
    expect(outcome(take(portfolio, opportunity(0), unusable('empty'), NOW, terms()))).to.equal('already_open');
    const full = terms({ risk: risk({ maxOpenPositions: 1 }) });
    expect(outcome(take(portfolio, opportunity(0, 1), unusable('empty'), NOW, full))).to.equal('max_open_positions');
    check(portfolio, 0, bidding([97, 100]), NOW, terms()); // stopped under 98
    expect(portfolio.open).to.deep.equal([]);
    expect(outcome(take(portfolio, opportunity(0), deep, NOW + 1_000, terms()))).to.equal('cooldown');
  });

  it('pays in another currency at its rate', () => {
    // 500 USD at 50,000 are 0.01 BTC: 0.1 · 0.05 = 0.005, and 0.005 / 0.0505 = 0.0990099…
    const book = bookOf([[0.049, 10]], [[0.05, 0.1], [0.0505, 10]]); // prettier-ignore
    const portfolio = emptyPortfolio(MARKETS, 10_000);
    const trade = opened(
      take(portfolio, opportunity(0), book, NOW, terms({ rate: 50_000, costs: { ...free, takerFee: 0.01 } })),
    );
    expect(trade).to.include({ size: 0.1990099, entryQuoteRate: 50_000 });
    expect(trade.entryCosts.fee).to.be.closeTo(0.01 * (0.005 + 0.0990099 * 0.0505) * 50_000, 1e-9);
    expect(trade.entryCosts.slippage).to.be.closeTo(0.0990099 * 0.0005 * 50_000, 1e-9);
    expect(equity(portfolio, new Map(), () => 40_000)).to.be.closeTo(portfolio.cash + 0.1990099 * 0.049 * 40_000, 1e-9);
    expect(equity(portfolio, new Map([[0, 0.06]]), () => 40_000)).to.be.closeTo(
      portfolio.cash + 0.1990099 * 0.06 * 40_000,
      1e-9,
    );
  });
});

/** A trade of 5 at 100, and a check of it a second after the one before. */
const held = (over: object = {}) => {
  const portfolio = emptyPortfolio(MARKETS, 10_000);
  const trade = opened(take(portfolio, opportunity(0), spread([100, 100]), NOW, terms(over)));
  let at = NOW;
  return { portfolio, trade, look: (book: OrderBook) => check(portfolio, 0, book, (at += 1_000), terms(over)) };
};
const round = (value: number) => Math.round(value * 1e6) / 1e6;
const brief = ({ price, size, reason, level }: Exit) => [round(price), round(size), reason, level];

describe('live exits', () => {
  const cases: { name: string; books: OrderBook[]; exits: [number, number, string, number | null][]; left: number }[] = [
    {
      name: 'sell all at a stop by walking the bids: (2 · 97.5 + 3 · 97) / 5',
      books: [bidding([97.5, 2], [97, 10])],
      exits: [[97.2, 5, 'stop_loss', null]],
      left: 0,
    },
    {
      name: 'sell at a bid that just touches the stop',
      books: [bidding([98.01, 9]), bidding([98, 9])],
      exits: [[98, 5, 'stop_loss', null]],
      left: 0,
    },
    {
      name: 'sell what bids take of a stop, none below 95 % of the best: 97 · 0.95 = 92.15',
      books: [bidding([97, 1], [92.15, 1], [92.14, 100])],
      exits: [[94.575, 2, 'stop_loss', null]],
      left: 3,
    },
    {
      name: 'sell the rest of a stop at the next quotes whatever they are, even after the price has recovered',
      books: [bidding([97, 2]), bidding([99, 2]), bidding([106, 100])],
      exits: [
        [97, 2, 'stop_loss', null],
        [99, 2, 'stop_loss', null],
        [106, 1, 'stop_loss', null], // no target: the stop goes on
      ],
      left: 0,
    },
    {
      name: 'begin a stop for which nobody bids a whole step, and sell it all at the next quote',
      books: [bidding([97, 1e-9]), bidding([99, 100])],
      exits: [[99, 5, 'stop_loss', null]],
      left: 0,
    },
    {
      name: 'take 30 % of 5 over 101.5, walking the bids even under the target: (1 · 102 + 0.5 · 101) / 1.5',
      books: [bidding([102, 1], [101, 10])],
      exits: [[101.666667, 1.5, 'take_profit', 0]],
      left: 3.5,
    },
    {
      name: 'do not take a target that is only touched: 103',
      books: [bidding([103, 10])],
      exits: [[103, 1.5, 'take_profit', 0]],
      left: 3.5,
    },
    {
      name: 'sell the rest of a target at the next quote whatever it is, and take the target once',
      books: [bidding([102, 0.5]), bidding([101, 0.4]), bidding([101.2, 50]), bidding([102, 50])],
      exits: [
        [102, 0.5, 'take_profit', 0],
        [101, 0.4, 'take_profit', 0],
        [101.2, 0.6, 'take_profit', 0], // 1.5 − 0.5 − 0.4
      ],
      left: 3.5,
    },
    {
      name: 'let each of several targets take what the one before has left of the bids',
      // 1.5 · 106, then 0.5 · 106 + 1.5 · 105, then 1.5 · 105
      books: [bidding([106, 2], [105, 10])],
      exits: [
        [106, 1.5, 'take_profit', 0],
        [105.25, 2, 'take_profit', 1],
        [105, 1.5, 'take_profit', 2],
      ],
      left: 0,
    },
    {
      name: 'look at the next target only once the one before is sold',
      books: [bidding([106, 1.5]), bidding([105, 2.5]), bidding([106, 100])],
      exits: [
        [106, 1.5, 'take_profit', 0], // the second is due, and nothing is left to sell
        [105, 2, 'take_profit', 1],
        [106, 1.5, 'take_profit', 2],
      ],
      left: 0,
    },
    {
      name: 'give the rest of a target to the stop',
      books: [bidding([101.9, 0.5]), bidding([97, 100])],
      exits: [
        [101.9, 0.5, 'take_profit', 0],
        [97, 4.5, 'stop_loss', null],
      ],
      left: 0,
    },
    {
      name: 'trail 1 % under the highest bid from the next quote on: 102.5 · 0.99 = 101.475',
      books: [bidding([102.5, 100]), bidding([101.48, 100]), bidding([101.47, 1], [101, 100])],
      exits: [
        [102.5, 1.5, 'take_profit', 0],
        [101.134286, 3.5, 'trailing_stop', null], // (1 · 101.47 + 2.5 · 101) / 3.5
      ],
      left: 0,
    },
    {
      name: 'wait while the book must not be used',
      books: [unusable('stale'), unusable('crossed'), unusable('one_sided'), unusable('empty')],
      exits: [],
      left: 5,
    },
  ]; // prettier-ignore
  for (const { name, books, exits, left } of cases)
    it(name, () => {
      const { portfolio, trade, look } = held();
      const events = books.flatMap(look);
      const sold = events.flatMap(event => (event.kind === 'exited' ? [event] : []));
      expect(sold.map(({ exit }) => brief(exit))).to.deep.equal(exits);
      expect(trade.exits).to.deep.equal(sold.map(({ exit }) => exit));
      expect(sold.map(({ closed }) => closed)).to.deep.equal(exits.map((_, i) => left === 0 && i === exits.length - 1));
      expect(round(trade.remaining)).to.equal(left);
      expect(portfolio.open).to.deep.equal(left === 0 ? [] : [trade]);
      expect(trade.ambiguous).to.equal(false);
      const cash = 9_500 + trade.exits.reduce((sum, { price, size }) => sum + price * size, 0);
      expect(portfolio.cash).to.be.closeTo(cash, 1e-9);
    });

  it('sells in whole steps of the market while a rest remains, then exactly the rest', () => {
    const portfolio = emptyPortfolio([{ ...MARKETS[0]!, amountStep: 0.1 }, MARKETS[1]!], 10_000);
    const trade = opened(take(portfolio, opportunity(0), spread([100, 100]), NOW, terms()));
    for (const there of [0.3999, 0.3, 0.09, 0.36, 4]) check(portfolio, 0, bidding([97, there]), NOW, terms());
    // 5 = 0.3 + 0.3 + nothing + 0.3 + 4 + 0.1
    expect(trade.exits.map(({ size }) => size)).to.deep.equal([0.3, 0.3, 0.3, 4]);
    expect(trade.remaining).to.be.greaterThan(0.1).and.closeTo(0.1, 1e-12); // 5 − 0.3 − 0.3 − 0.3 − 4 in binary
    const [last] = check(portfolio, 0, bidding([97, 0.1]), NOW, terms()); // its last bits are no rest
    expect(last).to.include({ kind: 'exited', closed: true });
    expect(trade.remaining).to.equal(0);
    expect(trade.exits.reduce((sum, { percentage }) => sum + percentage, 0)).to.equal(100);
  });

  it('does not count a stop that trailing has raised over a waiting target as ambiguous: a quote has no high', () => {
    const { trade, look } = held();
    look(bidding([106, 1])); // part of the first target; the stop is raised to 104.94, over the second target, 103
    look(bidding([104, 100]));
    expect(trade.exits.map(brief)).to.deep.equal([
      [106, 1, 'take_profit', 0],
      [104, 4, 'trailing_stop', null],
    ]);
    expect(trade.ambiguous).to.equal(false);
  });

  it('marks what is held at the best bid of the last usable book', () => {
    const { portfolio, look } = held();
    look(bidding([101, 0.001], [100, 100]));
    look(unusable('stale'));
    expect(equity(portfolio, new Map(), () => 1)).to.equal(9_500 + 5 * 101);
  });

  it('stores what each fill cost, at the rate of its moment', () => {
    const costs = { ...free, takerFee: 0.004 };
    const { trade, portfolio } = held({ costs });
    check(portfolio, 0, bookOf([[97, 2], [96, 10]], [[98, 1]]), NOW, { costs, rate: 2 }); // prettier-ignore
    const [exit] = trade.exits;
    // 2 · 97 + 3 · 96 = 482; middle 97.5
    expect(exit).to.deep.include({ size: 5, quoteRate: 2, percentage: 100 });
    expect(exit!.costs.fee).to.be.closeTo(0.004 * 482 * 2, 1e-9);
    expect(exit!.costs.halfSpread).to.be.closeTo(5 * 0.5 * 2, 1e-9);
    expect(exit!.costs.slippage).to.be.closeTo(3 * 1 * 2, 1e-9);
    expect(exit!.profitLoss).to.be.closeTo(482 * 2 - 500 - 0.004 * 482 * 2 - 0.004 * 500, 1e-9);
  });

  it('cools down from the last fill of a stop', () => {
    const { portfolio, look } = held();
    look(bidding([97, 2]));
    expect(portfolio.stoppedAt[0]).to.equal(-Infinity);
    look(bidding([99, 100]));
    expect(portfolio.stoppedAt[0]).to.equal(NOW + 2_000);
  });

  it('waits while the rate of the quote currency is not known', () => {
    const { portfolio } = held();
    expect(check(portfolio, 0, bidding([90, 100]), NOW, { costs: free, rate: NaN })).to.deep.equal([]);
    expect(portfolio.cash).to.equal(9_500);
  });

  it('does nothing on a market that is not held', () => {
    const { portfolio } = held();
    expect(check(portfolio, 1, bidding([1, 100]), NOW, terms())).to.deep.equal([]);
  });

  it('goes on with an unfinished sale after a restart', () => {
    for (const books of [[bidding([97, 2])], [bidding([102, 0.5])]]) {
      const { portfolio, look } = held();
      books.forEach(look);
      const state = JSON.parse(JSON.stringify(stateOf(portfolio, () => NOW))) as ReturnType<typeof stateOf>;
      const past = { entered: 1, stoppedAt: new Map<string, number>(), pending: [] };
      const restored = restorePortfolio(state, MARKETS, past);
      const next = [portfolio, restored].map(each => check(each, 0, bidding([101, 100]), NOW + 9_000, terms()));
      expect(next[0]).to.have.length(1);
      expect(next[1]).to.deep.equal(next[0]);
      expect(restored.cash).to.equal(portfolio.cash);
    }
  });

  it('goes on with an unfinished stop at the open of the first candle that was missed', () => {
    const { portfolio, trade, look } = held();
    look(bidding([97, 2]));
    const tape = { ...tapeOf([candle(2, 99, 110, 90, 100)], MARKETS.length), opportunities: [] };
    const costs = { takerFee: 0, spread: 0.002, slippage: 0.001 };
    const { events } = new CandleBroker(portfolio, 'USD').settle(tape, minute(0), minute(9), { risk: risk(), costs });
    expect(events.map(({ kind, at }) => [kind, at])).to.deep.equal([['exited', minute(3)]]);
    expect(brief(trade.exits[1]!)).to.deep.equal([98.802, 3, 'stop_loss', null]); // 99 · (1 − 0.001 − 0.001)
    expect(portfolio.open).to.deep.equal([]);
  });
});

describe('live trading on books of any depth', () => {
  const levels = fc.array(fc.tuple(fc.double({ min: 0.0001, max: 0.03, noNaN: true }), fc.double({ min: 1e-9, max: 3, noNaN: true })), { minLength: 1, maxLength: 6 }); // prettier-ignore
  const moments = fc.array(
    fc.record({
      move: fc.double({ min: -0.03, max: 0.032, noNaN: true }),
      bids: levels,
      asks: levels,
      deepAsks: fc.boolean(),
      market: fc.nat(1),
      rate: fc.double({ min: 0.5, max: 2, noNaN: true }),
    }),
    { minLength: 10, maxLength: 80 },
  );
  const steps = fc.constantFrom(1e-8, 0.001, 0.1);

  /** Levels at growing distance from a price; `way` is 1 above and -1 below it. */
  const sideOf = (price: number, way: 1 | -1, parts: readonly [number, number][]): [number, number][] => {
    let away = 0;
    return parts.map(([distance, size]) => [price * (1 + way * (away += distance)), size]);
  };
  const markets = (step: number) => MARKETS.map(market => ({ ...market, amountStep: step }));
  const initial = 10_000;
  const costs = { ...free, takerFee: 0.004 };

  it('keeps every cent, sells what was bought and no more, and never more than is bid for', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(moments, steps, (story, step) => {
        const portfolio: Portfolio = emptyPortfolio(markets(step), initial);
        const trades = new Set<Trade>();
        const prices = [100, 100];
        let at = NOW;
        for (const { move, bids, asks, deepAsks, market, rate } of story) {
          at += 20_000;
          const price = (prices[market]! *= 1 + move);
          const below = sideOf(price, -1, bids);
          const book = bookOf(below, deepAsks ? [[price * 1.0005, 100]] : sideOf(price, 1, asks));
          const found = { ...opportunity(0, market), at: at - 60_000 };
          const worth = equity(portfolio, new Map(), () => rate);
          const took = take(
            portfolio,
            found,
            book,
            at,
            terms({ costs, equity: worth, rate, risk: risk({ cooldownMs: 0 }) }),
          );
          if (took?.kind === 'opened') trades.add(took.trade);
          const events = check(portfolio, market, book, at, { costs, rate });
          const sold = events.reduce((sum, event) => sum + (event.kind === 'exited' ? event.exit.size : 0), 0);
          const within = below.filter(([bid]) => bid >= 0.95 * below[0]![0] * (1 - 1e-9));
          expect(sold).to.be.at.most(within.reduce((sum, [, size]) => sum + size, 0) + step / 2);
          for (const event of events)
            if (event.kind === 'exited') seen.add(`${event.exit.reason}${event.trade.unfinished ? ' in parts' : ''}`);
          seen.add(String(outcome(took)));
        }
        const { open } = portfolio;
        for (const { market } of [...open]) check(portfolio, market, bidding([0.01, 1e6]), at, { costs, rate: 1 });
        expect(open).to.deep.equal([]);

        let profit = 0;
        for (const { size, remaining, unfinished, exits } of trades) {
          profit += exits.reduce((sum, exit) => sum + exit.profitLoss, 0);
          expect(remaining).to.equal(0);
          expect(unfinished).to.equal(undefined);
          expect(exits.reduce((sum, exit) => sum + exit.size, 0)).to.be.closeTo(size, 1e-9);
          expect(exits.reduce((sum, exit) => sum + exit.percentage, 0)).to.equal(100);
          for (const { size: part, percentage, costs: split } of exits) {
            expect(part).to.be.greaterThan(0);
            expect(percentage).to.be.greaterThan(0);
            expect(Math.min(split.fee, split.halfSpread, split.slippage)).to.be.at.least(0);
          }
        }
        expect(profit).to.be.closeTo(portfolio.cash - initial, 1e-6);
        expect(portfolio.cash).to.be.at.least(-1e-9);
      }),
      { numRuns: 200, seed: 4 }, // of a seed, so that what has to be seen is seen each time
    );
    expect([...seen].sort()).to.deep.equal(
      ['already_open', 'no_depth', 'opened', 'stop_loss', 'stop_loss in parts', 'take_profit', 'take_profit in parts', 'trailing_stop', 'trailing_stop in parts'], // prettier-ignore
    );
  });

  it('does what candles of one price do, to the last bit, where everybody trades any size at that price', () => {
    const kinds = new Set<string>();
    const story = fc.array(
      fc.tuple(fc.double({ min: -0.03, max: 0.031, noNaN: true }), fc.double({ min: -0.03, max: 0.031, noNaN: true }), fc.nat(3)), // prettier-ignore
      { minLength: 20, maxLength: 100 },
    );
    fc.assert(
      fc.property(story, steps, (moves, step) => {
        const terms = { risk: risk({ cooldownMs: 180_000, maxOpenPositions: 1 }), costs };
        const last = [100, 0.37];
        const rows = moves.map(([a, b]) => [(last[0]! *= 1 + a), (last[1]! *= 1 + b)]);
        const candles = rows.flatMap((prices, n) => prices.map((p, market) => candle(n, p, p, p, p, market)));
        const found = moves.map(([, , which], n) =>
          [0, 1].filter(market => which & (1 << market)).map(market => opportunity(n, market, (n % 7) / 7)),
        );
        const tape = { ...tapeOf(candles, MARKETS.length), opportunities: found.flat() };
        const byCandles = new CandleBroker(emptyPortfolio(markets(step), initial), 'USD');
        const { events: expected } = byCandles.settle(tape, minute(0), minute(rows.length), terms);

        const portfolio = emptyPortfolio(markets(step), initial);
        const events: PositionEvent[] = [];
        rows.forEach((prices, n) => {
          const books = prices.map(price => bookOf([[price, 1e9]], [[price, 1e9]]));
          const worth = equity(portfolio, new Map(), () => 1);
          for (const each of [...(found[n - 1] ?? [])].sort(byPrecedence))
            events.push(take(portfolio, each, books[each.market]!, minute(n), { ...terms, equity: worth, rate: 1 })!);
          books.forEach((book, market) =>
            events.push(...check(portfolio, market, book, minute(n + 1), { costs, rate: 1 })),
          );
        });
        expect(spelled(events, MARKETS)).to.deep.equal(spelled(expected, MARKETS));
        expect(portfolio.cash).to.equal(byCandles.portfolio.cash);
        events.forEach(event => kinds.add(event.kind === 'exited' ? event.exit.reason : String(outcome(event))));
      }),
      { numRuns: 100 },
    );
    expect([...kinds].sort()).to.deep.equal(
      ['already_open', 'cooldown', 'max_open_positions', 'opened', 'stop_loss', 'stop_raised', 'take_profit', 'trailing_stop'], // prettier-ignore
    );
  });
});
