import { expect } from 'chai';
import fc from 'fast-check';
import { breakEvenGain } from '../../lib/report/break-even.js';
import { doubtsOf } from '../../lib/settings/doubts.js';
import type { CostSettings, RiskSettings } from '../../lib/settings/settings.js';
import { candle, opportunity, play, risk } from '../support/broker.js';
import { settingsOf, defaultSettings } from '../support/settings.js';

const doubts = (over: { risk?: Partial<RiskSettings>; costs?: CostSettings }) =>
  doubtsOf({ ...defaultSettings, risk: risk(over.risk), costs: over.costs ?? defaultSettings.costs }).map(
    ({ key }) => key,
  );

/**
 * What a trade comes to that is bought at the open of 100 in minute 1 and then sees these candles.
 */
const resultOf = (
  over: Partial<RiskSettings>,
  costs: CostSettings,
  rows: readonly (readonly [number, number, number])[],
) => {
  const candles = rows.map(([open, high, low], n) => candle(n + 1, open, high, low, open));
  const { events } = play({
    candles: [candle(0, 100, 100, 100, 100), ...candles],
    opportunities: [opportunity(0)],
    risk: risk(over),
    costs,
  });
  const exits = events.flatMap(event => (event.kind === 'exited' ? [event.exit] : []));
  return { exits, profitLoss: exits.reduce((sum, { profitLoss }) => sum + profitLoss, 0) };
};

const ratio = (max: number) => fc.double({ min: 0.0001, max, noNaN: true });
const someCosts = fc.record({ takerFee: ratio(0.02), spread: ratio(0.01), slippage: ratio(0.005) });
/** What a position of 500 gains or loses by rounding is no gain or loss. */
const isClear = (profitLoss: number) => Math.abs(profitLoss) > 1e-6;
const entryOf = ({ spread, slippage }: CostSettings) => 100 * (1 + spread / 2 + slippage);

