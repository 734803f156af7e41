import { expect } from 'chai';
import { MINUTE_MS } from '../../lib/units.js';
import { trade, type Signal } from './broker.js';
import { seriesOf } from './series.js';
import { plain, settingsWith, type Traded } from './settings.js';
import type { OracleCandle, OracleMarket } from './types.js';

const FROM = Date.UTC(2025, 0, 10);
const minute = (n: number) => FROM + n * MINUTE_MS;

type Prices = readonly [open: number, high: number, low: number, close: number];
type Row = number | Prices | 'quiet' | 'gap';

/** One row a minute from `from`; a number is a candle of one price. */
const candlesOf = (rows: readonly Row[]): OracleCandle[] =>
  rows.flatMap((row, n) => {
    if (row === 'gap') return [];
    const [open, high, low, close] =
      typeof row === 'object' ? row : new Array<number>(4).fill(row === 'quiet' ? 1 : row);
    const kind = row === 'quiet' ? 'quiet' : 'traded';
    return [{ at: minute(n), open: open, high: high, low: low, close: close, volume: 1, kind } as const];
  });

const signal = (n: number, symbol = 'A/USD', score = 0.5, atr: number | null = null): Signal => ({
  symbol,
  at: minute(n),
  close: 1,
  score,
  atr,
});

/**
 * The account after these minutes; steps of one coin, 10 % of 10,000 a position, no costs and no
 * targets by default.
 */
const run = (
  rows: Record<string, readonly Row[]>,
  signals: readonly Signal[],
  told: Partial<Traded['risk']> = {},
  costs = plain.costs,
  market: Partial<OracleMarket> = {},
) => {
  const settings = settingsWith({ risk: { ...plain.risk, ...told }, costs });
  const to = minute(Math.max(...Object.values(rows).map(({ length }) => length)));
  const markets = Object.entries(rows).map(([symbol, own]) => ({
    symbol,
    candles: candlesOf(own),
    amountStep: 1,
    ...market,
  }));
  const input = { markets, from: FROM, to, settings };
  return trade(
    input,
    markets.map(one => seriesOf(one, input)),
    signals,
  );
};
const exitsOf = (account: ReturnType<typeof trade>) =>
  account.trades.flatMap(({ exits }) => exits.map(({ reason, size, price, time }) => [reason, size, price, time]));
const endings = (account: ReturnType<typeof trade>) =>
  account.opportunities.map(({ symbol, outcome, reason }) => [symbol, reason ?? outcome]);

const HALVES = [
  { gain: 0.02, position: 0.5, sellsRest: false },
  { gain: 0.04, position: 0.5, sellsRest: true },
];

describe('oracle: fills', () => {
  it('pays half the spread, the slippage and the fee on both sides', () => {
    const costs = { takerFee: 0.004, spread: 0.001, slippage: 0.0005 };
    const account = run({ 'A/USD': [99, [100, 110, 100, 110]] }, [signal(0)], {}, costs);
    const [done] = account.trades;
    // 100 · (1 + 0.0005 + 0.0005) = 100.1; 1,000 / 100.1 → 9 coins; fee 0.004 · 900.9
    expect(done!.entryPrice).to.be.closeTo(100.1, 1e-12);
    expect(done!.size).to.equal(9);
    expect(done!.entryFee).to.be.closeTo(3.6036, 1e-12);
    // 110 · 0.999 = 109.89; fee 0.004 · 9 · 109.89 = 3.95604; 9 · (109.89 − 100.1) − 3.95604 −
    // 3.6036
    expect(done!.exits[0]!.price).to.be.closeTo(109.89, 1e-12);
    expect(done!.exits[0]!.fee).to.be.closeTo(3.95604, 1e-12);
    expect(done!.profitLoss).to.be.closeTo(80.55036, 1e-9);
    expect(account.finalCash).to.be.closeTo(10_080.55036, 1e-9);
    // half spread 9 · (100 + 110) · 0.0005, as much slippage
    expect(account.halfSpread).to.be.closeTo(0.945, 1e-12);
    expect(account.slippage).to.be.closeTo(0.945, 1e-12);
    expect(account.fees).to.be.closeTo(7.55964, 1e-12);
  });

  it('never spends more than the cash that the fee leaves', () => {
    // 100 % of 10,000, fee 0.4 %: 10,000 / 1.004 = 9,960.159… → 99 coins at 100
    const account = run(
      { 'A/USD': [100, 100] },
      [signal(0)],
      { maxPositionSize: 1 },
      { ...plain.costs, takerFee: 0.004 },
    );
    expect(account.trades[0]!.size).to.equal(99);
  });

  it('marks the equity at each close', () => {
    const account = run({ 'A/USD': [100, [100, 103, 99, 101], 104, 'gap'] }, [signal(0)]);
    // 10 coins at 100
    expect(account.equityByMinute).to.deep.equal([10_000, 10_000, 10_010, 10_040, 10_040]);
  });

  it('converts at the rate known before the minute, and marks at the close', () => {
    const account = run({ 'BTC/USD': [20_000, 22_000, 25_000], 'ETH/BTC': [0.05, 0.05, 0.06] }, [signal(0, 'ETH/BTC')]);
    // at minute 1: 0.05 · 20,000 = 1,000 USD a coin, so 1 coin; marked at 0.05 · 22,000, then 0.06
    // · 25,000
    expect(account.trades[0]!.size).to.equal(1);
    expect(account.equityByMinute).to.deep.equal([10_000, 10_000, 10_100, 10_500]);
  });

  it('sells at the rate known before the minute', () => {
    const account = run({ 'BTC/USD': [20_000, 22_000, 30_000], 'ETH/BTC': [0.05, 0.05, 0.04] }, [signal(0, 'ETH/BTC')]);
    // stopped at min(0.04, 0.0475) · 22,000 = 880 a coin that cost 1,000
    expect(account.finalCash).to.be.closeTo(9_880, 1e-9);
  });
});

