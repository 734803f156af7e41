import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { renderJournal } from '../../../bin/report/journal.js';
import { renderReport } from '../../../bin/report/render.js';
import { renderRuns } from '../../../bin/report/runs.js';
import type { BacktestReport } from '../../../lib/report/document.js';
import type { Journal } from '../../../lib/report/journal.js';
import type { LiveReport } from '../../../lib/report/live-report.js';
import { readSettings } from '../../../lib/settings/read.js';
import { openStore, type Store } from '../../../lib/world/store/index.js';
import { openLive } from '../../../lib/world/store/live/index.js';
import { withClient } from '../../../lib/world/database/connection.js';
import { readListedRuns } from '../../../lib/world/store/listed-runs.js';
import { jsonHere, runHere } from '../../support/here.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { urlOf } from '../child.js';

const CONFIG = `
momentum_strategy:
  roc: {periods: [1, 5, 15], thresholds: [0.05, 0.1, 0.2]}
  volume: {factor: 1}
  trend_confirmation_required: false
strategies:
  - {name: momentum, use: momentum}
  - {name: tight, use: momentum, wallet: shadow, risk: {stop_loss_percentage: 0.5}}
`;
/** Sums of stored decimals and of numbers differ in the last digits. */
const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value);
const BACKTEST = ['backtest', '--synthetic', '--from', '2026-03-01', '--to', '2026-03-03', '--symbols'];

