import { expect } from 'chai';
import type { Exit } from '../../lib/portfolio/events.js';
import { candle, minute, opportunity, play, quiet, risk } from '../support/broker.js';

/** Exits of a trade entered at 100 with size 5 (5 % of 10,000), as [price, size, reason]. */
const exitsOf = (...rows: [open: number, high: number, low: number, close: number][]) => {
  const candles = [candle(0, 100, 100, 100, 100), ...rows.map((row, i) => candle(i + 1, ...row))];
  const { events } = play({ candles, opportunities: [opportunity(0)] });
  return events.flatMap(event => (event.kind === 'exited' ? [event.exit] : []));
};
const brief = (exits: readonly Exit[]) => exits.map(({ price, size, reason }) => [round(price), round(size), reason]);
const round = (value: number) => Math.round(value * 1e6) / 1e6;

describe('exits of an open trade', () => {
  const cases: { name: string; rows: [number, number, number, number][]; exits: [number, number, string][] }[] = [
    {
      name: 'sells everything at the stop, 100 · (1 − 0.02)',
      rows: [[100, 100, 97, 99]],
      exits: [[98, 5, 'stop_loss']],
    },
    { name: 'sells at a low that just touches the stop', rows: [[100, 100, 98, 99]], exits: [[98, 5, 'stop_loss']] },
    {
      name: 'fills a gap through the stop at the open',
      rows: [
        [100, 100, 99, 99],
        [95, 96, 94, 96],
      ],
      exits: [[95, 5, 'stop_loss']],
    },
    { name: 'takes 30 % of 5 at 100 · 1.015', rows: [[100, 101.6, 100, 101]], exits: [[101.5, 1.5, 'take_profit']] },
    {
      name: 'does not take a target that is only touched: 103',
      rows: [[100, 103, 100, 102]],
      exits: [[101.5, 1.5, 'take_profit']],
    },
    {
      name: 'fills a gap over a target at the open',
      rows: [
        [100, 100, 100, 100],
        [102, 102.5, 101.9, 102],
      ],
      exits: [[102, 1.5, 'take_profit']],
    },
    {
      name: 'takes several targets of one candle, each at its level, and the last one takes what remains',
      rows: [[100, 105.1, 100, 105]],
      exits: [
        [101.5, 1.5, 'take_profit'],
        [103, 2, 'take_profit'],
        [105, 1.5, 'take_profit'],
      ],
    },
    { name: 'assumes the stop came first', rows: [[100, 106, 97, 99]], exits: [[98, 5, 'stop_loss']] },
    {
      name: 'stops what is left after a target at the first stop',
      rows: [
        [100, 101.6, 100, 101],
        [101, 101, 97, 97],
      ],
      exits: [
        [101.5, 1.5, 'take_profit'],
        [98, 3.5, 'stop_loss'],
      ],
    },
    {
      name: 'trails 1 % under the highest high from the next candle on: 102.5 · 0.99',
      rows: [
        [100, 102.5, 100, 102],
        [102, 102, 101, 101],
      ],
      exits: [
        [101.5, 1.5, 'take_profit'],
        [101.475, 3.5, 'trailing_stop'],
      ],
    },
    {
      name: 'does not apply a trailing stop to the candle that raised it',
      rows: [
        [100, 102.5, 99, 100],
        [102, 102.1, 101.9, 102],
      ],
      exits: [[101.5, 1.5, 'take_profit']],
    },
    {
      name: 'never lowers the stop: highest 102.5 stays',
      rows: [
        [100, 102.5, 100, 102],
        [102, 102.2, 101.8, 102],
        [102, 102, 101.4, 101.5],
      ],
      exits: [
        [101.5, 1.5, 'take_profit'],
        [101.475, 3.5, 'trailing_stop'],
      ],
    },
    {
      name: 'does not trail below the activation at 102',
      rows: [
        [100, 101.4, 100, 101],
        [101, 101, 98.5, 99],
      ],
      exits: [],
    },
    {
      name: 'trails as soon as the highest high is exactly the activation: 102 · 0.99',
      rows: [
        [100, 102, 100, 101.9],
        [101.9, 101.9, 100.9, 101],
      ],
      exits: [
        [101.5, 1.5, 'take_profit'],
        [100.98, 3.5, 'trailing_stop'],
      ],
    },
  ];
  for (const { name, rows, exits } of cases) it(name, () => expect(brief(exitsOf(...rows))).to.deep.equal(exits));

  it('names an exit by the close time of its candle and an entry by the open time of its own', () => {
    const { events } = play({
      candles: [candle(0, 100, 100, 100, 100), candle(1, 100, 100, 97, 98)],
      opportunities: [opportunity(0)],
    });
    expect(events.map(({ kind, at }) => [kind, at])).to.deep.equal([
      ['opened', minute(1)],
      ['exited', minute(2)],
    ]);
  });

  it('takes no quiet candle for an observation', () => {
    const candles = [candle(0, 100, 100, 100, 100), candle(1, 100, 100, 100, 100), quiet(2, 90)];
    expect(play({ candles, opportunities: [opportunity(0)] }).events).to.have.length(1);
  });

  it('counts a stop under an untaken target as ambiguous, one under taken targets only not', () => {
    const ambiguous = (...rows: [number, number, number, number][]) => {
      const candles = [candle(0, 100, 100, 100, 100), ...rows.map((row, i) => candle(i + 1, ...row))];
      const { events } = play({
        candles,
        opportunities: [opportunity(0)],
        risk: risk({ takeProfitLevels: [{ gain: 0.015, position: 0.3, sellsRest: false }] }),
      });
      return events.flatMap(event => (event.kind === 'exited' && event.closed ? [event.trade.ambiguous] : []));
    };
    expect(ambiguous([100, 102, 97, 99])).to.deep.equal([true]);
    expect(ambiguous([100, 101.6, 100, 101], [101, 102, 97, 99])).to.deep.equal([false]);
    expect(ambiguous([100, 101, 97, 99])).to.deep.equal([false]);
  });

  it('keeps the part that no level sells until a stop', () => {
    const levels = [{ gain: 0.015, position: 0.3, sellsRest: false }];
    const candles = [candle(0, 100, 100, 100, 100), candle(1, 100, 110, 100, 110), candle(2, 110, 110, 105, 105)];
    const { events, broker } = play({
      candles,
      opportunities: [opportunity(0)],
      risk: risk({ takeProfitLevels: levels }),
    });
    const exits = events.flatMap(event => (event.kind === 'exited' ? [event.exit] : []));
    // highest 110 · 0.99 = 108.9; the next candle falls through it
    expect(brief(exits)).to.deep.equal([
      [101.5, 1.5, 'take_profit'],
      [108.9, 3.5, 'trailing_stop'],
    ]);
    expect(exits.map(exit => exit.percentage)).to.deep.equal([30, 70]);
    expect(broker.portfolio.open).to.deep.equal([]);
  });
});

