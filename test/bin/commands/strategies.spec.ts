import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../../../lib/report/compare.js';
import type { BacktestReport } from '../../../lib/report/document.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { runBot, urlOf } from '../child.js';

const CONFIG = `
momentum_strategy:
  roc: {periods: [1, 5, 15], thresholds: [0.05, 0.1, 0.2]}
  volume: {factor: 1}
  trend_confirmation_required: false
strategies:
  - {name: tight, use: momentum, wallet: shadow, risk: {stop_loss_percentage: 0.5}}
  - {name: momentum, use: momentum}
  - {name: never, use: momentum, wallet: shadow, parameters: {roc: {thresholds: [30, 60, 90]}}}
`;

describe('a backtest of several strategies', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-strategies-'));
  let database: FreshDatabase;
  let report: BacktestReport;
  const bot = (...args: string[]) => runBot(args, { cwd: folder, env: { DATABASE_URL: urlOf(database.connection) } });
  const rows = (sql: string) => query(database.connection, sql);
  before(async () => {
    database = await migratedDatabase();
    writeFileSync(join(folder, 'config.yaml'), CONFIG);
    const period = ['--synthetic', '--from', '2026-03-01', '--to', '2026-03-04', '--symbols', 'SOL/USD,ETH/USD'];
    const { code, stdout, stderr } = await bot('backtest', ...period, '--json', '--export', 'out');
    expect(code, stderr).to.equal(0);
    report = JSON.parse(stdout) as BacktestReport;
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  it('reports each, the main one first', () => {
    const all = [report, ...report.shadows];
    expect(all.map(({ strategy: { name, wallet } }) => `${name} ${wallet}`)).to.deep.equal([
      'momentum main',
      'tight shadow',
      'never shadow',
    ]);
    const [momentum, tight, never] = all.map(({ trades }) => trades);
    expect(momentum).to.not.be.empty;
    expect(tight!.length).to.be.above(momentum!.length); // sold sooner, bought more often
    expect(never).to.be.empty;
    expect(report.shadows[0]!.difference).to.include({ label: 'tight', againstLabel: 'momentum', run: report.run });
    const symbols = readFileSync(join(folder, 'out', 'trades.csv'), 'utf8').match(/,(momentum|tight)\r$/gm)!;
    expect(symbols).to.have.length(momentum!.length + tight!.length);
  });

  it('makes the same trades of one of them alone', async () => {
    const period = ['--synthetic', '--from', '2026-03-01', '--to', '2026-03-04', '--symbols', 'SOL/USD,ETH/USD'];
    const { stdout } = await bot('backtest', ...period, '--strategy', 'tight', '--dry-run', '--json');
    const alone = JSON.parse(stdout) as BacktestReport;
    expect(alone.strategy).to.include({ name: 'tight', wallet: 'main' });
    expect(alone.strategy.risk).to.deep.equal({ stop_loss_percentage: 0.5 });
    expect(alone.shadows).to.deep.equal([]);
    expect(alone.trades).to.deep.equal(report.shadows[0]!.trades);
    const shown = await bot('backtest', ...period, '--strategy', 'tight', '--dry-run');
    expect(shown.stdout).to.match(/^Strategy +tight \(momentum\): stop_loss_percentage 0\.5$/m);
    const refused = await bot('backtest', ...period, '--strategy', 'tight', '--set', 'a=1', '--dry-run');
    expect([refused.code, refused.stderr]).to.deep.equal([
      2,
      "error: --set name=value changes a parameter of a strategy file, which --strategy FILE names.\nerror: momentum's parameters are in momentum_strategy: expected --set momentum_strategy.roc.thresholds=[0.3,0.6,1]\n",
    ]);
  });

  it('stores a wallet for each that adds up: the initial balance and its exits are the last equity', async () => {
    const wallets = await rows(`
      select strategy, 10000 + coalesce((select sum(profit_loss) from simulated_trade where strategy_used = strategy), 0) as sum,
        (array_agg(equity order by "timestamp" desc, kind = 'end' desc))[1] as last
      from equity_point group by strategy order by strategy`);
    expect(wallets.map(({ strategy }) => strategy as string)).to.deep.equal(['momentum', 'never', 'tight']);
    for (const { strategy, sum, last } of wallets)
      expect(Number(sum), String(strategy)).to.be.closeTo(Number(last), 1e-6);
    const stored = await rows(`
      select strategy_used as strategy, count(*)::int as trades, max(trade_number) as last,
        (select total_trades from performance_metric where strategy = strategy_used) as measured
      from simulated_trade group by 1 order by 1`);
    const counts = [report, report.shadows[0]!].map(({ trades: { length } }) => length);
    expect(stored).to.deep.equal([
      { strategy: 'momentum', trades: counts[0], last: counts[0], measured: counts[0] },
      { strategy: 'tight', trades: counts[1], last: counts[1], measured: counts[1] },
    ]);
  });

  it('is compared within itself, by default the newest run', async () => {
    const { code, stdout } = await bot('compare');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^3 days in common, 2026-03-01 to 2026-03-04 \(UTC\)\n/);
    expect(stdout).to.match(/^tight against momentum: -?\+?0\.\d{4} % a day, 90 % interval /m);
    expect(stdout).to.match(/^never against momentum: /m);
    const { runs, differences } = JSON.parse((await bot('compare', '1', '--json')).stdout) as Comparison;
    expect(runs.map(({ label, trades }) => [label, trades])).to.deep.equal(
      [report, ...report.shadows].map(({ strategy, trades }) => [strategy.name, trades.length]),
    );
    expect(differences[0]).to.deep.equal(report.shadows[0]!.difference);
  });

  it('compares whole days alone: one that is not over does not count', async () => {
    const period = ['--synthetic', '--from', '2026-03-01', '--to', '2026-03-04T12:00', '--symbols', 'SOL/USD,ETH/USD'];
    const longer = JSON.parse((await bot('backtest', ...period, '--json')).stdout) as BacktestReport;
    const { daysAhead, daysBehind } = longer.shadows[0]!.difference!;
    expect(daysAhead + daysBehind).to.be.at.most(3);
    const { days, to } = JSON.parse((await bot('compare', String(longer.run), '--json')).stdout) as Comparison;
    expect([days, to]).to.deep.equal([3, '2026-03-04T00:00:00Z']);
  });

  it('says what each version of the configuration earned, if several did', async () => {
    await rows(`
      with other as (insert into configuration_history (timestamp, configuration, hash, status)
        select timestamp, configuration, repeat('a', 64), status from configuration_history limit 1 returning id)
      update simulated_trade set configuration_id = other.id from other where strategy_used = 'momentum' and trade_number > 2`);
    const { stdout } = await bot('compare', '1');
    const [, ...lines] = /^strategy +version .*\n([^]*)$/m.exec(stdout)![0].trimEnd().split('\n');
    const sum = (from: number, to: number) =>
      report.trades
        .slice(from, to)
        .reduce((total, { profitLoss }) => total + profitLoss, 0)
        .toFixed(2);
    expect(lines.map(line => line.trim().split(/ {2,}/).slice(0, 1).join())).to.deep.equal([
      'momentum',
      'momentum',
      'tight',
    ]);
    expect(lines[0]).to.match(new RegExp(` 2 +0 +\\+?${sum(0, 2)}$`));
    expect(lines[1]).to.match(new RegExp(`aaaaaaaaaaaa .* ${report.trades.length - 2} +0 +\\+?${sum(2, Infinity)}$`));
  });
});
