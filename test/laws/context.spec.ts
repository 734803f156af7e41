import { expect } from 'chai';
import fc from 'fast-check';
import { CONTEXT_KEYS, type ContextColumns } from '../../lib/cross-market/columns.js';
import { contextOf } from '../../lib/cross-market/context.js';
import { ContextSet } from '../../lib/cross-market/set.js';
import { Cell, emptyTape, sliceTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { Listing } from '../../lib/universe/universe.js';
import { contextByWords } from '../oracle/context.js';
import { randomCase } from '../oracle/random-market.js';
import { cut, historyOf, replay, type History } from '../support/replay.js';
import { casesOf } from '../support/runs.js';

const seeds = fc.integer({ min: 1, max: 100_000 });
const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 8, max: 3_000 })), {
  minLength: 1,
  maxLength: 12,
});
const runs = { numRuns: casesOf(6) };

/**
 * A random case whose coins are in two sectors, but for one; the last market sometimes only gives
 * prices.
 */
const marketsOf = (
  seed: number,
): { readonly history: History; readonly tape: Tape; readonly listings: readonly Listing[] } => {
  const history = historyOf(randomCase(seed));
  const known = history.tape.cell.findIndex(cell => cell !== Cell.absent);
  const sectors = ['a', 'b', 'a', 'a', null];
  const listings = history.listings.map((listing, lane) => ({
    ...listing,
    sector: sectors[(lane + seed) % sectors.length]!,
    auxiliary: lane === 2 && seed % 3 === 0,
  }));
  // the warm-up before the first candle is of no interest
  return { history, tape: sliceTape(history.tape, known % history.tape.minutes, history.tape.minutes), listings };
};

const computed = (pieces: readonly Tape[], listings: readonly Listing[]): readonly ContextColumns[] => {
  const set = new ContextSet(contextOf(listings, 'USD'));
  return pieces.map(piece => set.advance(piece));
};

/** A column of pieces of a tape as that of the whole. */
const joined = (
  pieces: readonly Tape[],
  columns: readonly ContextColumns[],
  whole: Tape,
): ReadonlyMap<string, Float64Array> =>
  new Map(
    CONTEXT_KEYS.map(key => {
      const column = new Float64Array(whole.cell.length);
      for (const [n, { start, minutes, markets }] of pieces.entries())
        for (let market = 0; market < markets; market++)
          column.set(
            columns[n]!.get(key)!.subarray(market * minutes, (market + 1) * minutes),
            market * whole.minutes + (start - whole.start) / MINUTE_MS,
          );
      return [key, column];
    }),
  );

/** The tape with every candle after its minute `last` changed or removed. */
const otherFuture = (tape: Tape, last: number, mode: 'changed' | 'removed'): Tape => {
  const other = sliceTape(tape, 0, tape.minutes);
  for (let market = 0; market < tape.markets; market++)
    for (let at = market * tape.minutes + last + 1; at < (market + 1) * tape.minutes; at++) {
      if (mode === 'removed') other.cell[at] = Cell.absent;
      else for (const name of ['open', 'high', 'low', 'close'] as const) other[name][at]! *= 1.5;
    }
  return other;
};

describe('laws of the context columns', function () {
  this.timeout(60_000);

  it('cut law: cutting the same candles into other tapes changes no value, to the last bit', () => {
    fc.assert(
      fc.property(seeds, lengths, (seed, cuts) => {
        const { tape, listings } = marketsOf(seed);
        const pieces = cut(tape, cuts);
        expect(joined(pieces, computed(pieces, listings), tape)).to.deep.equal(computed([tape], listings)[0]);
      }),
      runs,
    );
  });

  it('causality: what comes after a minute changes no value up to it', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('changed' as const, 'removed' as const),
        (seed, part, mode) => {
          const { tape, listings } = marketsOf(seed);
          const last = Math.floor(part * (tape.minutes - 1));
          const upTo = (whole: Tape) => {
            const [columns] = computed([whole], listings);
            return CONTEXT_KEYS.map(key =>
              Array.from({ length: whole.markets }, (_, market) =>
                columns!.get(key)!.slice(market * whole.minutes, market * whole.minutes + last + 1),
              ),
            );
          };
          expect(upTo(otherFuture(tape, last, mode))).to.deep.equal(upTo(tape));
        },
      ),
      runs,
    );
  });

  it('every value is what the page of semantics defines, computed candle by candle from those words', () => {
    const known = new Map<string, number>();
    fc.assert(
      fc.property(seeds, seed => {
        const { tape, listings } = marketsOf(seed);
        const [columns] = computed([tape], listings);
        const wanted = contextByWords(tape, listings, contextOf(listings, 'USD').bitcoin);
        for (const [place, values] of wanted.entries())
          for (const key of CONTEXT_KEYS) {
            const [ours, value] = [columns!.get(key)![place]!, values?.[key] ?? NaN];
            if (!Number.isNaN(value)) known.set(key, (known.get(key) ?? 0) + 1);
            const agree = Number.isNaN(value)
              ? Number.isNaN(ours)
              : Math.abs(ours - value) <= 1e-9 * Math.max(1, Math.abs(value));
            if (!agree) expect(ours, `${key} of seed ${seed} at ${place}`).to.equal(value);
          }
      }),
      { numRuns: casesOf(2), examples: [[2]] }, // the first has enough values of each column
    );
    for (const key of CONTEXT_KEYS) expect(known.get(key), `${key} values that were compared`).to.be.above(3_000);
  });

  it('a backtest decides and trades the same with the columns and without', () => {
    fc.assert(
      fc.property(seeds, seed => {
        const { history, listings } = marketsOf(seed);
        expect(replay({ ...history, context: contextOf(listings, 'USD') })).to.deep.equal(replay(history));
      }),
      runs,
    );
  });

  it('an empty tape is none', () => {
    const { listings } = marketsOf(1);
    const [columns] = computed([emptyTape(0, 0, listings.length)], listings);
    expect([...columns!.values()].map(({ length }) => length)).to.deep.equal(CONTEXT_KEYS.map(() => 0));
  });
});