describe('oracle: opportunities', () => {
  const late = { maxOpportunityAgeMs: 90_000 };

  it('fills at the next candle that trades within the age', () => {
    // the candle of 0 closes at minute 1; one minute later is 60 s, two are 120 s
    const soon = run({ 'A/USD': [100, 'quiet', 100] }, [signal(0)], late);
    expect(soon.trades[0]!.entryTime).to.equal(minute(2));
    expect(endings(run({ 'A/USD': [100, 'quiet', 'quiet', 100] }, [signal(0)], late))).to.deep.equal([
      ['A/USD', 'expired'],
    ]);
    expect(endings(run({ 'A/USD': [100, 'gap', 'gap', 100] }, [signal(0)], late))).to.deep.equal([
      ['A/USD', 'expired'],
    ]);
    expect(endings(run({ 'A/USD': [100] }, [signal(0)], late))).to.deep.equal([['A/USD', 'expired']]);
  });

  it('serves the higher score first, then the first symbol', () => {
    const rows = { 'A/USD': [100, 100], 'B/USD': [100, 100], 'C/USD': [100, 100] };
    const signals = [signal(0, 'A/USD', 0.5), signal(0, 'B/USD', 0.9), signal(0, 'C/USD', 0.5)];
    expect(endings(run(rows, signals, { maxOpenPositions: 1 }))).to.deep.equal([
      ['A/USD', 'max_open_positions'],
      ['B/USD', 'taken'],
      ['C/USD', 'max_open_positions'],
    ]);
    expect(endings(run(rows, signals, { maxOpenPositions: 2 }))[0]).to.deep.equal(['A/USD', 'taken']);
  });

  it('sizes all entries of a minute by the equity before them', () => {
    const rows = { 'A/USD': [100, [100, 100, 100, 150]], 'B/USD': [100, 100] } as const;
    // 60 % of 10,000 each: 60 coins, then the 4,000 that are left
    const account = run(rows, [signal(0), signal(0, 'B/USD')], { maxPositionSize: 0.6 });
    expect(account.trades.map(({ size }) => size)).to.deep.equal([60, 40]);
  });

  it('refuses a second position, even with the last place free', () => {
    const account = run({ 'A/USD': [100, 100, 100] }, [signal(0), signal(1)], { maxOpenPositions: 1 });
    expect(endings(account)).to.deep.equal([
      ['A/USD', 'taken'],
      ['A/USD', 'already_open'],
    ]);
  });

  it('refuses a market until the cooldown after its stop is over', () => {
    // stopped in minute 1, over at minute 2: with 2 minutes of cooldown no entry at 3, an entry at
    // 4
    const rows = { 'A/USD': [100, [100, 100, 90, 90], 90, 90, 90] } as const;
    const account = run(rows, [signal(0), signal(2), signal(3)], { cooldownMs: 2 * MINUTE_MS });
    expect(endings(account).map(([, ending]) => ending)).to.deep.equal(['taken', 'cooldown', 'taken']);
  });

  it('refuses what is under a step, the minimum amount or the minimum cost', () => {
    // 1,000 buys 10 coins at 100, and less than one at 1,001
    const ending = (price: number, market: Partial<OracleMarket>) =>
      endings(run({ 'A/USD': [price, price] }, [signal(0)], {}, plain.costs, market))[0]![1];
    expect(ending(1_001, {})).to.equal('size_too_small');
    expect(ending(100, { minimumAmount: 11 })).to.equal('size_too_small');
    expect(ending(100, { minimumAmount: 10, minimumCost: 1_000 })).to.equal('taken');
    expect(ending(100, { minimumCost: 1_001 })).to.equal('size_too_small');
  });
});

