import { expect } from 'chai';
import fc from 'fast-check';
import { Performance } from '../../lib/report/performance.js';
import type { Trade } from '../../lib/portfolio/events.js';
import { DAY_MS, MINUTE_MS } from '../../lib/units.js';
import { opportunity } from '../support/broker.js';
import { APRIL, eventsOf, result, sampleTrade } from './sample.js';

/** A run of one day in which these trades are all that happens. */
const ran = (trades: readonly Trade[], finalEquity = 10_000): Performance => {
  const performance = new Performance({ initialBalance: 10_000, from: APRIL });
  const marks = new Array<number>(1440).fill(10_000);
  performance.add(result(APRIL, marks, { events: trades.flatMap(eventsOf) }));
  performance.finish(finalEquity, APRIL + DAY_MS);
  return performance;
};

/** Closed trades of these results, each of a stake of 100 and a first stop 2 % below: 1 R is 2. */
const making = (...results: readonly number[]) =>
  ran(results.map((profitLoss, i) => sampleTrade([{ profitLoss }], { number: i + 1 }))).metrics();

describe('the performance of a run', () => {
  it('measures trades by the formulas of the definition', () => {
    const metrics = making(6, -2, 3, 0, -4, -1);
    expect(metrics).to.include({
      totalTrades: 6,
      winningTrades: 2,
      losingTrades: 3, // the trade of 0 is neither
      winRate: 2 / 5,
      averageProfit: 9 / 2,
      averageLoss: -7 / 3,
      profitFactor: 9 / 7,
      expectancy: 2 / 6,
      bestTrade: 6,
      worstTrade: -4,
      longestWinningStreak: 1,
      longestLosingStreak: 2,
      totalProfitLoss: 2,
    });
    // R: 3, −1, 1.5, 0, −2, −0.5: mean 1/6; Σ R² = 9+1+2.25+0+4+0.25 = 16.5; std = √((16.5 −
    // 6/36)/5) = √3.266667
    expect(metrics.expectancyR).to.be.closeTo(1 / 6, 1e-12);
    expect(metrics.sqn).to.be.closeTo((Math.sqrt(6) * (1 / 6)) / Math.sqrt((16.5 - 1 / 6) / 5), 1e-12);
  });

  it('counts at most a hundred trades in the system quality number', () => {
    // 200 trades of 1 R and −0.5 R in turn: mean 0.25, std = √(200·0.75²/199)
    const metrics = making(...Array.from({ length: 200 }, (_, i) => (i % 2 ? -1 : 2)));
    expect(metrics.sqn).to.be.closeTo((10 * 0.25) / Math.sqrt((200 * 0.75 ** 2) / 199), 1e-12);
  });

  it('sums a trade over its exits and splits off what the costs took', () => {
    // Bought 2 at 100 (fee 0.8, half spread 0.05, slippage 0.04), sold 1 at 103 (fee 0.412) and 1
    // at 99 (fee 0.396). First exit: 3 − 0.412 − 0.4 = 2.188; second: −1 − 0.396 − 0.4 = −1.796;
    // the trade: 0.392.
    const trade = sampleTrade(
      [
        {
          price: 103,
          size: 1,
          percentage: 50,
          profitLoss: 2.188,
          costs: { fee: 0.412, halfSpread: 0.03, slippage: 0.02 },
        },
        {
          price: 99,
          size: 1,
          percentage: 50,
          profitLoss: -1.796,
          costs: { fee: 0.396, halfSpread: 0.02, slippage: 0.02 },
        },
      ],
      { size: 2, entryCosts: { fee: 0.8, halfSpread: 0.05, slippage: 0.04 } },
    );
    const metrics = ran([trade], 10_000.392).metrics();
    expect(metrics.totalTrades).to.equal(1);
    expect(metrics.totalProfitLoss).to.be.closeTo(0.392, 1e-12);
    expect(metrics.finalBalance! - metrics.initialBalance!).to.be.closeTo(metrics.totalProfitLoss, 1e-9);
    expect(metrics.fees).to.be.closeTo(0.8 + 0.412 + 0.396, 1e-12); // 1.608
    expect(metrics.spread).to.be.closeTo(0.1, 1e-12);
    expect(metrics.slippage).to.be.closeTo(0.08, 1e-12);
    // gross = 0.392 + 1.608 + 0.1 + 0.08 = 2.18
    expect(metrics.grossProfitLoss).to.be.closeTo(2.18, 1e-12);
    expect(metrics.feesShare).to.be.closeTo(1.608 / 2.18, 1e-12);
    // fills: 200 + 103 + 99 = 402, of 10,000
    expect(metrics.turnover).to.be.closeTo(0.0402, 1e-12);
  });

  it('values stakes and fills of other quote currencies in the portfolio currency', () => {
    // 1 at 100 EUR, 1.1 USD each: stake 110, first stop 2 % = 2.2 USD; a profit of 4.4 USD is 2 R
    const trade = sampleTrade([{ profitLoss: 4.4 }], { entryQuoteRate: 1.1 });
    const metrics = ran([trade]).metrics();
    expect(metrics.expectancyR).to.be.closeTo(2, 1e-12);
    expect(metrics.turnover).to.be.closeTo((110 + 100) / 10_000, 1e-12); // sold 1 at 100 at a rate of 1
  });

  it('averages how long winners and losers were held', () => {
    const held = (minutes: number, profitLoss: number) =>
      sampleTrade([{ profitLoss: 0 }, { profitLoss, at: APRIL + minutes * MINUTE_MS }]);
    const metrics = ran([held(10, 1), held(30, 1), held(5, -1)]).metrics();
    expect(metrics).to.include({ averageMinutesWinners: 20, averageMinutesLosers: 5 });
  });

  it('lists apart what the end of the data closed, and counts it in the totals', () => {
    const open = sampleTrade([{ profitLoss: 1 }, { profitLoss: -3, reason: 'end_of_data' }]);
    expect(ran([open, sampleTrade([{ profitLoss: 5 }])]).metrics()).to.include({
      endOfDataTrades: 1,
      endOfDataProfitLoss: -3,
      totalTrades: 2,
      totalProfitLoss: 3,
    });
  });

  it('takes the exits of the final liquidation at the end', () => {
    const trade = sampleTrade([{ profitLoss: -3, reason: 'end_of_data', at: APRIL + 2 * MINUTE_MS }]);
    const [opened, ...exits] = eventsOf(trade);
    const performance = new Performance({ initialBalance: 100, from: APRIL });
    performance.add(result(APRIL, [100, 98], { exposed: Float64Array.of(50, 50), events: [opened!] }));
    performance.finish(97, APRIL + 2 * MINUTE_MS, exits);
    expect(performance.metrics()).to.include({ totalTrades: 1, finalBalance: 97, exposure: 1, maxDrawdown: 0.03 });
  });

  it('measures exposure over all minutes, those between tapes as the minute before them', () => {
    const performance = new Performance({ initialBalance: 100, from: APRIL });
    performance.add(result(APRIL, [100, 100, 100], { exposed: Float64Array.of(0, 50, 50) }));
    performance.add(result(APRIL + 5 * MINUTE_MS, [100], { exposed: Float64Array.of(0) })); // two minutes missing
    performance.finish(100, APRIL + 8 * MINUTE_MS);
    expect(performance.metrics().exposure).to.equal(4 / 8);
  });

  it('says why each undefined metric is so, when there are no trades, one, or only winning ones', () => {
    const none = making();
    for (const name of [
      'winRate',
      'profitFactor',
      'expectancy',
      'sqn',
      'bestTrade',
      'averageMinutesLosers',
      'feesShare',
    ] as const) {
      expect(none[name], name).to.equal(null);
      expect(none.reasons[name], name).to.equal('there are no trades');
    }
    const one = making(2);
    expect(one.expectancy).to.equal(2);
    expect(one.reasons).to.include({ sqn: 'it takes two trades, there is one', profitFactor: 'no trade lost' });
    const wins = making(1, 2, 3);
    expect(wins).to.include({ winRate: 1, profitFactor: null, averageLoss: null, longestWinningStreak: 3 });
    expect(making(-1, -1)).to.include({ winRate: 0, profitFactor: 0, averageProfit: null, sqn: null, feesShare: null });
    expect(making(-1, -1).reasons).to.include({
      sqn: 'every trade had the same R',
      feesShare: 'nothing was earned before costs',
    });
    expect(making(0).reasons['winRate']).to.equal('no trade won or lost');
  });

  it('gives every metric as a finite number or as null with a reason, whatever the trades', () => {
    const results = fc.array(fc.oneof(fc.constant(0), fc.double({ min: -50, max: 50, noNaN: true })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(results, profits => {
        const { reasons, ...metrics } = making(...profits);
        for (const [name, value] of Object.entries(metrics)) {
          if (value === null) expect(reasons[name], name).to.be.a('string');
          else if (typeof value === 'number') expect(Number.isFinite(value), name).to.equal(true);
        }
        expect(Object.keys(reasons).filter(name => metrics[name as keyof typeof metrics] !== null)).to.deep.equal([]);
      }),
    );
  });

  it('counts what became of the opportunities', () => {
    const performance = new Performance({ initialBalance: 100, from: APRIL });
    const waiting = opportunity(0);
    performance.add(
      result(APRIL, [100], {
        events: [
          { kind: 'rejected', opportunity: waiting, at: APRIL, reason: 'cooldown' },
          { kind: 'rejected', opportunity: waiting, at: APRIL, reason: 'cooldown' },
          { kind: 'expired', opportunity: waiting, at: APRIL },
          ...eventsOf(sampleTrade([{ profitLoss: 1 }])),
        ],
      }),
    );
    expect(performance.outcomes()).to.deep.equal({ taken: 1, expired: 1, rejected: { cooldown: 2 } });
  });

  it('keeps the equity at the close of each minute with an entry or exit', () => {
    const trade = sampleTrade([{ profitLoss: 1, at: APRIL + 4 * MINUTE_MS }], { entryAt: APRIL + 2 * MINUTE_MS });
    const performance = new Performance({ initialBalance: 100, from: APRIL });
    // far more minutes than even points: 2,000 marks of 100 + their minute
    const marks = Array.from({ length: 2000 }, (_, i) => 100 + i + 1);
    performance.add(result(APRIL, marks, { events: eventsOf(trade) }));
    performance.finish(2100, APRIL + 2000 * MINUTE_MS);
    const at = (minute: number) => performance.curve().find(point => point.at === APRIL + minute * MINUTE_MS)?.equity;
    expect([at(3), at(4), at(1440), at(2000)]).to.deep.equal([103, 104, 1540, 2100]);
    expect(at(5)).to.equal(undefined);
  });
});
