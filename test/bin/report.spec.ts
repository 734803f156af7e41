import { expect } from 'chai';
import { createColors } from 'picocolors';
import { decimal, moneyFormat, percent } from '../../bin/report/format.js';
import { renderReport } from '../../bin/report/render.js';
import { defaultConfiguration } from '../../lib/settings/read.js';
import { RULES, type RuleName } from '../../lib/universe/catalogue.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { sampleReport, sampleSource, twoTrades } from '../report/sample-report.js';

const plain = createColors(false);
const ESCAPES = /\u001b\[[0-9;]*m/g;
const widest = (text: string) => Math.max(...text.split('\n').map(line => line.length));

const twoDays = `
Backtest       run 7, 2026-04-01 00:00 → 2026-04-03 00:00 UTC, 2 days
Markets        BTC/USD, ETH/USD
Costs          taker fee 0.4 % and slippage 0.02 % a fill, spread 0.05 %
Break-even     +0.89 %: rise of the price at which a trade makes 0
Universe       by quote_currency, base_currency, daily_volume, volatility, history, coverage
Configuration  ${defaultConfiguration.hash.slice(0, 12)}

! universe not point-in-time: active, market_cap, spread, exchange_listings not applied (no verdicts
  are stored)
! low sample: 2 trades (under 30) and 2 days (under 30 days), too little to judge the strategy by

Equity         ███████▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▆
               10,000.00 → 9,996.98 USD, seen between 9,986.04 and 10,000.00
Candles        10 of 5,760 minutes missing (99.83 % covered), 20 quiet, 0 suspect; 0 ambiguous (stop
               and target in one candle, counted as a stop)

Metrics               strategy  BTC/USD buy and hold  equal weight of the markets
Return                 -0.03 %               +1.19 %                      +0.20 %
Final balance, USD    9,996.98             10,118.73                    10,019.52
Return a year (CAGR)   -5.36 %             +761.90 %                     +42.75 %
Max drawdown            0.14 %                4.38 %                       2.39 %
Sharpe                   -1.63                  8.10                         2.68
Sortino                  -2.91                 40.47                         6.70
Calmar                  -38.42                173.85                        17.88

Maximum drawdown: from 2026-04-01 00:00 to 2026-04-01 05:00, not recovered by the end

Trades, USD
Trades                            2  Profit or loss                            -3.02
Won / lost / even         1 / 1 / 0  Before costs (gross)                      +6.12
Win rate                    50.00 %  Fees                   8.02 (130.94 % of gross)
Average win                  +10.94  Spread                  0.63 (10.20 % of gross)
Average loss                 -13.96  Slippage                 0.50 (8.16 % of gross)
Best trade                   +10.94  Turnover                     0.20 × the balance
Worst trade                  -13.96  Exposure                 52.01 % of the minutes
Profit factor                  0.78  Winners held                             22.0 h
Expectancy a trade            -1.51  Losers held                               3.0 h
Expectancy (R multiples)      -0.15  Streak won / lost                         1 / 1
System quality (SQN)          -0.12  Closed by end of data                  1, +2.98

Exits by reason  exits  made, USD  fees, USD
stop loss            1     -13.96       1.96
take profit          1      +7.96       1.04
end of data          1      +2.98       1.02

Markets  trades  win rate  made, USD  fees  evaluated  tradable  missing
ETH/USD       1    0.00 %     -13.96  3.96      2,880  100.00 %        0
BTC/USD       1  100.00 %     +10.94  4.06      2,350   82.58 %       10

Worst trades  entered, UTC       price    held  last exit    made, USD
ETH/USD       2026-04-01 02:00     100   3.0 h  stop loss       -13.96  -2.79 %
BTC/USD       2026-04-02 02:00  25,000  22.0 h  end of data     +10.94  +2.19 %

Decisions                              candles     share
in the period                            5,760  100.00 %
  missing, or before the first candle       10    0.17 %
  market not tradable                      500    8.68 %
    first failing rule: daily volume       450    7.81 %
    first failing rule: history             50    0.87 %
  quiet: no trades                          20    0.35 %
evaluated                                5,230   90.80 %  and of these:
  passed rsi                             3,930   75.14 %  30 < rsi_14 < 70
  passed macd                            1,730   33.08 %  macd_histogram > 0 and rising
  passed roc                                10    0.19 %  roc_1 ≥ 0.5 %, roc_5 ≥ 1 %, roc_15 ≥ 1.5 %
  passed bollinger                           6    0.11 %  close > bb_middle
  passed volume                              4    0.08 %  volume > 1.5 · volume_sma_10
  passed trend                               3    0.06 %  adx_14 ≥ 25, plus_di_14 > minus_di_14,
                                                          5m.macd_histogram > 0,
                                                          15m.macd_histogram > 0
opportunities                                3    0.06 %
  taken                                      2   66.67 %
  still waiting at the end                   1   33.33 %
`;

const withoutTrades = `
Backtest       run 7, 2026-04-01 00:00 → 2026-04-03 00:00 UTC, 2 days
Markets        BTC/USD, ETH/USD
Costs          taker fee 0.4 % and slippage 0.02 % a fill, spread 0.05 %
Break-even     +0.89 %: rise of the price at which a trade makes 0
Universe       by quote_currency, base_currency, daily_volume, volatility, history, coverage
Configuration  ${defaultConfiguration.hash.slice(0, 12)}

! universe not point-in-time: active, market_cap, spread, exchange_listings not applied (no verdicts
  are stored)
! low sample: 0 trades (under 30) and 2 days (under 30 days), too little to judge the strategy by

No trades      No candle passed condition roc (needs roc_1 ≥ 0.5 %, roc_5 ≥ 1 %, roc_15 ≥ 1.5 %):
               1,760 candles of 5,760 evaluated came that far.

Equity         ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
               10,000.00 → 10,000.00 USD, seen between 10,000.00 and 10,000.00
Candles        0 of 5,760 minutes missing (100.00 % covered), 0 quiet, 0 suspect; 0 ambiguous (stop
               and target in one candle, counted as a stop)

Metrics                strategy  BTC/USD buy and hold  equal weight of the markets
Return                   0.00 %               +1.19 %                      +0.20 %
Final balance, USD    10,000.00             10,118.73                    10,019.52
Return a year (CAGR)     0.00 %             +761.90 %                     +42.75 %
Max drawdown             0.00 %                4.38 %                       2.39 %
Sharpe                        –                  8.10                         2.68
Sortino                       –                 40.47                         6.70
Calmar                        –                173.85                        17.88

– Sharpe: every day had the same return
– Sortino: no day lost money
– Calmar: the equity never fell

Markets  trades  win rate  made, USD  fees  evaluated  tradable  missing
BTC/USD       0         –       0.00  0.00      2,880  100.00 %        0
ETH/USD       0         –       0.00  0.00      2,880  100.00 %        0

Decisions           candles     share
in the period         5,760  100.00 %
evaluated             5,760  100.00 %  and of these:
  passed rsi          3,760   65.28 %  30 < rsi_14 < 70
  passed macd         1,760   30.56 %  macd_histogram > 0 and rising
  passed roc              0    0.00 %  roc_1 ≥ 0.5 %, roc_5 ≥ 1 %, roc_15 ≥ 1.5 %
  passed bollinger        0    0.00 %  close > bb_middle
  passed volume           0    0.00 %  volume > 1.5 · volume_sma_10
  passed trend            0    0.00 %  adx_14 ≥ 25, plus_di_14 > minus_di_14,
                                       5m.macd_histogram > 0,
                                       15m.macd_histogram > 0
opportunities             0    0.00 %
`;

describe('the report on the terminal', () => {
  it('shows a run from its costs to its worst trades', () => {
    expect(`\n${renderReport(sampleReport(twoTrades), plain, 100)}\n`).to.equal(twoDays);
  });

  it('explains a run without trades by the condition that nothing passed', () => {
    expect(`\n${renderReport(sampleReport([]), plain, 100)}\n`).to.equal(withoutTrades);
  });

  it('fits 100 columns with money in millions, many markets and long warnings', () => {
    const report = sampleReport(twoTrades);
    const market = {
      ...report.perMarket[0]!,
      symbol: 'LONGNAME/USDT',
      profitLoss: -1_234_567.89,
      fees: 98_765.43,
      evaluated: 525_600,
    };
    const trades = report.trades.map(trade => ({
      ...trade,
      symbol: 'LONGNAME/USDT',
      profitLoss: -1_234_567.89,
      entryPrice: 0.0000123456789,
    }));
    const large = {
      ...report,
      trades,
      symbols: Array.from({ length: 60 }, (_, i) => `LONGNAME${i}/USDT`),
      perMarket: Array.from({ length: 60 }, () => market),
      warnings: ['a word '.repeat(80).trim()],
      metrics: {
        ...report.metrics,
        initialBalance: 1_000_000,
        totalProfitLoss: -1_234_567.89,
        fees: 98_765.43,
        bestTrade: 1_234_567.89,
        worstTrade: -1_234_567.89,
      },
    };
    const text = renderReport(large, plain, 240);
    expect(widest(text)).to.be.at.most(100);
    expect(text).to.include('and 48 more').and.to.include('… and 30 more with fewer trades');
    expect(text).to.include('-1,234,567.89');
  });

  it('says whose verdicts decided what was tradable, and where rules decided', () => {
    const universe = (share: number, notStored: readonly RuleName[] = []) => {
      const text = renderReport(sampleReport(twoTrades, { universe: { runId: 3, share, notStored } }), plain, 400);
      return /^Universe +([^]*?)\nConfiguration/m.exec(text)![1]!.replace(/\s+/g, ' ');
    };
    expect(universe(1)).to.equal('verdicts stored by run 3, by every rule');
    expect(universe(1, RULES.slice(2))).to.equal('verdicts stored by run 3, by active, quote_currency');
    expect(universe(0.75)).to.equal(
      'verdicts stored by run 3, by every rule, at 75.00 % of the refreshes; ' +
        'else by quote_currency, base_currency, daily_volume, volatility, history, coverage',
    );
  });

  it('says how many fills were at stored order books, where there were any', () => {
    const text = renderReport(sampleReport(twoTrades, { walked: 3 }), plain, 400);
    // two entries and three exits
    expect(text).to.match(/spread 0.05 %; 3 of 5 fills at\s+stored\s+order\s+books\s+instead\n/);
    expect(sampleReport(twoTrades, { walked: 3 }).fills).to.deep.equal({ all: 5, atStoredBooks: 3 });
  });

  it('shows several strategies side by side, each against the main one', () => {
    const setup: StrategySetup = {
      ...MOMENTUM_SETUP,
      name: 'loose',
      wallet: 'shadow',
      parameters: { 'roc.thresholds': '0.3, 0.6, 1' },
    };
    const idle = { ...MOMENTUM_SETUP, name: 'idle', wallet: 'shadow' as const };
    const shadows = [
      sampleSource(twoTrades.slice(0, 1), { setup, warnings: ['a word about it'] }),
      sampleSource([], { setup: idle }),
    ];
    const text = renderReport(sampleReport(twoTrades, { shadows }), plain, 100);
    expect(text).to.include(`
Strategy       momentum (momentum)
               loose (shadow, momentum): roc.thresholds 0.3, 0.6, 1
               idle (shadow, momentum)
`);
    expect(text).to.include(`
! loose: a word about it
! idle made no trades: `);
    expect(text).to.include(`
Strategies  wallet   return  max drawdown  trades  win rate  profit factor     USD
momentum    main    -0.03 %        0.14 %       2   50.00 %           0.78   -3.02
loose       shadow  -0.14 %        0.14 %       1    0.00 %           0.00  -13.96
idle        shadow   0.00 %        0.00 %       0         –              –    0.00

loose against momentum: -0.0548 % a day, 90 % interval -0.1096 % to 0.0000 %, ahead on 0 days,
behind on 1.
The interval contains 0: these days do not tell which one is better.
1 trade in common (same market and minute): -13.96 in loose, -13.96 in momentum; 0 only in loose
(0.00), 1 only in momentum (+10.94).
`);
  });

  it('breaks running text for a narrow terminal', () => {
    const text = renderReport(sampleReport([]), plain, 70);
    const running = text
      .slice(0, text.indexOf('Metrics'))
      .split('\n')
      .filter(line => !line.includes('▁'));
    expect(widest(running.join('\n'))).to.be.at.most(70);
  });

  it('says the same with and without colours, and sends none into a pipe', () => {
    const colourless = renderReport(sampleReport(twoTrades), plain, 100);
    const coloured = renderReport(sampleReport(twoTrades), createColors(true), 100);
    expect(colourless).to.not.match(ESCAPES);
    expect(coloured).to.match(ESCAPES);
    expect(coloured.replaceAll(ESCAPES, '').replaceAll(/ +$/gm, '')).to.equal(colourless);
  });

  it('gives what has no value a dash and its reason', () => {
    const report = sampleReport(twoTrades.slice(0, 1));
    const text = renderReport(report, plain, 100);
    expect(text).to.match(/System quality \(SQN\) +–/);
    expect(text).to.include('– SQN: it takes two trades, there is one');
  });

  it('names a benchmark that cannot be measured, with the reason', () => {
    const report = sampleReport(twoTrades);
    const bitcoin = {
      ...report.benchmarks.bitcoin,
      return: null,
      finalBalance: null,
      reasons: { return: 'no candle of BTC/USD is stored' },
    };
    const text = renderReport({ ...report, benchmarks: { ...report.benchmarks, bitcoin } }, plain, 100);
    expect(text).to.include('– BTC/USD buy and hold: no candle of BTC/USD is stored');
  });

  it('lets no text from outside steer the terminal', () => {
    const text = renderReport(sampleReport([], { warnings: ['\u001b[2Jgone\u0007'] }), plain, 100);
    expect(text)
      .to.include('[2Jgone')
      .and.not.match(/[\u001b\u0007]/);
  });
});

describe('numbers in a report', () => {
  it('have no sign if they round to 0', () => {
    expect([percent(-0.000_01), decimal(-0.001), moneyFormat(10_000)(-0.001), moneyFormat(10)(-0)]).to.deep.equal([
      '0.00 %',
      '0.00',
      '0.00',
      '0.00',
    ]);
    expect([percent(-0.01), decimal(-1.5), moneyFormat(10)(-0.001)]).to.deep.equal(['-1.00 %', '-1.50', '-0.001']);
  });
});
