import { expect } from 'chai';
import { breakEvenMove } from '../../lib/report/break-even.js';
import { csvFiles, csvText } from '../../lib/report/csv.js';
import { sparkline } from '../../lib/report/sparkline.js';
import { parse } from 'csv-parse/sync';
import { readSettings } from '../../lib/settings/read.js';
import { MOMENTUM_SETUP } from '../../lib/strategy/setup.js';
import { sampleReport, sampleSource, twoTrades } from './sample-report.js';

describe('the report document', () => {
  const report = sampleReport(twoTrades);

  it('survives JSON unchanged: plain numbers, texts and nulls only', () => {
    expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
    const empty = sampleReport([]);
    expect(JSON.parse(JSON.stringify(empty))).to.deep.equal(empty);
  });

  it('has the keys that are promised, with times in ISO 8601 UTC', () => {
    expect(report).to.include.keys('run', 'from', 'to', 'symbols', 'configuration', 'trades', 'metrics', 'warnings');
    expect(report).to.include({ run: 7, from: '2026-04-01T00:00:00Z', to: '2026-04-03T00:00:00Z' });
    expect(report.trades[0]).to.deep.equal({
      symbol: 'ETH/USD',
      entryTime: '2026-04-01T02:00:00Z',
      entryPrice: 100,
      size: 5,
      entryFee: 2,
      exits: [
        {
          time: '2026-04-01T05:00:00Z',
          price: 98,
          size: 5,
          percentage: 100,
          reason: 'stop_loss',
          profitLoss: -13.96, // 5 · (98 − 100) − 1.96 − 2
          fee: 1.96,
        },
      ],
      profitLoss: -13.96,
      profitLossPercentage: -2.792, // of 500
    });
  });

  it('sums up exits by reason and trades by market', () => {
    expect(report.exitsByReason.map(({ reason, exits, profitLoss }) => [reason, exits, profitLoss])).to.deep.equal([
      ['stop_loss', 1, -13.96],
      ['take_profit', 1, 7.96],
      ['end_of_data', 1, 2.98],
    ]);
    const [bitcoin] = report.perMarket;
    // candles 10 + 500 + 20 + 2350 evaluated = 2880; known 2870, tradable 2370
    expect(bitcoin).to.include({ symbol: 'BTC/USD', trades: 1, winRate: 1, evaluated: 2350, missingMinutes: 10 });
    expect(bitcoin!.tradableShare).to.be.closeTo(2370 / 2870, 1e-12);
    expect(bitcoin!.fees).to.be.closeTo(2 + 1.04 + 1.02, 1e-12);
    expect(report.coverage).to.include({ minutes: 5760, missingMinutes: 10, quietMinutes: 20, share: 5750 / 5760 });
  });

  it('warns of a period of which too little is known', () => {
    const { warnings } = sampleReport(twoTrades, { cells: { minutes: 1_000, missing: 51, quiet: 0, suspect: 0 } });
    expect(warnings).to.include(
      "low coverage: 94.90 % of the period's minutes are known (data.min_coverage requires 95 %)",
    );
  });

  it('never rounds a coverage up to the one that it falls short of', () => {
    const { warnings } = sampleReport(twoTrades, { cells: { minutes: 100_000, missing: 5_001, quiet: 0, suspect: 0 } });
    expect(warnings.join()).to.contain('low coverage: 94.99 % of');
  });

  it('gives the share of a sale with six decimals, as it is stored', () => {
    const [trade] = twoTrades;
    const sharesOf = (...percentages: readonly number[]) => {
      const exits = percentages.map(percentage => ({ ...trade!.exits[0]!, percentage }));
      return sampleReport([{ ...trade!, exits }]).trades[0]!.exits.map(({ percentage }) => percentage);
    };
    expect(sharesOf(29.999999998339895, 70.000000001660105)).to.deep.equal([30, 70]);
    expect(sharesOf(100 / 3, 100 / 3, 100 / 3)).to.deep.equal([33.333333, 33.333333, 33.333334]);
  });

  it('warns of a low sample besides what the run warns of', () => {
    expect(report.warnings).to.deep.equal([
      'universe not point-in-time: active, market_cap, spread, exchange_listings not applied (no verdicts are stored)',
      'low sample: 2 trades (under 30) and 2 days (under 30 days), too little to judge the strategy by',
    ]);
  });

  it('warns of a configuration that can only lose', () => {
    const levels = '[{ percentage: 0.3, position_percentage: 100 }]';
    const configuration = readSettings(`risk_management: { take_profit_levels: ${levels} }`, 'config.yaml', {});
    expect(sampleReport(twoTrades, { configuration }).warnings[1]).to.match(
      /^risk_management\.take_profit_levels\[0\]\.percentage: found 0\.3, expected more than 0\.8486: /,
    );
  });

  it('says by which rules the markets were judged, and which stored verdicts it went by', () => {
    const fromCandles = ['quote_currency', 'base_currency', 'daily_volume', 'volatility', 'history', 'coverage'];
    const beyond = ['active', 'market_cap', 'spread', 'exchange_listings'];
    expect(report.universe).to.deep.equal({
      rulesApplied: fromCandles,
      rulesNotApplied: beyond,
      verdictsOfRun: null,
      verdictShare: 0,
    });
    const partly = sampleReport(twoTrades, { universe: { runId: 3, share: 0.75, notStored: [] } });
    expect(partly.universe).to.deep.equal({
      rulesApplied: fromCandles,
      rulesNotApplied: beyond,
      verdictsOfRun: 3,
      verdictShare: 0.75,
    });
    expect(partly.warnings[0]).to.equal(
      'universe not point-in-time: active, market_cap, spread, exchange_listings not applied at 25 % of the refreshes (no verdicts are stored)',
    );
    const wholly = sampleReport(twoTrades, { universe: { runId: 3, share: 1, notStored: [] } });
    expect(wholly.universe).to.include({ verdictsOfRun: 3, verdictShare: 1 });
    expect(wholly.universe.rulesApplied).to.have.members([...fromCandles, ...beyond]);
    expect(wholly.universe.rulesNotApplied).to.deep.equal([]);
    expect(wholly.warnings.join()).not.to.match(/universe/);
    const older = sampleReport(twoTrades, { universe: { runId: 3, share: 1, notStored: ['coverage'] } });
    expect(older.universe.rulesApplied).to.have.members(
      [...fromCandles, ...beyond].filter(name => name !== 'coverage'),
    );
    expect(older.universe.rulesNotApplied).to.deep.equal(['coverage']);
    expect(older.warnings[0]).to.equal(
      'universe not point-in-time: coverage not applied at refreshes that run 3 evaluated before it had this rule',
    );
  });

  it('knows the rise at which a trade makes exactly 0', () => {
    const costs = { takerFee: 0.004, spread: 0.0005, slippage: 0.0002 };
    const move = breakEvenMove(costs);
    // bought at 100 · 1.00045, sold at 100 · (1 + move) · 0.99955; what is left after both fees is
    // 0
    const [paid, got] = [100 * 1.00045, 100 * (1 + move) * 0.99955];
    expect(got - paid - 0.004 * (paid + got)).to.be.closeTo(0, 1e-10);
    expect(move).to.be.closeTo(2 * 0.004 + 0.0005 + 2 * 0.0002, 1e-4); // the rule of thumb: 0.89 %
    expect(report.costs.breakEvenPercentage).to.be.closeTo(100 * move, 1e-9);
    expect(breakEvenMove({ takerFee: 0, spread: 0, slippage: 0 })).to.equal(0);
  });
});