describe('oracle: exits', () => {
  it('stops out at the stop, or at a lower open', () => {
    expect(exitsOf(run({ 'A/USD': [100, [100, 100, 94, 96]] }, [signal(0)]))).to.deep.equal([
      ['stop_loss', 10, 95, minute(2)],
    ]);
    expect(exitsOf(run({ 'A/USD': [100, 100, [93, 99, 92, 98]] }, [signal(0)]))).to.deep.equal([
      ['stop_loss', 10, 93, minute(3)],
    ]);
  });

  it('takes several profits in one candle, at the level or a higher open', () => {
    const told = { takeProfitLevels: HALVES };
    expect(exitsOf(run({ 'A/USD': [100, [100, 105, 100, 105]] }, [signal(0)], told))).to.deep.equal([
      ['take_profit', 5, 102, minute(2)],
      ['take_profit', 5, 104, minute(2)],
    ]);
    expect(exitsOf(run({ 'A/USD': [100, 100, [103, 103.5, 103, 103]] }, [signal(0)], told))).to.deep.equal([
      ['take_profit', 5, 103, minute(3)],
      ['end_of_data', 5, 103, minute(3)],
    ]);
  });

  it('needs more than a touch of the target', () => {
    expect(
      exitsOf(run({ 'A/USD': [100, [100, 102, 100, 102]] }, [signal(0)], { takeProfitLevels: HALVES })),
    ).to.deep.equal([['end_of_data', 10, 102, minute(2)]]);
  });

  it('rounds each sale down to the step, and the last one takes what is left', () => {
    // 9 coins at 110: half of them is 4.5 → 4, then the other 5
    const account = run({ 'A/USD': [110, [110, 120, 110, 120]] }, [signal(0)], { takeProfitLevels: HALVES });
    expect(account.trades[0]!.exits.map(({ size }) => size)).to.deep.equal([4, 5]);
    const [first, last] = account.trades[0]!.exits.map(({ percentage }) => percentage);
    expect(first).to.be.closeTo(400 / 9, 1e-12);
    expect(first! + last!).to.equal(100);
  });

  it('sells nothing at a level that is worth less than a step, and goes on to the next', () => {
    // one coin at 600: half of it is no coin
    const account = run({ 'A/USD': [600, [600, 700, 600, 700]] }, [signal(0)], { takeProfitLevels: HALVES });
    expect(exitsOf(account)).to.deep.equal([['take_profit', 1, 624, minute(2)]]);
  });

  it('prefers the stop in a candle that touched both, and counts it', () => {
    const told = { takeProfitLevels: HALVES };
    const account = run({ 'A/USD': [100, [100, 103, 94, 100]] }, [signal(0)], told);
    expect(exitsOf(account)[0]![0]).to.equal('stop_loss');
    expect(account.ambiguous).to.equal(1);
    // the lower target was taken before, the upper one is out of reach
    const after = run({ 'A/USD': [100, [100, 103, 100, 100], [100, 103, 94, 100]] }, [signal(0)], told);
    expect(after.ambiguous).to.equal(0);
  });

  it('trails the highest price from the next candle on', () => {
    const told = { trailingStop: { activation: 0.02, offset: 0.01 } };
    // high 104 puts the stop at 102.96, too late for the low of the same candle
    const account = run({ 'A/USD': [100, [100, 104, 101, 103], [103.5, 103.6, 102, 103]] }, [signal(0)], told);
    expect(exitsOf(account)).to.deep.equal([['trailing_stop', 10, 104 * 0.99, minute(3)]]);
  });

  it('calls a stop that trailing could not raise a stop loss', () => {
    const told = { trailingStop: { activation: 0.01, offset: 0.1 } };
    // 102 · 0.9 = 91.8 is under the first stop of 95
    const account = run({ 'A/USD': [100, [100, 102, 100, 100], [100, 100, 90, 90]] }, [signal(0)], told);
    expect(exitsOf(account)).to.deep.equal([['stop_loss', 10, 95, minute(3)]]);
  });

  it('does not look at quiet minutes', () => {
    const told = { trailingStop: { activation: 0.02, offset: 0.01 } };
    // the stop trails at 102.96 while the last close, and so the quiet minute, is at 101: only the
    // next trade counts
    const account = run({ 'A/USD': [100, [100, 104, 101, 101], 'quiet', 103] }, [signal(0)], told);
    expect(exitsOf(account)).to.deep.equal([['end_of_data', 10, 103, minute(4)]]);
  });
});
