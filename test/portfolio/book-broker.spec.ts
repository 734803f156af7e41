import { expect } from 'chai';
import { BookWatch } from '../../lib/exchange/book-watch.js';
import { marketOf } from '../../lib/market.js';
import type { PositionEvent } from '../../lib/portfolio/events.js';
import { BookBroker } from '../../lib/portfolio/book-broker.js';
import { lastBooksOf, restorePortfolio, stateOf, type PortfolioState } from '../../lib/portfolio/restore.js';
import { emptyPortfolio } from '../../lib/portfolio/portfolio.js';
import { DAY_MS } from '../../lib/units.js';
import { bidding, bookOf, unusable } from '../support/book.js';
import { free, minute, opportunity, risk } from '../support/broker.js';

const MARKETS = ['AAA/USD', 'BBB/USD', 'CCC/USD'].map(marketOf);
const NOW = minute(1) + 2_000; // the opportunities of minute 0 are two seconds old
const terms = (over: object = {}) => ({ risk: risk(over), costs: free });
const kinds = (events: readonly PositionEvent[]) => events.map(({ kind }) => kind);
const at100 = bookOf([[99, 1e6]], [[100, 1e6]]);

const open = (rateOf: (market: number) => number = () => 1) =>
  new BookBroker(emptyPortfolio(MARKETS, 10_000), new Float64Array(3).fill(NaN), rateOf);
const waitingOn = (...markets: readonly number[]) => markets.map(market => ({ ...opportunity(0), market }));
const holding = () => {
  const broker = open();
  broker.found(waitingOn(0), NOW);
  broker.look(new Map([[0, at100]]), NOW, terms());
  return broker;
};

