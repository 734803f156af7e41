import { expect } from 'chai';
import fc from 'fast-check';
import { from, of } from 'rxjs';
import { marketOf } from '../../lib/market.js';
import { unversioned, type Settings } from '../../lib/settings/settings.js';
import { DECISIONS } from '../../lib/strategy/decisions.js';
import { Cell, emptyTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { Listing } from '../../lib/universe/universe.js';
import { scanner } from '../../streams/bot.js';
import { CHARACTERS, generated, numbers, START, together } from '../indicators/series.js';
import { settingsOf } from '../support/settings.js';

const MINUTES = 2_000;
const SYMBOLS = ['AAA/USD', 'BBB/USD', 'CCC/USD'];
const listings = SYMBOLS.map((symbol): Listing => ({ market: marketOf(symbol), firstCandleAt: START }));
const period = { from: START + 300 * MINUTE_MS, to: START + MINUTES * MINUTE_MS };
const base = settingsOf(`
filtering: { min_daily_volume: 0, min_history_hours: 6, max_volatility: 4.4, refresh_minutes: 15 }
momentum_strategy:
  roc: { periods: [1, 5], thresholds: [0.01, 0.02] }
  volume: { factor: 0.5 }
  trend_confirmation_required: false
`);
const settingsWith = (unknown: 'pass' | 'fail'): Settings => ({
  ...base,
  filtering: {
    ...base.filtering,
    unknown: { ...base.filtering.unknown, daily_volume: unknown, volatility: unknown, history: unknown },
  },
});

/** Three markets that begin at different times and have gaps. */
const marketsOf = (seed: number): Tape => {
  const tape = together(SYMBOLS.map((_, n) => generated(CHARACTERS['ordinary']!, MINUTES, seed + n)));
  const next = numbers(seed);
  for (let lane = 0; lane < SYMBOLS.length; lane++) {
    const first = lane * MINUTES;
    tape.cell.fill(Cell.absent, first, first + Math.floor(next() * 40) * lane);
    for (let gaps = 0; gaps < 4; gaps++) {
      const at = first + Math.floor(next() * (MINUTES - 60));
      tape.cell.fill(Cell.absent, at, at + 1 + Math.floor(next() * 50));
    }
  }
  return tape;
};

/** The minutes `from` to `to` of a lane, and where they go. */
interface Delivery {
  readonly market: number;
  readonly from: number;
  readonly to: number;
}

const tapeWith = (whole: Tape, deliveries: readonly Delivery[], from: number, to: number): Tape => {
  const tape = emptyTape(whole.start + from * MINUTE_MS, to - from, whole.markets);
  for (const each of deliveries)
    for (const name of ['cell', 'open', 'high', 'low', 'close', 'volume'] as const)
      tape[name].set(
        whole[name].subarray(each.market * whole.minutes + each.from, each.market * whole.minutes + each.to),
        each.market * tape.minutes + each.from - from,
      );
  return tape;
};

/**
 * The same candles as a live source gives them: markets fall behind, and what they missed comes in
 * late tapes, in order.
 */
const delivered = (whole: Tape, seed: number, longest: number): Tape[] => {
  const next = numbers(seed);
  const tapes: Tape[] = [];
  const given = SYMBOLS.map(() => 0);
  for (let at = 0; at < whole.minutes;) {
    const end = Math.min(whole.minutes, at + 1 + Math.floor(next() * longest));
    const late: Delivery[] = [];
    const fresh: Delivery[] = [];
    for (let market = 0; market < SYMBOLS.length; market++) {
      const before = given[market]!;
      const luck = end === whole.minutes ? 1 : next();
      const to = luck < 0.3 ? before : luck < 0.5 ? before + Math.floor(next() * (end - before + 1)) : end;
      if (before < at && to > before) late.push({ market, from: before, to: Math.min(to, at) });
      if (to > at) fresh.push({ market, from: Math.max(before, at), to });
      given[market] = to;
    }
    if (late.length > 0)
      tapes.push(
        tapeWith(whole, late, Math.min(...late.map(each => each.from)), Math.max(...late.map(each => each.to))),
      );
    tapes.push(tapeWith(whole, fresh, at, end));
    at = end;
  }
  return tapes;
};

/** Verdict and decision of every candle, and the opportunities. */
const said = (tapes: readonly Tape[], settings: Settings) => {
  const ofCandle = new Map<string, string>();
  const opportunities: unknown[] = [];
  scanner({ tape$: from(tapes), settings$: of(unversioned(settings)), listings, period }).subscribe(tape => {
    opportunities.push(...tape.opportunities);
    for (let i = 0; i < tape.cell.length; i++) {
      if (tape.cell[i] === Cell.absent) continue;
      const market = Math.floor(i / tape.minutes);
      const key = `${SYMBOLS[market]} ${tape.start / MINUTE_MS + (i % tape.minutes)}`;
      if (ofCandle.has(key)) throw new Error(`${key} came twice`);
      ofCandle.set(key, `${tape.verdict[i]} ${DECISIONS[tape.decision[i]!]}`);
    }
  });
  const order = (each: unknown) => JSON.stringify(each);
  return {
    ofCandle: [...ofCandle].sort(([a], [b]) => (a < b ? -1 : 1)),
    opportunities: opportunities.map(order).sort(),
  };
};

describe('late tapes', () => {
  it('change no verdict, no decision and no opportunity of any candle', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.nat(1_000_000),
        fc.constantFrom(1, 4, 40, 400),
        fc.constantFrom('pass' as const, 'fail' as const),
        (market, order, longest, unknown) => {
          const whole = marketsOf(market);
          const settings = settingsWith(unknown);
          const wanted = said([whole], settings);
          for (const [, what] of wanted.ofCandle) reached.add(what);
          const ours = said(delivered(whole, order, longest), settings);
          expect(ours.opportunities).to.deep.equal(wanted.opportunities);
          for (const [i, each] of wanted.ofCandle.entries())
            if (each.join() !== ours.ofCandle[i]?.join()) expect(ours.ofCandle[i]).to.deep.equal(each);
          expect(ours.ofCandle.length).to.equal(wanted.ofCandle.length);
        },
      ),
      { numRuns: 24, seed: 5 },
    );
    const names = [...reached].map(each => each.split(' ')[1]);
    for (const name of ['outside', 'not_tradable', 'warming_up', 'rsi', 'macd', 'opportunity'])
      expect(names).to.include(name);
    expect(new Set([...reached].map(each => each.split(' ')[0])).size).to.be.greaterThan(3);
  });
});