describe('what of a valid configuration can only lose', () => {
  it('is nothing of the defaults', () => {
    expect(doubtsOf(defaultSettings)).to.deep.equal([]);
  });

  it('is a target whose sale loses money, and no other', () => {
    let lost = 0;
    fc.assert(
      fc.property(someCosts, ratio(0.08), (costs, gain) => {
        const over = {
          takeProfitLevels: [{ gain, position: 1, sellsRest: true }],
          stopLoss: 0.5,
          trailingStop: { activation: 10, offset: 0.01 },
        };
        const level = entryOf(costs) * (1 + gain);
        const { exits, profitLoss } = resultOf(over, costs, [
          [100, 100, 100],
          [100, level * 1.001, 100],
        ]);
        expect(exits.map(({ reason }) => reason)).to.deep.equal(['take_profit']);
        if (!isClear(profitLoss)) return;
        lost += Number(profitLoss < 0);
        const expected = profitLoss < 0 ? ['risk_management.take_profit_levels[0].percentage'] : [];
        expect(doubts({ risk: over, costs })).to.deep.equal(expected);
      }),
      { numRuns: 500 },
    );
    expect(lost).to.be.within(50, 450);
  });

  it('are targets that lose together, where they sell everything', () => {
    const ladder = (...levels: [number, number][]) => ({
      takeProfitLevels: levels.map(([gain, position], n) => ({ gain, position, sellsRest: n === levels.length - 1 })),
    });
    const together = 'risk_management.take_profit_levels';
    // 0.85 % is break-even: 0.9 · 0.7 % + 0.1 · 2 % = 0.83 %
    expect(doubts({ risk: ladder([0.007, 0.9], [0.02, 0.1]) })).to.deep.equal([`${together}[0].percentage`, together]);
    expect(doubts({ risk: ladder([0.007, 0.8], [0.02, 0.2]) })).to.deep.equal([`${together}[0].percentage`]);
    const rest = {
      takeProfitLevels: [
        { gain: 0.007, position: 0.5, sellsRest: false },
        { gain: 0.01, position: 0.1, sellsRest: false },
      ],
    };
    expect(doubts({ risk: rest })).to.deep.equal([`${together}[0].percentage`]); // what remains may go on rising
  });

  it('is a trailing stop that sells at a loss what turns at its activation, and no other', () => {
    let lost = 0;
    fc.assert(
      fc.property(someCosts, ratio(0.1), ratio(0.1), (costs, activation, offset) => {
        const over = { takeProfitLevels: [], stopLoss: 0.9, trailingStop: { activation, offset } };
        const top = entryOf(costs) * (1 + activation) * (1 + 1e-12);
        const { exits, profitLoss } = resultOf(over, costs, [
          [100, 100, 100],
          [100, top, 100],
          [top, top, 50],
        ]);
        expect(exits.map(({ reason }) => reason)).to.deep.equal(['trailing_stop']);
        if (!isClear(profitLoss)) return;
        lost += Number(profitLoss < 0);
        const found = doubts({ risk: over, costs });
        if (profitLoss > 0) expect(found).to.deep.equal([]);
        else expect(found.join()).to.match(/^risk_management\.trailing_stop\.(offset|activation)_percentage$/);
      }),
      { numRuns: 500 },
    );
    expect(lost).to.be.within(50, 450);
    // never in force: everything is sold at 5 %
    expect(doubts({ risk: { trailingStop: { activation: 0.06, offset: 0.1 } } })).to.deep.equal([]);
  });

  it('is a stop at break-even at which a trade loses money, and no other', () => {
    let lost = 0;
    fc.assert(
      fc.property(someCosts, ratio(0.04), ratio(0.02), (costs, offset, more) => {
        const over = {
          takeProfitLevels: [],
          stopLoss: 0.9,
          trailingStop: { activation: 10, offset: 0.01 },
          breakEven: { activation: offset + more, offset },
        };
        const top = entryOf(costs) * (1 + offset + more) * (1 + 1e-12);
        const { exits, profitLoss } = resultOf(over, costs, [
          [100, 100, 100],
          [100, top, 100],
          [top, top, 50],
        ]);
        expect(exits.map(({ reason }) => reason)).to.deep.equal(['break_even']);
        if (!isClear(profitLoss)) return;
        lost += Number(profitLoss < 0);
        const expected = profitLoss < 0 ? ['risk_management.break_even.offset_percentage'] : [];
        expect(doubts({ risk: over, costs })).to.deep.equal(expected);
      }),
      { numRuns: 500 },
    );
    expect(lost).to.be.within(50, 450);
    const off = { activation: null, offset: 0 };
    expect(doubts({ risk: { breakEven: off } })).to.deep.equal([]);
    // never sells: everything is sold at 5 %, or the trailing stop is above it by then
    const late = { activation: 0.06, offset: 0 };
    expect(doubts({ risk: { breakEven: late } })).to.deep.equal([]);
    const trailingStop = { activation: 0.03, offset: 0.01 };
    expect(doubts({ risk: { takeProfitLevels: [], trailingStop, breakEven: late } })).to.deep.equal([]);
  });

  it('is a first stop at which every trade is sold as soon as it was bought', () => {
    fc.assert(
      fc.property(someCosts, ratio(0.02), (costs, stopLoss) => {
        const over = { stopLoss, takeProfitLevels: [], trailingStop: { activation: 10, offset: 0.01 } };
        const { exits } = resultOf(over, costs, [[100, 100, 100]]);
        const found = doubts({ risk: over, costs }).includes('risk_management.stop_loss_percentage');
        expect(found).to.equal(exits.length === 1);
      }),
      { numRuns: 500 },
    );
  });

  it('is a volume that no candle can have, as it counts in its own average', () => {
    const found = (factor: number, period: number) =>
      doubtsOf(settingsOf(`momentum_strategy: { volume: { factor: ${factor}, period: ${period} } }`)).length;
    expect([found(10, 10), found(2, 2), found(9.9, 10), found(1.9, 2)]).to.deep.equal([1, 1, 0, 0]);
    fc.assert(
      fc.property(fc.array(fc.nat(1e6), { minLength: 2, maxLength: 20 }), volumes => {
        const mean = volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length;
        expect(volumes.at(-1)! > volumes.length * mean * (1 + 1e-12)).to.equal(false);
      }),
    );
  });

  it('is reported with what was found, what was expected, and why', () => {
    const settings = settingsOf(`
risk_management:
  stop_loss_percentage: 0.03
  take_profit_levels: [{ percentage: 0.3, position_percentage: 100 }]
  trailing_stop: { activation_percentage: 0.2, offset_percentage: 3 }`);
    expect(100 * breakEvenGain(settings.costs)).to.be.closeTo(0.8486, 1e-4);
    expect(doubtsOf(settings).map(({ text }) => text)).to.deep.equal([
      'risk_management.take_profit_levels[0].percentage: found 0.3, expected more than 0.8486: ' +
        'costs take that much of the entry price, so a sale there loses money',
      'risk_management.trailing_stop.activation_percentage: found 0.2, expected more than 0.8486: ' +
        'at its activation the stop stands 2.806 % below the entry price and costs take 0.8486 %, so a trade that turns there is sold at a loss',
      'risk_management.stop_loss_percentage: found 0.03, expected more than 0.04498: ' +
        'half the spread and the slippage put a fill that far from the price, so every trade is stopped at once',
    ]);
  });
});
