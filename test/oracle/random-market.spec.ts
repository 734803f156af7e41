import { expect } from 'chai';
import { REJECTION_REASONS } from '../../lib/portfolio/events.js';
import { EXIT_REASONS } from '../../lib/portfolio/exit-catalogue.js';
import { MINUTE_MS } from '../../lib/units.js';
import { oracle } from './oracle.js';
import { randomCase } from './random-market.js';
import type { OracleInput, OracleResult } from './types.js';
import { casesOf } from '../support/runs.js';

const SEEDS = casesOf(20);

describe('oracle: random markets', function () {
  this.timeout(120_000);
  const cases: { input: OracleInput; result: OracleResult }[] = [];
  before(() => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const input = randomCase(seed);
      cases.push({ input, result: oracle(input) });
    }
  });
  const total = (count: (result: OracleResult, input: OracleInput) => number) =>
    cases.reduce((sum, { result, input }) => sum + count(result, input), 0);

  it('are the same for the same seed', () => {
    expect(randomCase(7)).to.deep.equal(randomCase(7));
    expect(randomCase(7)).not.to.deep.equal(randomCase(8));
  });

  it('have gaps, quiet minutes and suspect candles', () => {
    const candles = cases.flatMap(({ input }) => input.markets.map(market => market.candles));
    const kinds = new Set(candles.flatMap(own => own.map(({ kind }) => kind)));
    expect(kinds).to.deep.equal(new Set(['traded', 'quiet', 'suspect']));
    expect(candles.some(own => own.some((one, i) => i > 0 && one.at - own[i - 1]!.at > MINUTE_MS))).to.equal(true);
  });

  it('meet every decision', () => {
    for (const decision of Object.keys(
      cases[0]!.result.funnel.decisions,
    ) as (keyof OracleResult['funnel']['decisions'])[])
      expect(
        total(({ funnel }) => funnel.decisions[decision]),
        decision,
      ).to.be.greaterThan(100);
  });

  it('end opportunities in every way that needs no order book', () => {
    expect(total(({ funnel }) => funnel.taken)).to.be.greaterThan(100);
    expect(total(({ funnel }) => funnel.expired)).to.be.greaterThan(10);
    for (const reason of REJECTION_REASONS.filter(one => one !== 'no_depth'))
      expect(
        total(({ funnel }) => funnel.rejected[reason]),
        reason,
      ).to.be.greaterThan(0);
  });

  it('leave trades in every way, some in parts and some through ambiguous candles', () => {
    for (const reason of EXIT_REASONS.filter(one => one !== 'delisted'))
      expect(
        total(({ trades }) => trades.flatMap(({ exits }) => exits).filter(exit => exit.reason === reason).length),
        reason,
      ).to.be.greaterThan(0);
    expect(total(({ trades }) => trades.filter(({ exits }) => exits.length > 1).length)).to.be.greaterThan(20);
    expect(total(({ funnel }) => funnel.ambiguous)).to.be.greaterThan(5);
  });

  it('trade in another currency than the portfolio', () => {
    const quoted = ({ trades }: OracleResult) => trades.filter(({ symbol }) => !symbol.endsWith('/USD')).length;
    expect(total(quoted)).to.be.greaterThan(5);
  });

  it('neither make nor lose money on the way', () => {
    for (const { input, result } of cases) {
      const profit = result.trades.reduce((sum, { profitLoss }) => sum + profitLoss, 0);
      expect(result.finalCash).to.be.closeTo(input.settings.portfolio.initialBalance + profit, 1e-6);
      expect(result.equityByMinute.at(-1)).to.equal(result.finalCash);
      for (const { size, exits } of result.trades) {
        expect(exits.reduce((sum, exit) => sum + exit.size, 0)).to.be.closeTo(size, 1e-9 * size);
        expect(exits.reduce((sum, exit) => sum + exit.percentage, 0)).to.be.closeTo(100, 1e-9);
      }
    }
  });

  it('account for every market and minute, and for every opportunity', () => {
    for (const { input, result } of cases) {
      const { decisions, taken, expired, rejected } = result.funnel;
      const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0);
      expect(sum(decisions)).to.equal((input.markets.length * (input.to - input.from)) / MINUTE_MS);
      expect(taken + expired + sum(rejected)).to.equal(decisions.opportunity);
      expect(taken).to.equal(result.trades.length);
    }
  });

  it('decide nothing by what comes later', () => {
    for (const { input, result } of cases.slice(0, 8)) {
      const to = input.from + Math.floor((input.to - input.from) / MINUTE_MS / 2) * MINUTE_MS;
      const cut = oracle({ ...input, to });
      for (const { symbol } of input.markets)
        expect(cut.decisions[symbol]).to.deep.equal(result.decisions[symbol]!.slice(0, cut.decisions[symbol]!.length));
      const before = ({ exits }: OracleResult['trades'][number]) => exits.at(-1)!.time < to;
      expect(cut.trades.filter(before)).to.deep.equal(result.trades.filter(before));
    }
  });
});
