import { expect } from 'chai';
import fc from 'fast-check';
import { emptyTape, type Tape } from '../../lib/tape.js';
import { randomCase } from '../oracle/random-market.js';
import { historyOf, outcome, replay, type History, type Replay } from '../support/replay.js';
import { booksOf } from '../support/stored-books.js';
import { casesOf } from '../support/runs.js';

const seeds = fc.integer({ min: 1, max: 100_000 });
const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 8, max: 3_000 })), {
  minLength: 1,
  maxLength: 12,
});
const runs = { numRuns: casesOf(6) };
/** Seeds of histories that trade a lot: many of a random dozen do not trade at all. */
const LIVELY: [number][] = [[9], [16], [22]];

/** The tape with every candle after its minute `last` changed, removed or added. */
const otherFuture = (tape: Tape, last: number, mode: 'changed' | 'removed'): Tape => {
  const other = emptyTape(tape.start, tape.minutes, tape.markets);
  for (const name of ['cell', 'open', 'high', 'low', 'close', 'volume'] as const) other[name].set(tape[name]);
  for (let market = 0; market < tape.markets; market++)
    for (let at = market * tape.minutes + last + 1; at < (market + 1) * tape.minutes; at++) {
      if (mode === 'removed') other.cell[at] = 0;
      else for (const name of ['open', 'high', 'low', 'close'] as const) other[name][at]! *= 1.5;
    }
  return other;
};

const pasts: Readonly<Record<string, (seed: number) => History>> = {
  candles: seed => historyOf(randomCase(seed)),
  'candles and stored order books': seed => {
    const history = historyOf(randomCase(seed));
    return { ...history, books: booksOf(history, seed) };
  },
};

for (const [name, pastOf] of Object.entries(pasts))
  describe(`laws of ${name}`, () => {
    it('cut law: cutting the same candles into other tapes changes no decision, no trade and no minute of equity', () => {
      fc.assert(
        fc.property(seeds, lengths, (seed, cuts) => {
          const history = pastOf(seed);
          expect(outcome(replay(history, cuts))).to.deep.equal(outcome(replay(history, [history.tape.minutes])));
        }),
        runs,
      );
    });

    it('causality: what comes after a minute changes nothing that happened up to it', () => {
      fc.assert(
        fc.property(
          seeds,
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.constantFrom('changed' as const, 'removed' as const),
          fc.boolean(),
          (seed, part, mode, isEvent) => {
            const history = pastOf(seed);
            const { from, to } = history.period;
            const found = replay(history);
            const happened = found.events.filter(({ at }) => at < to);
            const random = Math.floor(part * ((to - from) / 60_000 - 1)); // of the period, all known
            const event = happened[Math.floor(part * happened.length)];
            const atEvent =
              event && (event.at - from) / 60_000 - Number(event.kind === 'exited' || event.kind === 'stop_raised');
            const minutes = isEvent ? (atEvent ?? random) : random;
            const last = (from - history.tape.start) / 60_000 + minutes;
            const known = from + (minutes + 1) * 60_000;
            const upTo = (found: Replay) => ({
              decisions: Object.values(found.decisions).map(names => names.slice(0, minutes + 1)),
              equity: found.equity.slice(0, minutes + 1),
              // An exit is named by the close of its candle, the rest by the open: those of the
              // next minute's open are not known yet.
              events: found.events
                .filter(
                  event =>
                    (event.kind === 'exited' || event.kind === 'stop_raised' ? event.at <= known : event.at < known) &&
                    !(event.kind === 'exited' && event.exit.reason === 'end_of_data'),
                )
                .map(event => [event.kind, event.at, 'trade' in event ? event.trade.number : event.opportunity.market]),
            });
            const tape = otherFuture(history.tape, last, mode);
            const other = { ...history, tape, ...(history.books && { books: booksOf({ ...history, tape }, seed) }) };
            expect(upTo(replay(other))).to.deep.equal(upTo(found));
          },
        ),
        runs,
      );
    });

    it('conservation: cash moves by the sum of all profits, exits add up to what was bought, a second replay is identical', () => {
      let traded = 0;
      let walked = 0;
      fc.assert(
        fc.property(seeds, seed => {
          const history = pastOf(seed);
          const found = replay(history);
          traded += found.trades.length;
          walked += found.walked;
          const profit = found.trades.flatMap(trade => trade.exits).reduce((sum, exit) => sum + exit.profitLoss, 0);
          const initial = history.settings.portfolio.initialBalance;
          expect(found.finalCash - initial).to.be.closeTo(profit, 1e-9 * initial);
          for (const trade of found.trades) {
            expect(trade.remaining).to.equal(0);
            expect(trade.exits.reduce((sum, exit) => sum + exit.size, 0)).to.be.closeTo(trade.size, 1e-9 * trade.size);
            expect(trade.exits.reduce((sum, exit) => sum + exit.percentage, 0)).to.be.closeTo(100, 1e-9);
            for (const exit of trade.exits) expect(exit.size).to.be.above(0).and.at.most(trade.size);
          }
          expect(outcome(replay(history))).to.deep.equal(outcome(found));
        }),
        { numRuns: casesOf(8), examples: LIVELY },
      );
      expect(traded, 'trades that the law was held against').to.be.above(100);
      if (name !== 'candles') expect(walked, 'fills at books').to.be.above(60);
    });
  });