describe('exits that are off by default', () => {
  const at = (over: Parameters<typeof risk>[0], rows: [number, number, number, number][], values = {}) => {
    const candles = [candle(0, 100, 100, 100, 100), ...rows.map((row, i) => candle(i + 1, ...row))];
    const terms = risk({ takeProfitLevels: [], ...over });
    const { events } = play({ candles, opportunities: [{ ...opportunity(0), values }], risk: terms });
    return events.flatMap(event =>
      event.kind === 'exited' ? [[round(event.exit.price), event.exit.reason, (event.at - minute(0)) / 60_000]] : [],
    );
  };

  it('sell at the open of the first candle that opens at the time limit or later', () => {
    const limit = { maxHoldingMs: 2 * 60_000 }; // bought in minute 1
    const flat: [number, number, number, number] = [100, 101, 99, 100];
    expect(at(limit, [flat, flat])).to.deep.equal([]);
    expect(at(limit, [flat, flat, [99, 101, 97, 101]])).to.deep.equal([[99, 'time_limit', 4]]);
  });

  it('sell at the entry price or a little above once the price has been high enough, from the next candle on', () => {
    const even = { breakEven: { activation: 0.01, offset: 0.002 } };
    expect(at(even, [[100, 100.9, 100, 100], [100, 100, 99, 99]])).to.deep.equal([]); // prettier-ignore
    expect(at(even, [[100, 101, 100, 101], [101, 101, 100.1, 101]])).to.deep.equal([[100.2, 'break_even', 3]]); // prettier-ignore
    // the trailing stop goes on from there: 1 % under 103
    expect(at(even, [[100, 103, 100, 103], [103, 103, 101, 102]])).to.deep.equal([[101.97, 'trailing_stop', 3]]); // prettier-ignore
  });

  it('sell a multiple of the ATR of the decision’s candle below the entry price, or at the other stop if that is higher', () => {
    const rows: [number, number, number, number][] = [[100, 100, 97, 98]];
    const twice = { atrStop: { multiple: 2 } };
    expect(at(twice, rows, { atr: 0.75 })).to.deep.equal([[98.5, 'stop_loss_atr', 2]]);
    expect(at(twice, rows, { atr: 1.25 })).to.deep.equal([[98, 'stop_loss', 2]]);
    expect(at(twice, rows, { atr: 0 }), 'a stop at the entry price').to.deep.equal([[98, 'stop_loss', 2]]);
    expect(at(twice, rows), 'an ATR that is not known').to.deep.equal([[98, 'stop_loss', 2]]);
    expect(at({}, rows, { atr: 0.75 }), 'switched off').to.deep.equal([[98, 'stop_loss', 2]]);
  });
});