describe('a sparkline', () => {
  const points = (...equities: number[]) => equities.map((equity, at) => ({ at, equity }));

  it('runs from the lowest to the highest block', () => {
    // eight steps end at 1 … 7 and 7; a block for each (value − 1) / 6 · 7: 0, 1.2, 2.3, 3.5, 4.7,
    // 5.8, 7, 7
    expect(sparkline(points(0, 1, 2, 3, 4, 5, 6, 7, 7), 8)).to.equal('▁▂▃▅▆▇██');
    expect(sparkline(points(7, 0), 1)).to.equal('▁');
  });

  it('shows even time, whatever the spacing of the points', () => {
    const uneven = [...points(0, 1), { at: 100, equity: 0 }];
    expect(sparkline(uneven, 4)).to.equal('███▁');
  });

  it('is flat where nothing moves and empty without points', () => {
    expect(sparkline(points(5, 5, 5), 3)).to.equal('▁▁▁');
    expect(sparkline(points(5), 3)).to.equal('▁');
    expect(sparkline([], 3)).to.equal('');
  });
});

describe('the CSV of a report', () => {
  it('holds a row for each trade, each exit and each point of equity', () => {
    const report = sampleReport(twoTrades);
    const [trades, exits, equity] = csvFiles(report).map(({ text }) =>
      parse<Record<string, string>>(text, { columns: true }),
    );
    expect(trades).to.have.length(2);
    expect(trades![1]).to.include({ trade: '2', symbol: 'BTC/USD', exits: '2', last_exit_reason: 'end_of_data' });
    expect(Number(trades![0]!['profit_loss'])).to.equal(-13.96);
    expect(exits!.map(exit => `${exit['trade']} ${exit['reason']}`)).to.deep.equal([
      '1 stop_loss',
      '2 take_profit',
      '2 end_of_data',
    ]);
    expect(equity).to.have.length(report.equity.length);
    expect(equity![0]).to.deep.equal({ time: '2026-04-01T00:00:00Z', equity: '10000', strategy: 'momentum' });
    expect(equity!.at(-1)!['time']).to.equal('2026-04-03T00:00:00Z');
  });

  it('names the strategy of each row, those of shadows after those of the main one', () => {
    const setup = { ...MOMENTUM_SETUP, name: 'loose', wallet: 'shadow' as const };
    const report = sampleReport(twoTrades, { shadows: [sampleSource(twoTrades.slice(0, 1), { setup })] });
    const [trades, exits, equity] = csvFiles(report).map(({ text }) =>
      parse<Record<string, string>>(text, { columns: true }).map(row => row['strategy']!),
    );
    expect(trades).to.deep.equal(['momentum', 'momentum', 'loose']);
    expect(exits).to.deep.equal(['momentum', 'momentum', 'momentum', 'loose']);
    expect([...new Set(equity)]).to.deep.equal(['momentum', 'loose']);
  });

  it('quotes what has to be quoted and ends lines in CRLF', () => {
    expect(
      csvText(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          [null, 1.5],
        ],
      ),
    ).to.equal('a,b\r\n"x,y","say ""hi"""\r\n,1.5\r\n');
  });

  it('keeps a spreadsheet from running text, and leaves numbers alone', () => {
    expect(csvText(['a'], [['=1+1'], ['@x'], ['-x'], ['+x'], [-1.5]])).to.equal(
      "a\r\n'=1+1\r\n'@x\r\n'-x\r\n'+x\r\n-1.5\r\n",
    );
  });
});
