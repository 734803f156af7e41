import { expect } from 'chai';
import { from, of } from 'rxjs';
import { unversioned } from '../../lib/settings/settings.js';
import { marketOf } from '../../lib/market.js';
import { DECISIONS, type DecisionName } from '../../lib/strategy/decisions.js';
import { Cell, emptyTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { scanner } from '../../streams/bot.js';
import { START } from '../indicators/series.js';
import { settingsOf } from '../support/settings.js';

const MINUTES = 4_000;
/** Every condition that a flat market could meet is met by anything. */
const EASY = settingsOf(`
filtering: { min_daily_volume: 0, min_history_hours: 0, max_volatility: 10000 }
momentum_strategy:
  rsi: { overbought: 100, oversold: 0 }
  roc: { periods: [1], thresholds: [0] }
  volume: { factor: 0.001 }
  trend_confirmation_required: false
`);

/**
 * A market in which one unit is traded each minute, always at the same price but for the last
 * minutes.
 */
const flat = (price: number, last: readonly number[] = []): Tape => {
  const tape = emptyTape(START, MINUTES, 1);
  for (let i = 0; i < MINUTES; i++) {
    const close = last[i - (MINUTES - last.length)] ?? price;
    tape.cell[i] = Cell.traded;
    for (const name of ['open', 'high', 'low', 'close'] as const) tape[name][i] = close;
    tape.volume[i] = 1;
  }
  return tape;
};

/** How often each decision was made in the last day, and the opportunities. */
const decided = (tape: Tape) => {
  const counts: Partial<Record<DecisionName, number>> = {};
  const values: number[] = [];
  scanner({
    tape$: from([tape]),
    settings$: of(unversioned(EASY)),
    listings: [{ market: marketOf('AAA/USD'), firstCandleAt: START }],
    period: { from: START + (MINUTES - 1_440) * MINUTE_MS, to: START + MINUTES * MINUTE_MS },
  }).subscribe(scanned => {
    for (const decision of scanned.decision) {
      const name = DECISIONS[decision]!;
      if (name !== 'outside') counts[name] = (counts[name] ?? 0) + 1;
    }
    for (const { score, values: judged } of scanned.opportunities) values.push(score, ...Object.values(judged));
  });
  return { counts, values };
};

describe('a market whose price never moves', () => {
  it('is never bought: undefined values are not compared with anything', () => {
    for (const price of [1e-8, 0.1, 100.1, 1e8]) expect(decided(flat(price)).counts).to.deep.equal({ unknown: 1_440 });
  });

  it('is judged again as soon as it moves, by numbers alone', () => {
    const { counts, values } = decided(flat(100, [99, 101, 104]));
    expect(counts).to.deep.equal({ unknown: 1_437, rsi: 1, opportunity: 2 }); // the only move so far is down: its RSI is 0
    expect(values.every(Number.isFinite)).to.equal(true);
  });
});
