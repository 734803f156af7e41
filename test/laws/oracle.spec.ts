import { expect } from 'chai';
import { oracle } from '../oracle/oracle.js';
import { randomCase } from '../oracle/random-market.js';
import type { OracleInput } from '../oracle/types.js';
import type { BookLevel } from '../../lib/exchange/ports.js';
import type { StoredBooks } from '../../lib/portfolio/stored-books.js';
import { historyOf, replay, type History, type Replay } from '../support/replay.js';
import { booksOf } from '../support/stored-books.js';
import { casesOf } from '../support/runs.js';

const NOT_EVALUATED: ReadonlySet<string> = new Set(['gap', 'quiet', 'suspect', 'warming_up', 'unknown']);
const close = (found: number, expected: number, what: string) =>
  expect(Math.abs(found - expected), `${what}: ${found} is not ${expected}`).to.be.at.most(
    1e-9 * Math.max(1, Math.abs(expected)),
  );

/**
 * Holds every decision, opportunity, trade, exit and minute of equity against the naive
 * recomputation.
 */
const compare = (input: OracleInput, found: Replay) => {
  const expected = oracle(input);
  const symbols = historyOf(input).listings.map(({ market }) => market.symbol);
  for (const symbol of symbols) {
    // The oracle asks whether a market is tradable before it asks whether there is a candle.
    const wanted = expected.decisions[symbol]!.map((name, i) =>
      name === 'not_tradable' && found.decisions[symbol]![i] === 'gap' ? 'not_evaluated' : name,
    );
    const decisions = found.decisions[symbol]!.map(name => (NOT_EVALUATED.has(name) ? 'not_evaluated' : name));
    const at = decisions.findIndex((name, i) => name !== wanted[i]);
    expect(at, `${symbol} minute ${at}: ${decisions[at]} instead of ${wanted[at]}`).to.equal(-1);
    expect(decisions.length).to.equal(wanted.length);
  }

  const outcomes = new Map<string, string>();
  for (const event of found.events) {
    if (event.kind === 'exited' || event.kind === 'stop_raised') continue;
    const { market, at } = event.kind === 'opened' ? event.trade.opportunity : event.opportunity;
    const outcome = event.kind === 'opened' ? 'taken' : event.kind === 'rejected' ? event.reason : 'expired';
    const key = `${symbols[market]} ${at}`;
    expect(outcomes.has(key), `${key} decided twice`).to.equal(false);
    outcomes.set(key, outcome);
  }
  expect([...outcomes].sort()).to.deep.equal(
    expected.opportunities.map(({ symbol, at, outcome, reason }) => [`${symbol} ${at}`, reason ?? outcome]).sort(),
  );

  expect(found.trades.length).to.equal(expected.trades.length);
  found.trades.forEach((trade, i) => {
    const wanted = expected.trades[i]!;
    const name = `trade ${i + 1}`;
    expect([symbols[trade.market], trade.entryAt]).to.deep.equal([wanted.symbol, wanted.entryTime]);
    close(trade.entryPrice, wanted.entryPrice, `${name} entry price`);
    close(trade.size, wanted.size, `${name} size`);
    close(trade.entryCosts.fee, wanted.entryFee, `${name} entry fee`);
    expect(trade.exits.map(({ at, reason }) => [at, reason])).to.deep.equal(
      wanted.exits.map(({ time, reason }) => [time, reason]),
    );
    trade.exits.forEach((exit, n) => {
      const sale = wanted.exits[n]!;
      close(exit.price, sale.price, `${name} exit ${n} price`);
      close(exit.size, sale.size, `${name} exit ${n} size`);
      close(exit.percentage, sale.percentage, `${name} exit ${n} percentage`);
      close(exit.profitLoss, sale.profitLoss, `${name} exit ${n} profit`);
      close(exit.costs.fee, sale.fee, `${name} exit ${n} fee`);
    });
  });
  expect(found.trades.filter(trade => trade.ambiguous).length).to.equal(expected.funnel.ambiguous);
  close(found.finalCash, expected.finalCash, 'final cash');
  expect(found.equity.length + 1).to.equal(expected.equityByMinute.length);
  found.equity
    .slice(0, -1)
    .forEach((equity, i) => close(equity, expected.equityByMinute[i + 1]!, `equity of minute ${i}`));
};

/** The books of a history as the oracle reads them. */
const told = ({ listings }: History, books: StoredBooks): NonNullable<OracleInput['books']> => {
  const lanes = new Map(listings.map(({ market }, lane) => [market.symbol, lane]));
  const pairs = (levels: readonly BookLevel[]) => levels.map(({ price, size }) => [price, size] as const);
  return (symbol, minute) =>
    books.of(lanes.get(symbol)!, minute).map(({ at, of, most, book }) => ({
      at,
      most,
      walkedFor: of === 'snapshot' ? null : of,
      bids: pairs(book.bids),
      asks: pairs(book.asks),
    }));
};

const SEEDS = casesOf(12);

describe('a backtest, recomputed from the semantics by a naive second implementation', () => {
  for (let seed = 1; seed <= SEEDS; seed++)
    it(`agrees decision by decision and trade by trade (random market ${seed})`, () => {
      const input = randomCase(seed);
      compare(input, replay(historyOf(input)));
    });

  it('agrees where fills walk stored order books, thin and deep', () => {
    let walked = 0;
    let parts = 0;
    const refused = new Set<string>();
    const reasons = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const input = randomCase(seed);
      const history = historyOf(input);
      const books = booksOf(history, seed);
      const found = replay({ ...history, books });
      compare({ ...input, books: told(history, books) }, found);
      walked += found.walked;
      for (const { exits } of found.trades) {
        const levels = exits.map(({ reason, level }) => `${reason} ${level}`);
        parts += levels.length - new Set(levels).size;
        for (const { reason } of exits) reasons.add(reason);
      }
      for (const event of found.events) if (event.kind === 'rejected') refused.add(event.reason);
    }
    expect(walked, 'fills at books').to.be.above(100);
    expect(parts, 'sales that took several books').to.be.above(25);
    expect([...refused]).to.include('no_depth');
    expect([...reasons]).to.include.members(['stop_loss', 'trailing_stop', 'take_profit', 'exit_signal']);
  }).timeout(120_000);
});