describe('the commands about stored runs', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-runs-'));
  let database: FreshDatabase;
  let store: Store;
  let report: BacktestReport;
  let live: number;
  const bot = (...args: string[]) => runHere(args, { cwd: folder, env: { DATABASE_URL: urlOf(database.connection) } });
  const json = <T>(...args: string[]) =>
    jsonHere<T>(args, { cwd: folder, env: { DATABASE_URL: urlOf(database.connection) } });
  const rows = (sql: string) => query(database.connection, sql);

  const readListed = () => withClient(database.connection, client => readListedRuns(client));

  /** A simulated run with an open trade, of which a part is sold. */
  const seedLive = async (): Promise<number> => {
    const { id, configurationId } = await openLive(store, database.connection).openRun({
      mode: 'simulated',
      codeVersion: 'test',
      symbols: [],
      configuration: readSettings('momentum_strategy: { volume: { factor: 1.5 } }', 'config.yaml', {}),
      initialBalance: 10_000,
    });
    const values = `{"roc_1": 0.6, "roc_5": 1.25, "roc_15": 1.5, "volume": 21, "volume_sma_10": 10}`;
    await query(
      database.connection,
      'begin',
      `insert into opportunity (run_id, cryptocurrency_id, "timestamp", strategy, close, score, "values", configuration_id, status, decided_at)
       select ${id}, id, at, 'momentum', 100, 0.25, '${values}', ${configurationId}, 'taken', at
       from cryptocurrency, (values ('2026-04-01T10:00:00Z'::timestamptz), ('2026-04-02T10:00:00Z')) as t (at) where symbol = 'ETH/USD'`,
      `insert into simulated_trade (run_id, trade_number, cryptocurrency_id, opportunity_id, configuration_id, entry_timestamp, entry_price, size,
         stop_loss_price, take_profit_price, highest_price, status, strategy_used, entry_fee, entry_half_spread, entry_slippage, entry_quote_rate,
         remaining_size, exit_price, profit_loss, profit_loss_percentage, exit_timestamp)
       select run_id, row_number() over (order by "timestamp"), cryptocurrency_id, id, configuration_id, "timestamp" + interval '1 minute', 100, 2,
         99.5, 104, 103, case when is_first then 'closed' else 'partially_closed' end, strategy, 0.8, 0.05, 0.04, 1,
         case when is_first then 0 else 1.5 end, 102, case when is_first then 2.4 else 0.6 end, case when is_first then 1.2 else 0.3 end,
         case when is_first then "timestamp" + interval '31 minutes' end
       from opportunity, lateral (select "timestamp" < '2026-04-02' as is_first) as t where run_id = ${id}`,
      `insert into partial_exit (trade_id, sequence, exit_timestamp, exit_price, exit_percentage, size, profit_loss, fee, half_spread, slippage,
         quote_rate, reason, level)
       select id, 1, entry_timestamp + interval '30 minutes', 102, case when status = 'closed' then 100 else 25 end,
         case when status = 'closed' then 2 else 0.5 end, profit_loss, 0.2, 0.02, 0.01, 1, 'take_profit', 0 from simulated_trade where run_id = ${id}`,
      `insert into portfolio_state (run_id, strategy, version, writer, settled_until, state)
       values (${id}, 'momentum', 1, 'test', '2026-04-02T12:00:00Z', '{"cash": 9850, "held": []}')`,
      `insert into equity_point (run_id, strategy, "timestamp", kind, cash, open_value, equity) values
       (${id}, 'momentum', '2026-04-01T00:00:00Z', 'start', 10000, 0, 10000), (${id}, 'momentum', '2026-04-02T12:00:00Z', 'minute', 9850, 160, 10010)`,
      'commit',
    );
    return id;
  };

  before(async () => {
    database = await migratedDatabase();
    writeFileSync(join(folder, 'config.yaml'), CONFIG);
    const { code, stderr, stdout } = await bot(...BACKTEST, 'SOL/USD,ETH/USD', '--json');
    expect(code, stderr).to.equal(0);
    report = JSON.parse(stdout) as BacktestReport;
    store = await openStore(database.connection, { poolSize: 1 });
    live = await seedLive();
  });
  after(async () => {
    await store.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('bin/bot trades', () => {
    it('lists every trade of every strategy with its exits and costs, as they are stored', async () => {
      const { trades, sums, currency, run } = await json<Journal>('trades', '--run', '1');
      expect({ run, currency }).to.deep.equal({ run: 1, currency: 'USD' });
      const results = [report, ...report.shadows];
      expect(trades.length).to.equal(results.reduce((sum, each) => sum + each.trades.length, 0));
      for (const { strategy, trades: reported } of results) {
        const own = trades.filter(trade => trade.strategy === strategy.name);
        expect(own.map(({ number }) => number)).to.deep.equal(reported.map((_, n) => n + 1));
        own.forEach((trade, n) => {
          const { symbol, entryTime, entryPrice, size, exits } = reported[n]!;
          expect(trade).to.deep.include({ market: symbol, entryTime, entryPrice, size, status: 'closed' });
          expect(
            trade.exits.map(({ time, price, reason, percentage }) => [time, price, reason, percentage]),
          ).to.deep.equal(exits.map(({ time, price, reason, percentage }) => [time, price, reason, percentage]));
          expect(trade.profitLoss).to.be.closeTo(reported[n]!.profitLoss, 1e-9);
        });
      }
      const stored = await rows(`
        select strategy_used as strategy, count(*)::int as trades, sum(profit_loss)::float8 as made,
          count(*) filter (where profit_loss > 0)::int as won, count(*) filter (where profit_loss < 0)::int as lost,
          (sum(entry_fee) + sum((select sum(fee) from partial_exit where trade_id = t.id)))::float8 as fees,
          (sum(entry_half_spread) + sum((select sum(half_spread) from partial_exit where trade_id = t.id)))::float8 as spread,
          (sum(entry_slippage) + sum((select sum(slippage) from partial_exit where trade_id = t.id)))::float8 as slippage
        from simulated_trade as t where run_id = 1 group by 1 order by 1`);
      expect(stored.length).to.equal(2);
      stored.forEach(sum => {
        const own = sums.find(({ strategy }) => strategy === sum['strategy'])!;
        expect(own).to.include({ trades: sum['trades'], won: sum['won'], lost: sum['lost'], open: 0 });
        expect(own.profitLoss).to.be.closeTo(Number(sum['made']), 1e-9);
        expect(own.costs.fee).to.be.closeTo(Number(sum['fees']), 1e-9);
        expect(own.costs.halfSpread).to.be.closeTo(Number(sum['spread']), 1e-9);
        expect(own.costs.slippage).to.be.closeTo(Number(sum['slippage']), 1e-9);
        expect(own.costs.total).to.be.closeTo(own.costs.fee + own.costs.halfSpread + own.costs.slippage, 1e-9);
      });
    });

    it('says why each was bought: the comparisons of the score, with what they compared', async () => {
      const { trades } = await json<Journal>('trades', '--run', '1');
      for (const { reasons, values } of trades) {
        expect(reasons.map(text => text.split(' ')[0])).to.deep.equal(['roc_1', 'roc_5', 'roc_15', 'volume']);
        expect(Number(reasons[1]!.split(' ')[1])).to.be.closeTo(values['roc_5']!, 1e-3 * Math.abs(values['roc_5']!));
        expect(reasons[1]).to.match(/^roc_5 [\d.]+ ≥ 0\.1$/);
      }
    });

    it('shows the newest run by default, and an open trade with its stop and next target', async () => {
      const { code, stdout } = await bot('trades');
      expect(code).to.equal(0);
      expect(stdout.split('\n').map(line => line.trimEnd())).to.deep.equal([
        `run ${live} (simulated): 2 trades`,
        '',
        'trade  market   opened, UTC       price  size  fees  spread  slippage  made, USD',
        '    1  ETH/USD  2026-04-01 10:01    100     2  1.00    0.07      0.05      +2.40  +1.20 %',
        '    why      score 0.250: roc_1 0.6 ≥ 0.5, roc_5 1.25 ≥ 1, roc_15 1.5 ≥ 1.5, volume 21 > 15',
        '    sold     2026-04-01 10:31 at 102, 100 %: take profit 1, +2.40',
        '    2  ETH/USD  2026-04-02 10:01    100     2  1.00    0.07      0.05      +0.60  +0.30 %',
        '    why      score 0.250: roc_1 0.6 ≥ 0.5, roc_5 1.25 ≥ 1, roc_15 1.5 ≥ 1.5, volume 21 > 15',
        '    sold     2026-04-02 10:31 at 102, 25 %: take profit 1, +0.60',
        '    open     stop 99.5, next target 104',
        '',
        'Sums      trades  won  lost  even  open  fees  spread  slippage  costs  made, USD',
        'momentum       2    1     0     0     1  2.00    0.14      0.10   2.24      +3.00',
        '',
      ]);
    });

    it('limits them by market, strategy and time, together; a simulated run ends when its market does', async () => {
      const all = await json<Journal>('trades', '--run', '1');
      const limits = ['--market', 'eth-usd', '--strategy', 'tight', '--last', '12h'];
      const { trades, since, sums } = await json<Journal>('trades', '--run', '1', ...limits);
      expect(since).to.equal('2026-03-02T12:00:00Z');
      const expected = all.trades.filter(
        ({ market, strategy, exits }) => market === 'ETH/USD' && strategy === 'tight' && exits.at(-1)!.time >= since!,
      );
      expect(trades).to.deep.equal(expected);
      expect(trades.length).to.be.within(1, all.trades.length - 1);
      expect(sums.map(({ strategy }) => strategy)).to.deep.equal(['tight']);
      const last = await json<Journal>('trades', '--last', '90m');
      expect(last.since).to.equal('2026-04-02T10:30:00Z');
      expect(last.trades.map(({ number }) => number)).to.deep.equal([2]);
      const none = await bot('trades', '--market', 'SOL/USD');
      expect(none).to.deep.include({ code: 0, stdout: `run ${live} (simulated): 0 trades on SOL/USD\n` });
    });

    it('fits terminals: no line is wider, whatever the names, and nothing is lost', async () => {
      const journal = await json<Journal>('trades', '--run', '1');
      const named = (name: string): Journal => ({
        ...journal,
        trades: journal.trades.map(trade => ({
          ...trade,
          strategy: trade.strategy === 'tight' ? name : trade.strategy,
        })),
        sums: journal.sums.map(sum => ({ ...sum, strategy: sum.strategy === 'tight' ? name : sum.strategy })),
      });
      const textOf = (of: Journal, width: number) =>
        renderJournal(of, { initialBalance: 10_000, width }, createColors(false));
      for (const width of [80, 100, 120, 200])
        for (const name of ['tight', 'a_strategy_with_the_longest_name_of_forty'.slice(0, 40)]) {
          const lines = textOf(named(name), width).split('\n');
          expect(Math.max(...lines.map(line => line.length)), `${width}, ${name}`).to.be.at.most(width);
          expect(lines.filter(line => line.startsWith('    sold ')).length).to.equal(
            journal.trades.reduce((sum, { exits }) => sum + exits.length, 0),
          );
          expect(lines.join(' ')).to.contain(name);
        }
      expect(textOf(journal, 80))
        .to.match(/^ {4}costs {4}[\d.]+: fees/m)
        .and.not.contain('slippage  made');
      expect(textOf(journal, 200))
        .to.contain('slippage  made')
        .and.not.match(/^ {4}costs {4}/m);
    });

    it('writes a CSV file of one row a trade, and never over another', async () => {
      const { code, stderr } = await bot('trades', '--csv', 'journal.csv');
      expect(code, stderr).to.equal(0);
      const text = readFileSync(join(folder, 'journal.csv'), 'utf8');
      const found = parse<Record<string, string>>(text, { columns: true });
      expect(found).to.have.length(2);
      expect(found[1]).to.include({
        ...{ run: String(live), trade: '2', strategy: 'momentum', symbol: 'ETH/USD', status: 'partially_closed' },
        ...{ entry_time: '2026-04-02T10:01:00Z', entry_price: '100', size: '2', score: '0.25', exits: '1' },
        ...{ last_exit_time: '2026-04-02T10:31:00Z', mean_exit_price: '102', last_exit_reason: 'take_profit' },
        ...{ stop: '99.5', next_target: '104', fee: '1', profit_loss: '0.6', profit_loss_percentage: '0.3' },
      });
      expect(found[0]).to.include({ status: 'closed', stop: '', next_target: '', profit_loss: '2.4' });
      const again = await bot('trades', '--csv', 'journal.csv');
      expect([again.code, again.stdout]).to.deep.equal([2, '']);
      expect(again.stderr).to.contain('--csv journal.csv: found a file there, which is not overwritten');
      expect(readFileSync(join(folder, 'journal.csv'), 'utf8')).to.equal(text);
      const nowhere = await bot('trades', '--csv', 'missing/journal.csv');
      expect([nowhere.code, existsSync(join(folder, 'missing'))]).to.deep.equal([2, false]);
      expect(nowhere.stderr).to.contain('its folder does not exist');
    });

    it('says what there is, where it is asked for something else, with exit code 2', async () => {
      const mistakes = [
        [['--run', '99'], `--run: there is no run 99; the 2 stored ones are from 1 to ${live} ("bot runs" lists them)`],
        [['--run', '1', '--market', 'BTC/USD'], '--market: run 1 has no market BTC/USD; it has ETH/USD, SOL/USD'],
        [['--market', 'nonsense'], '--market: "nonsense" is no market: expected BASE/QUOTE, as BTC/USD'],
        [['--market', 'XRP/USD'], `--market: run ${live} has no market XRP/USD; it has ETH/USD`],
        [['--run', '1', '--strategy', 'loose'], '--strategy: run 1 has no strategy "loose"; it has momentum, tight'],
        [
          ['--last', 'yesterday'],
          '--last: found "yesterday", expected minutes, hours, days or weeks as 90m, 36h, 30d or 2w',
        ],
        [['--run', '0'], 'expected a whole number from 1'],
      ] as const;
      for (const [args, says] of mistakes) {
        const { code, stdout, stderr } = await bot('trades', ...args);
        expect([code, stdout, stderr.includes(says)], stderr).to.deep.equal([2, '', true]);
      }
    });
  });

  describe('bin/bot runs', () => {
    interface Listed {
      readonly id: number;
      readonly return: number | null;
      readonly trades: number;
    }

    it('lists them, newest first, with the trades and the result that are stored', async () => {
      const runs = await json<readonly Listed[]>('runs');
      const stored = await rows(`
        select id, (select count(*)::int from simulated_trade where run_id = run.id and strategy_used = 'momentum') as trades,
          (final_balance / initial_balance - 1)::float8 as return from run order by id desc`);
      expect(runs.map(({ id, trades }) => [id, trades])).to.deep.equal(stored.map(({ id, trades }) => [id, trades]));
      expect(runs.at(-1)!.return).to.be.closeTo(Number(stored.at(-1)!['return']), 1e-9);
      expect(runs.at(-1)).to.deep.include({
        ...{ mode: 'backtest', marketSource: 'synthetic', status: 'completed', seed: '1', currency: 'USD' },
        ...{ from: '2026-03-01T00:00:00Z', to: '2026-03-03T00:00:00Z', symbols: ['ETH/USD', 'SOL/USD'] },
        ...{ strategies: ['momentum', 'tight'], hasReport: true, initialBalance: 10_000 },
      });
      expect(runs[0]).to.deep.include({ id: live, mode: 'simulated', status: 'running', trades: 2 });
      expect(runs[0]!.return).to.be.closeTo(0.001, 1e-12);
    });

    it('says for how long each traded what, and its notes; a backtest that did not end has no result', async () => {
      await rows(`update run set notes = 'Wide stops, second try' where id = 1`);
      const { code, stdout } = await bot('runs');
      expect(code).to.equal(0);
      const [head, newest, first, notes] = stdout.split('\n');
      expect(head).to.match(/^run +mode +from, UTC +for +strategies +trades +result +status$/);
      expect(newest).to.match(
        new RegExp(`^ +${live} +simulated +2026-04-01 00:00 +36 hours +momentum +2 +\\+0.10 % +running$`),
      );
      expect(first).to.match(
        /^ +1 +backtest \(seed 1\) +2026-03-01 00:00 +2 days +momentum, tight +\d+ +[-+][\d.]+ % +completed$/,
      );
      expect(notes).to.equal('     on ETH/USD, SOL/USD; Wide stops, second try');
      await rows(`update run set status = 'aborted' where id = 1`);
      expect((await json<readonly Listed[]>('runs')).at(-1)!.return).to.equal(null);
      await rows(`update run set status = 'completed' where id = 1`);
    });

    it('finds them by their label, in any case, and says where none has it', async () => {
      await rows(`update run set notes = 'Wide stops, second try' where id = 1`);
      expect((await json<readonly Listed[]>('runs', '--label', 'wide STOPS')).map(({ id }) => id)).to.deep.equal([1]);
      const { code, stdout, stderr } = await bot('runs', '--label', '50%');
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.contain('No run has a label or notes that contain "50%"');
      expect((await bot('runs', '--label', ' ')).code).to.equal(2);
    });

    it('fits terminals', async () => {
      const listed = await readListed();
      const long = {
        ...listed[0]!,
        notes: 'a note of many words '.repeat(9),
        symbols: ['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD'],
      };
      for (const width of [80, 100, 120, 200]) {
        const text = renderRuns([long, ...listed], createColors(false), width);
        expect(Math.max(...text.split('\n').map(line => line.length))).to.be.at.most(width);
        expect(text).to.contain('BTC/USD, ETH/USD, SOL/USD').and.contain('momentum, tight');
      }
    });
  });

  describe('bin/bot report', () => {
    it('prints the report of a backtest again, byte for byte, also as a document', async () => {
      const { code, stdout, stderr } = await bot('report', '1');
      expect(code, stderr).to.equal(0);
      expect(stdout).to.equal(`${renderReport(report, createColors(false), 100)}\n`);
      expect(report.equity.length).to.be.above(100); // even steps, day closes and fills
      const again = await json<BacktestReport>('report', '1');
      expect(Object.keys(again)).to.deep.equal(Object.keys(report));
      expect(JSON.stringify(again, rounded)).to.equal(JSON.stringify(report, rounded));
    });

    it('is that of the newest run with one, where none is named', async () => {
      expect((await json<BacktestReport>('report')).run).to.equal(1);
    });

    it('sums up what a live run did so far, as its stored rows say', async () => {
      const { strategies, warnings, ...rest } = await json<LiveReport>('report', String(live));
      expect(rest).to.deep.equal({
        ...{ run: live, mode: 'simulated', status: 'running', currency: 'USD', initialBalance: 10_000 },
        ...{ from: '2026-04-01T00:00:00Z', to: '2026-04-02T12:00:00Z' },
      });
      expect(warnings[0]).to.contain('low sample: 1 trade (under 30)');
      const [main] = strategies;
      expect(strategies).to.have.length(1);
      expect(main).to.deep.include({ strategy: 'momentum', equity: 10_010, open: 1, stored: null });
      const [sum] = await rows(`
        select count(*)::int as trades, sum(profit_loss)::float8 as made, sum(entry_fee + (select sum(fee) from partial_exit where trade_id = t.id))::float8 as fees
        from simulated_trade as t where run_id = ${live} and status = 'closed'`);
      expect(main!.metrics).to.include({
        totalTrades: sum!['trades'],
        totalProfitLoss: sum!['made'],
        fees: sum!['fees'],
      });
      expect(main!.metrics.expectancyR).to.be.closeTo(2.4 / (200 * 0.02), 1e-9);
      expect(main!.exitsByReason).to.deep.equal([{ reason: 'take_profit', exits: 2, profitLoss: 3, fees: 0.4 }]);
      const { code, stdout } = await bot('report', String(live));
      expect(code).to.equal(0);
      expect(stdout).to.match(
        /^Live run {7}run \d+, simulated, running, 2026-04-01 00:00 → 2026-04-02 12:00 UTC, 36 hours\nStrategy {7}momentum\nEquity {9}10,000\.00 → 10,010\.00 USD \(0\.10 %\); 1 open\n/,
      );
      expect(stdout)
        .to.match(/^Trades +1 +Profit or loss +\+2\.40$/m)
        .and.match(/^take profit +2 +\+3\.00 +0\.40$/m);
    });

    it('says why there is none, with exit code 1, and that there is no such run, with 2', async () => {
      await rows(`insert into run (mode, market_source, code_version, status, ended_at, symbols, configuration_id, initial_balance)
        select mode, market_source, code_version, 'aborted', now(), symbols, configuration_id, initial_balance from run where id = 1`);
      const [{ id }] = (await rows('select max(id) as id from run')) as [{ id: number }];
      const aborted = await bot('report', String(id));
      expect([aborted.code, aborted.stdout]).to.deep.equal([1, '']);
      expect(aborted.stderr).to.contain(
        `Run ${id} has no report: only a completed backtest has one, and it is aborted.`,
      );
      await rows(`delete from run where id = ${id}`);
      const unknown = await bot('report', '99');
      expect([unknown.code, unknown.stdout]).to.deep.equal([2, '']);
      expect(unknown.stderr).to.contain('there is no run 99');
      expect((await bot('report', 'newest')).code).to.equal(2);
    });
  });

  it('say that nothing is stored, with exit code 1', async () => {
    const empty = await migratedDatabase();
    try {
      for (const command of ['report', 'runs', 'trades'])
        expect(await runHere([command], { env: { DATABASE_URL: urlOf(empty.connection) } })).to.deep.include({
          code: 1,
          stdout: '',
          stderr: 'error: No run is stored: "bot backtest" or "bot run" makes one.\n',
        });
    } finally {
      await empty.drop();
    }
  });
});
