import { expect } from 'chai';
import fc from 'fast-check';
import { minutesAfter } from '../../lib/portfolio/missed-minutes.js';
import type { Exit, Trade } from '../../lib/portfolio/events.js';
import { MINUTE_MS, wholeMinute } from '../../lib/units.js';
import { missed } from '../oracle/missed.js';
import type { OracleCandle } from '../oracle/types.js';
import { Cell } from '../../lib/tape.js';
import { START } from '../support/broker.js';
import {
  END,
  live,
  MARKETS,
  MINUTES,
  priceAt,
  textOf,
  worldOf,
  type Absence,
  type Away,
  type Lived,
  type World,
} from './restart-world.js';
import { casesOf } from '../support/runs.js';

const runs = { numRuns: casesOf(60) };
const seeds = fc.integer({ min: 1, max: 1_000_000 });
// Most positions do not live long.
const second = fc.oneof(fc.integer({ min: 1, max: 180 }), fc.integer({ min: 1, max: MINUTES * 60 - 1 }));
const length = fc.oneof(fc.integer({ min: 1, max: 59 }), fc.integer({ min: 1, max: 360 }));

/** Times away that follow one another: each a start after the one before. */
const awaysOf = (trades: fc.Arbitrary<Away['trades'][number]>): fc.Arbitrary<readonly Away[]> =>
  fc
    .array(
      fc.record({
        from: second,
        length,
        trades: fc.array(trades, { minLength: MARKETS.length, maxLength: MARKETS.length }),
        isKilledAgain: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map(drafts => {
      let last = 0;
      return [...drafts]
        .sort((a, b) => a.from - b.from)
        .flatMap(({ from, length: seconds, ...rest }) => {
          const begin = Math.max(from, last + 1);
          last = Math.min(begin + seconds, MINUTES * 60 - 1);
          return begin < last ? [{ ...rest, from: START + begin * 1_000, until: START + last * 1_000 }] : [];
        });
    });

const oneAway = (known: Away['trades'][number], from: number, until: number): Away => ({
  from: START + from * 1_000,
  until: START + until * 1_000,
  trades: MARKETS.map(() => known),
  isKilledAgain: false,
});
/** Rare exits that come up in every run of the law. */
const RARE: [number, readonly Away[]][] = [
  [999_989, [oneAway('ends', 6, 78)]], // break_even
  [700_540, [oneAway('all', 169, 414)]], // time_limit
  [2, [oneAway('ends', 72, 314)]], // exit_signal
];

const textsOf = ({ exits }: Trade): readonly string[] => exits.map(textOf);
const isStop = ({ reason }: Exit): boolean => ['stop_loss', 'break_even', 'trailing_stop'].includes(reason);
const stopOf = ({ exits, remaining }: Trade): Exit | undefined =>
  remaining === 0 ? exits.filter(isStop)[0] : undefined;

/** What the trades of a market were between two moments. */
const pricesOf = ({ trades }: World, market: number, from: number, to: number): readonly number[] =>
  trades[market]!.filter(({ at }) => at > from && at <= to).map(({ price }) => price);

/** Between which moments a sale of a run that was away asked for the lowest price. */
const spanOf = (world: World, { market }: Trade, { at, price }: Exit): readonly [number, number] => {
  const check = Math.floor(at / world.checkEveryMs) * world.checkEveryMs;
  // Where the trades of the next minute are not known, the time between two checks ends with the
  // minute.
  const ends = [check + world.checkEveryMs, Math.min(check + world.checkEveryMs, wholeMinute(at) + MINUTE_MS)];
  const spans: (readonly [number, number])[] = ends.map(end => [check, end]);
  for (let from = wholeMinute(at - 1); from >= START; from -= MINUTE_MS) spans.push([from, from + MINUTE_MS]);
  const found = spans.find(([from, to]) => {
    const prices = pricesOf(world, market, from - 1, to); // a candle holds the trade at its open
    return [Math.min(...prices), Math.min(priceAt(world, market, from), ...prices)].includes(price);
  });
  expect(found, `${price} is the least of no stretch`).not.to.equal(undefined);
  return found!;
};

/** Each minute is marked once, up to the last check, or to when it was back for the last time. */
const complete = ({ marks, absences }: Lived, { checkEveryMs }: World) => {
  const lastCheck = START + Math.floor((END - START) / checkEveryMs) * checkEveryMs;
  const last = Math.max(lastCheck, ...absences.map(({ away }) => away.until));
  expect(marks.map(({ at }) => at)).to.deep.equal(minutesAfter(START, last));
};

describe('Law 4, restart: killed at any second and started again, a run makes the exits of the uninterrupted one, or worse ones that are flagged', () => {
  it('makes the same exits and marks where all trades of the missed time are known, but for stops hit between two checks', () => {
    let [stops, madeUp] = [0, 0];
    fc.assert(
      fc.property(seeds, awaysOf(fc.constant('all')), (seed, aways) => {
        const world = worldOf(seed, { hasMoreExits: seed % 3 === 0 });
        const [whole, cut] = [live(world), live(world, aways)];
        complete(cut, world);
        whole.trades.forEach((expected, n) => {
          const found = cut.trades[n]!;
          if (!found.ambiguous) {
            expect(textsOf(found)).to.deep.equal(textsOf(expected));
            return;
          }
          // All that differs is its last exit, which the other run makes later or at no better
          // price.
          const last = found.exits.at(-1)!;
          expect(textsOf(found).slice(0, -1)).to.deep.equal(textsOf(expected).slice(0, found.exits.length - 1));
          expect(isStop(last)).to.equal(true);
          expect(cut.offline.has(found.number)).to.equal(true);
          const check = Math.floor(last.at / world.checkEveryMs) * world.checkEveryMs;
          const next = check + world.checkEveryMs;
          const lows = cut.absences.map(({ away: { until } }) =>
            Math.min(...pricesOf(world, found.market, check, Math.min(next, until))),
          );
          expect(lows).to.include(last.price);
          expect(expected.exits.every(({ at }, i) => i < found.exits.length - 1 || at > last.at)).to.equal(true);
        });
        stops += whole.trades.filter(stopOf).length;
        madeUp += cut.sold.size;
        if (cut.trades.some(({ ambiguous }) => ambiguous) || 60_000 % world.checkEveryMs !== 0) return;
        whole.marks.forEach(({ at, equity }, n) => {
          expect(cut.marks[n]!.at).to.equal(at);
          expect(cut.marks[n]!.equity).to.be.closeTo(equity, 1e-9);
        });
        expect(cut.cash).to.be.closeTo(whole.cash, 1e-9);
      }),
      runs,
    );
    expect(stops).to.be.above(40);
    expect(madeUp).to.be.above(15);
  });

  it('never sells later at a stop, never at a better price, and never what the other run does not sell, whatever of the missed time is known', () => {
    let [worse, both, targets] = [0, 0, 0];
    fc.assert(
      fc.property(seeds, awaysOf(fc.constantFrom('all', 'ends', 'none')), (seed, aways) => {
        const world = worldOf(seed, { holes: 0.05 * (seed % 2) });
        const [whole, cut] = [live(world), live(world, aways)];
        complete(cut, world);
        whole.trades.forEach((expected, n) => {
          const found = cut.trades[n]!;
          const isFlagged = found.ambiguous || cut.offline.has(found.number);
          if (!isFlagged) expect(textsOf(found)).to.deep.equal(textsOf(expected));
          const stop = stopOf(expected);
          if (stop && !found.unseen) {
            expect(found.remaining, `sold: ${textOf(stop)}`).to.equal(0);
            const ended = found.exits.at(-1)!;
            // Where the price was highest may not have been seen: then it is sold once that is
            // known, at no better price.
            if (ended.at > wholeMinute(stop.at) + MINUTE_MS) {
              expect(cut.unseen.has(found.number), textOf(stop)).to.equal(true);
              expect(ended.price, textOf(stop)).to.be.at.most(stop.price);
            }
          }
          for (const exit of found.exits) {
            if (exit.level !== null) {
              const other = expected.exits.find(({ level }) => level === exit.level);
              expect(other, textOf(exit)).not.to.equal(undefined);
              expect(other!.at, textOf(exit)).to.be.at.most(exit.at);
              targets++;
            }
            if (textsOf(expected).includes(textOf(exit))) continue;
            expect(isFlagged, textOf(exit)).to.equal(true);
            if (!isStop(exit) || !cut.sold.has(textOf(exit)) || exit.price === priceAt(world, found.market, exit.at))
              continue;
            // Not by a check: it is the least that was paid between two checks, or in a minute.
            const [from, to] = spanOf(world, found, exit);
            worse++;
            if (!stop || stop.at <= from || stop.at > to) continue;
            expect(exit.price, `${textOf(exit)}, the other ${textOf(stop)}`).to.be.at.most(stop.price);
            both++;
          }
        });
      }),
      { numRuns: casesOf(150) }, // what is counted below comes once in ten of them
    );
    expect(worse).to.be.above(10);
    expect(both).to.be.above(0);
    expect(targets).to.be.above(100);
  });

  it('does with each position what the semantics say, recomputed naively', () => {
    const reasons = new Set<string>();
    fc.assert(
      fc.property(seeds, awaysOf(fc.constantFrom('all', 'ends', 'none')), (seed, aways) => {
        const world = worldOf(seed, { holes: 0.1, prints: 0.02 * (seed % 2), hasMoreExits: seed % 3 > 0 });
        for (const absence of live(
          world,
          aways.map(away => ({ ...away, isKilledAgain: false })),
        ).absences) {
          compare(world, absence);
          for (const event of absence.events) if (event.kind === 'exited') reasons.add(event.exit.reason);
        }
      }),
      { ...runs, examples: RARE },
    );
    expect([...reasons]).to.have.members([
      'stop_loss',
      'break_even',
      'trailing_stop',
      'take_profit',
      'time_limit',
      'exit_signal',
    ]);
  });
});

const KINDS = { [Cell.traded]: 'traded', [Cell.quiet]: 'quiet' } as const;

/** Holds what was made up for each position against the oracle. */
const compare = (world: World, { away, before, stretches, after, events }: Absence): void => {
  const { settings, tape, checkEveryMs } = world;
  for (const held of before.held) {
    const market = MARKETS.findIndex(({ symbol }) => symbol === held.symbol);
    const { trade } = held;
    const steps = (size: number) => Math.round(size * 1e8);
    const expected = missed({
      position: {
        entryPrice: trade.entryPrice,
        steps: steps(trade.size),
        remaining: steps(trade.remaining),
        stop: trade.stop,
        stopReason: trade.stopReason,
        entryTime: trade.entryAt,
        nextLevel: trade.nextLevel,
        highest: held.highest ?? 0,
        watchedUntil: held.observedAt,
        hasUnseen: trade.unseen !== undefined,
        lastPrice: trade.unseen?.at(-1)?.to === held.observedAt ? Number.NaN : held.lastPrice!,
      },
      risk: trade.risk,
      exitsAt: world.exits.get(market)!.map(at => at + MINUTE_MS),
      maxJump: settings.data.maxJump,
      checkEvery: checkEveryMs,
      until: away.until,
      stretches: stretches.get(market) ?? [],
      trades: world.trades[market]!,
      candle: (at): OracleCandle | undefined => {
        const cell = market * tape.minutes + (at - tape.start) / MINUTE_MS;
        const kind = KINDS[tape.cell[cell] as keyof typeof KINDS] as OracleCandle['kind'] | undefined;
        if (!kind) return undefined;
        const [open, high, low, close] = [tape.open[cell]!, tape.high[cell]!, tape.low[cell]!, tape.close[cell]!];
        return { at, open, high, low, close, volume: 1, kind };
      },
    });
    const exits = events.flatMap(event =>
      event.kind === 'exited' && event.trade.number === trade.number ? [event.exit] : [],
    );
    expect(exits.map(({ at, price, size, reason }) => ({ at, price, steps: steps(size), reason }))).to.deep.equal(
      expected.exits,
    );
    const left = after.held.find(({ symbol }) => symbol === held.symbol);
    expect(steps(left?.trade.remaining ?? 0)).to.equal(expected.remaining);
    if (!left) continue;
    expect(left.trade.stop).to.be.closeTo(expected.stop, 1e-12 * expected.stop);
    expect(left.trade.ambiguous).to.equal(trade.ambiguous || expected.isAmbiguous);
    // What follows what was not seen before is one stretch with it.
    const minutes = (left.trade.unseen ?? []).flatMap(({ from, to, stop }) => {
      const parts = [];
      for (let at = wholeMinute(Math.max(from, held.observedAt)); at < to; at += MINUTE_MS)
        parts.push({ from: Math.max(from, held.observedAt, at), to: Math.min(to, at + MINUTE_MS), stop });
      return parts.filter(part => part.from < part.to);
    });
    expect(minutes).to.deep.equal(expected.unseen);
  }
};