describe('BookBroker', () => {
  it('wants the books of what waits and of what is held', () => {
    const broker = open();
    broker.found(waitingOn(2, 0), NOW);
    expect(broker.waiting).to.deep.equal([2, 0]);
    expect(kinds(broker.look(new Map([[0, at100]]), NOW, terms()))).to.deep.equal(['opened']);
    expect(broker.waiting).to.deep.equal([2]); // without a book it goes on waiting
    expect(broker.held).to.deep.equal([0]);
    expect(broker.observed(0)).to.equal(NOW);
    expect(broker.observed(2)).to.be.NaN;
  });

  it('takes an opportunity once, however often it is handed in', () => {
    const broker = open();
    const found = waitingOn(0);
    broker.found(found, NOW);
    broker.found(found, NOW);
    broker.look(new Map([[0, at100]]), NOW, terms());
    broker.found(found, NOW); // the table still says pending until the trade is stored
    expect(broker.waiting).to.deep.equal([]);
    broker.found([], NOW + 2 * DAY_MS);
    broker.found(found, NOW + 2 * DAY_MS); // forgotten by then
    expect(broker.waiting).to.deep.equal([0]);
  });

  it('prefers the higher score where there is room for one only, whatever order the books came in', () => {
    const broker = open();
    const [low, high] = [
      { ...waitingOn(0)[0]!, score: 0.2 },
      { ...waitingOn(1)[0]!, score: 0.9 },
    ];
    broker.found([low, high], NOW);
    const events = broker.look(new Map([[0, at100], [1, at100]]), NOW, terms({ maxOpenPositions: 1 })); // prettier-ignore
    expect(events.map(event => ('trade' in event ? `${event.kind} ${event.trade.market}` : event.kind))).to.deep.equal([
      'opened 1',
      'rejected',
    ]);
  });

  it('sells before it buys, so that what is freed can be used at once', () => {
    const broker = holding();
    broker.found(waitingOn(1), NOW);
    const fallen = bidding([97, 1e6]); // the stop is at 98
    const events = broker.look(new Map([[1, at100], [0, fallen]]), NOW + 5_000, terms({ maxOpenPositions: 1 })); // prettier-ignore
    expect(kinds(events)).to.deep.equal(['exited', 'opened']);
  });

  it('lets expire what no book came for in time', () => {
    const broker = open();
    broker.found(waitingOn(0), NOW);
    expect(kinds(broker.look(new Map(), minute(1) + 90_000, terms()))).to.deep.equal([]);
    expect(kinds(broker.look(new Map(), minute(1) + 90_001, terms()))).to.deep.equal(['expired']);
    expect(broker.waiting).to.deep.equal([]);
  });

  it('leaves what is held as it is where its book must not be used, and marks it at its last price', () => {
    const broker = holding();
    const before = broker.equity();
    expect(before).to.equal(10_000 - 500 + 5 * 99); // 5 % bought at 100, worth the bid of 99
    expect(broker.look(new Map([[0, unusable('crossed')]]), NOW + 60_000, terms())).to.deep.equal([]);
    expect(broker.observed(0)).to.equal(NOW);
    expect(broker.equity()).to.equal(before);
  });

  it('does not sell on one price out of nowhere, and does on two, at the second', () => {
    const watch = new BookWatch(0.5);
    const looked = (broker: BookBroker, ...bids: number[]) =>
      bids.flatMap((bid, i) => {
        const now = NOW + 10_000 * (i + 1);
        return broker.look(new Map([[0, watch.judge('AAA/USD', bidding([bid, 1e6]), now)]]), now, terms());
      });
    expect(looked(holding(), 99, 40, 99)).to.deep.equal([]); // the stop is at 98
    const [sold, ...rest] = looked(holding(), 99, 40, 41);
    expect(sold)
      .to.deep.include({ kind: 'exited', at: NOW + 30_000, closed: true })
      .and.nested.include({ 'exit.price': 41 });
    expect(rest).to.deep.equal([]);
  });

  it('neither sells nor counts as observed what has no known rate', () => {
    let rate = 1;
    const broker = open(() => rate);
    broker.found(waitingOn(0), NOW);
    broker.look(new Map([[0, at100]]), NOW, terms());
    rate = NaN;
    expect(broker.look(new Map([[0, bidding([50, 1e6])]]), NOW + 60_000, terms())).to.deep.equal([]);
    expect(broker.observed(0)).to.equal(NOW);
    expect(broker.held).to.deep.equal([0]);
    broker.found(waitingOn(1), NOW);
    const both = new Map([[0, at100], [1, at100]]); // prettier-ignore
    expect(broker.look(both, NOW + 30_000, terms())).to.deep.equal([]); // 5 % of nobody knows what
    expect(broker.waiting).to.deep.equal([1]);
  });

  describe('on a market that is gone', () => {
    const costs = { takerFee: 0.004, spread: 9, slippage: 9 };

    it('sells to the bids of the last usable book, for a reason of its own, and never at nothing', () => {
      const broker = holding(); // 5 bought at 100
      broker.look(new Map([[0, bookOf([[99.5, 2], [99, 9]], [[100.5, 1]])]]), NOW + 10_000, terms()); // prettier-ignore
      broker.look(new Map([[0, unusable('empty')]]), NOW + 20_000, terms());
      const [event, ...rest] = broker.leave(0, NOW + 900_000, { costs });
      expect(rest).to.deep.equal([]);
      expect(event).to.deep.include({ kind: 'exited', at: NOW + 900_000, closed: true });
      const { exit } = event as Extract<PositionEvent, { kind: 'exited' }>;
      expect(exit).to.include({ reason: 'delisted', level: null, size: 5, percentage: 100 });
      expect(exit.price).to.be.closeTo((2 * 99.5 + 3 * 99) / 5, 1e-12);
      expect(exit.costs.fee).to.be.closeTo(0.004 * (199 + 297), 1e-12);
      expect(exit.costs.halfSpread).to.be.closeTo(5 * 0.5, 1e-12); // best 99.5, middle 100
      expect(broker.held).to.deep.equal([]);
      // a stop it was not: the market may be bought again at once
      broker.found([opportunity(1)], NOW + 900_000);
      expect(
        kinds(broker.look(new Map([[0, at100]]), NOW + 60_000, terms({ maxOpportunityAgeMs: 1e9 }))),
      ).to.deep.equal(['opened']);
    });

    it('keeps what the bids do not take, and sells that when the market is back', () => {
      const broker = holding();
      broker.look(new Map([[0, bidding([99, 2])]]), NOW + 10_000, terms());
      expect(kinds(broker.leave(0, NOW + 900_000, { costs }))).to.deep.equal(['exited']);
      expect([broker.held, broker.portfolio.open[0]!.remaining, broker.lastBook(0)]).to.deep.equal([[0], 3, null]);
      expect(broker.leave(0, NOW + 910_000, { costs })).to.deep.equal([]); // no book is sold to twice
      const [last] = broker.look(new Map([[0, bidding([120, 9])]]), NOW + 9e6, terms());
      expect(last).to.nested.include({ 'exit.reason': 'delisted', 'exit.size': 3, 'exit.price': 120, closed: true });
    });

    it('stays as it is, at its last price, where no usable book is known, or no rate', () => {
      let rate = 1;
      const broker = open(() => rate);
      broker.found(waitingOn(0), NOW);
      broker.look(new Map([[0, at100]]), NOW, terms());
      rate = NaN;
      expect(broker.leave(0, NOW + 900_000, { costs })).to.deep.equal([]);
      rate = 1;
      const { portfolio } = broker;
      const again = new BookBroker(portfolio, new Float64Array([NOW, NaN, NaN]), () => 1);
      expect(again.leave(0, NOW + 900_000, { costs })).to.deep.equal([]);
      expect([again.held, again.equity()]).to.deep.equal([[0], 10_000 - 500 + 5 * 99]);
      expect(again.leave(1, NOW, { costs })).to.deep.equal([]);
    });

    it('knows the last book after a restart', () => {
      const broker = holding();
      const bids = Array.from({ length: 30 }, (_, i) => [99 - i * 0.1, 1] as const);
      broker.look(new Map([[0, bookOf(bids, [[101, 7]])]]), NOW + 10_000, terms());
      const stateAt = (market: number) => ({ lastBook: broker.lastBook(market), suspendedSince: NOW + 20_000 });
      const state = JSON.parse(JSON.stringify(stateOf(broker.portfolio, () => NOW, stateAt))) as PortfolioState;
      expect(state.held[0]).to.include({ suspendedSince: NOW + 20_000 });
      const markets = [marketOf('A/USD'), ...MARKETS]; // the lanes have changed
      const past = { entered: 1, stoppedAt: new Map<string, number>(), pending: [] };
      const books = lastBooksOf(state, markets);
      expect([...books.keys()]).to.deep.equal([1]);
      expect(books.get(1)!.bids).to.have.length(20);
      const again = new BookBroker(
        restorePortfolio(state, markets, past),
        new Float64Array(4).fill(NOW),
        () => 1,
        books,
      );
      const [sold] = again.leave(1, NOW + 900_000, { costs });
      const [then] = broker.leave(0, NOW + 900_000, { costs });
      expect((sold as { exit: unknown }).exit).to.deep.equal((then as { exit: unknown }).exit);
      expect(lastBooksOf(state, [marketOf('ZZZ/USD')]).size).to.equal(0);
    });
  });
});
