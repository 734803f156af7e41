import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosenStrategy } from '../../../bin/strategy/order.js';
import { UserError } from '../../../lib/errors.js';
import type { Comparison } from '../../../lib/report/compare.js';
import type { BacktestReport } from '../../../lib/report/document.js';
import type { ParityReport } from '../../../lib/report/parity.js';
import { loadConfiguration } from '../../../lib/world/config-file.js';
import { loadStrategy } from '../../../lib/world/strategies/load.js';
import { defaultSettings } from '../../support/settings.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { runHere } from '../../support/here.js';
import { runBot, until, urlOf, type ChildOptions } from '../child.js';
import { endRun, startRun } from '../live-run.js';

/** A check computes in a thread, and only one thread of a process can load tulind. */
const runCommand = (args: readonly string[], options: ChildOptions) =>
  (args[1] === 'check' ? runBot : runHere)(args, options);

describe('bin/bot strategy', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-strategy-'));
  const file = 'strategies/breakout.ts';
  let database: FreshDatabase;
  const bot = (...args: string[]) =>
    runCommand(args, { cwd: folder, env: { DATABASE_URL: urlOf(database.connection) } });
  const synthetic = [
    ...['backtest', '--synthetic', '--from', '2026-01-01', '--to', '2026-01-06', '--dry-run'],
    ...['--symbols', 'BTC/USD,DOGE/USD,ETH/USD,MINA/USD'],
  ];
  let template = '';
  before(async () => {
    database = await migratedDatabase();
    const { code, stdout, stderr } = await bot('strategy', 'new', 'breakout');
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.include('bin/bot strategy check strategies/breakout.ts');
    template = readFileSync(join(folder, file), 'utf8');
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('new: writes one that passes every law, and never over another', async () => {
    const { code, stdout } = await bot('strategy', 'check', file, '--dry-run', '--json');
    const { passed, markets } = JSON.parse(stdout) as {
      readonly passed: boolean;
      readonly markets: readonly {
        readonly opportunities: number;
        readonly laws: readonly { readonly cases: number }[];
      }[];
    };
    expect({ code, passed }).to.deep.equal({ code: 0, passed: true });
    expect(markets[0]!.opportunities).to.be.above(20);
    expect(markets[0]!.laws.every(({ cases }) => cases > 0)).to.equal(true);

    const again = await bot('strategy', 'new', 'breakout');
    expect(again.code).to.equal(2);
    expect(again.stderr).to.match(/strategies\/breakout\.ts exists already: choose another name/);
    expect((await bot('strategy', 'new', 'My Own')).stderr).to.match(/The name is "My Own": expected lower case/);
  });

  it('is backtested, with its own conditions, parameters and hash in the report', async () => {
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await bot(...synthetic, '--strategy', file, '--json', ...args);
      expect(code, stderr).to.equal(0);
      return JSON.parse(stdout) as BacktestReport;
    };
    const first = await run();
    expect(first.strategy).to.include({ name: 'breakout', use: file });
    expect(first.strategy.parameters).to.deep.equal({ period: 60, volume_factor: 2, overbought: 75 });
    expect(first.strategy.sourceHash).to.match(/^[0-9a-f]{64}$/);
    expect(first.funnel.steps.map(({ condition }) => condition)).to.deep.equal([
      'breakout',
      'volume',
      'not_overbought',
    ]);
    expect(first.trades.length).to.be.above(20);

    const other = await run('--set', 'period=200', '--set', 'breakout.overbought=60');
    expect(other.strategy.parameters).to.deep.equal({ period: 200, volume_factor: 2, overbought: 60 });
    expect(other.strategy.sourceHash).to.equal(first.strategy.sourceHash);
    expect(other.trades.length).to.be.below(first.trades.length);
  });

  it('list: shows it beside momentum', async () => {
    const { stdout } = await bot('strategy', 'list');
    expect(stdout).to.match(/^momentum\n {2}parameters {2}rsi\.period +14 +a whole number from 2 to 500\n/);
    expect(stdout).to.match(/^ {14}roc\.thresholds +\[0\.5, 1, 1\.5\] +a list of /m);
    expect(stdout).to.match(/^ {2}conditions {2}rsi {8}30 < rsi_14 < 70\n/m);
    expect(stdout).to.match(
      /breakout \(strategies\/breakout\.ts\)\n {2}parameters {2}period {9}60 {2}a whole number from 10 to 240\n {14}volume_factor {2}2 {3}a number from 0 to 10\n/,
    );
    expect(stdout).to.match(/columns {5}max_60_high, min_60_low, volume_sma_30, 5m\.rsi_14\n/);
    expect(stdout).to.match(/^ {2}exits {7}failed {2}close < min_60_low_before$/m);
  });

  it('list: shows the others beside a file that is no strategy', async () => {
    const helper = join(folder, 'strategies/helper.ts');
    writeFileSync(helper, 'export const half = (value: number) => value / 2;\n');
    try {
      const { code, stdout, stderr } = await bot('strategy', 'list');
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.match(/^breakout \(strategies\/breakout\.ts\)$/m);
      expect(stdout).to.match(
        /^strategies\/helper\.ts is no strategy\n {2}strategies\/helper\.ts: the file has no default export/m,
      );
    } finally {
      rmSync(helper);
    }
  });

  it('indicators: lists what can be requested', async () => {
    const { stdout } = await bot('strategy', 'indicators');
    expect(stdout).to.match(/^macd +fast 12, slow 26, signal 9 +macd, macd_signal, macd_histogram /m);
    expect(stdout).to.match(/^stoch +k_period, k_slowing_period, d_period +stoch_k, stoch_d +stochastic oscillator$/m);
    expect(stdout).to.match(/rsi_14, .*15m\.macd_histogram.*breadth/);
  });

  it('check: says which law is broken, where, and ends with 1', async () => {
    const cheat = `export default ({ strategy }) => {
      let seen = 0;
      return strategy({ name: 'cheat', conditions: ['odd'], decide: () => (seen++ % 3 === 0 ? 0.5 : 'odd') });
    };`;
    writeFileSync(join(folder, 'cheat.ts'), cheat);
    const { code, stdout, stderr } = await bot('strategy', 'check', 'cheat.ts', '--dry-run');
    expect(code).to.equal(1);
    expect(stdout).to.match(
      /^ {2}no twice +the same candles .*\n +\S+ at 2026-01-\S+: (?:odd|opportunity).*, but (?:odd|opportunity).* run again$/m,
    );
    expect(stderr).to.match(/^error: the strategy breaks a law$/m);
  });

  /** A change of the template, and the message that follows. */
  const mistakes: readonly (readonly [string, string, RegExp])[] = [
    [
      'columns.top.before',
      'columns.tpo.before',
      /strategies\/x\.ts:\d+:\d+: the conditions read column "tpo", which "columns" does not request: did you mean top\?/,
    ],
    [
      "indicator('max'",
      "indicator('maxx'",
      /strategies\/x\.ts:17:12: column top: no indicator "maxx": "bot strategy indicators" lists all/,
    ],
    [
      'integer(10, 240, 60)',
      'integer(10, 240, 600)',
      /x\.ts:10:15: a parameter's default is 600: expected a whole number from 10 to 240/,
    ],
    ['strategy({', 'strategy({{', /strategies\/x\.ts:5:13: Expected identifier but found "\{"/],
    [
      'export default ',
      '',
      /strategies\/x\.ts: the file has no default export; expected: export default \(\{ strategy, above \}: Kit\)/,
    ],
    [
      "name: 'breakout'",
      "name: fail('boom')",
      /x\.ts:6:\d+: the strategy failed while it was loaded: ReferenceError: fail is not defined/,
    ],
    [
      "name: 'breakout'",
      'name: (() => { for (;;); })()',
      /x\.ts: the strategy did not return within 5 s while it was loaded/,
    ],
    [
      "import type { Kit } from 'crypto-bot/strategy';",
      "import './missing.js';",
      /x\.ts:1:\d+: Could not resolve "\.\/missing\.js"/,
    ],
  ];
  for (const [what, by, says] of mistakes)
    it(`names the place of a mistake: ${by}`, async () => {
      const path = join(folder, 'strategies/x.ts');
      writeFileSync(path, template.replace(what, by));
      const { indicators } = defaultSettings;
      const mistake: unknown = await loadStrategy({ file: path, parameters: {}, indicators }).catch(
        (error: unknown) => error,
      );
      expect(mistake).to.be.instanceOf(UserError);
      expect((mistake as UserError).exitCode).to.equal(2);
      expect((mistake as UserError).lines.join('\n')).to.match(says);
    });

  it('prints the place of a mistake, with exit code 2 and nothing else', async () => {
    writeFileSync(join(folder, 'strategies/x.ts'), template.replace('columns.top.before', 'columns.tpo.before'));
    const { code, stdout, stderr } = await bot('strategy', 'list', 'strategies/x.ts');
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^error: strategies\/x\.ts:\d+:\d+: the conditions read column "tpo", [^\n]*\n$/);
  });

  for (const [args, says] of [
    [
      ['--strategy', 'none.ts'],
      /The strategy file \S*none\.ts does not exist \("bot strategy new NAME" writes one\)\.$/m,
    ],
    [['--strategy', 'strategies'], /strategies: found a folder, expected a strategy file \(/],
    [
      ['--strategy', file, '--set', 'perod=3'],
      /strategy breakout has no parameter "perod" \(did you mean period\?\): expected period, volume_factor, overbought/,
    ],
    [
      ['--strategy', file, '--set', 'period=3'],
      /parameter period of breakout is 3: expected a whole number from 10 to 240/,
    ],
    [['--strategy', file, '--set', 'period'], /--set is "period": expected name=value, as period=40/],
    [['--set', 'period=3'], /--set name=value changes a parameter of a strategy file, which --strategy FILE names\./],
  ] as const)
    it(`refuses backtest ${args.join(' ')}`, async () => {
      const [strategy, ...set] = args.filter(arg => !arg.startsWith('--'));
      const isNamed = args[0] === '--strategy';
      const given = {
        ...(isNamed && { strategy: join(folder, strategy!) }),
        set: isNamed ? set : [strategy!],
      };
      const configuration = { ...loadConfiguration(), settings: defaultSettings };
      const mistake: unknown = await chosenStrategy(given, configuration).catch((error: unknown) => error);
      expect(mistake).to.be.instanceOf(UserError);
      expect((mistake as UserError).exitCode).to.equal(2);
      expect((mistake as UserError).lines.join('\nerror: ')).to.match(says);
    });

  it('check: says where an indicator of its own fails, and on which candle', async () => {
    writeFileSync(
      join(folder, 'broken.ts'),
      `export default ({ strategy, own, above }) =>
        strategy({
          name: 'broken',
          columns: () => ({ now: own({ start: () => 0, step: () => Date.now() }) }),
          entry: ({ now }) => ({ late: above(now, 0) }),
        });`,
    );
    const { code, stdout, stderr } = await bot('strategy', 'check', 'broken.ts', '--dry-run');
    expect(code).to.equal(1);
    expect(stdout).to.match(
      /^ {2}no fails on BTC\/USD at 2026-01-05T07:30:00Z: broken\.ts:4:\d+: column now: Date\.now\(\) is not available: a strategy decides by candles and parameters alone$/m,
    );
    expect(stderr).to.match(/^error: the strategy fails$/m);
  });

  it('counts candles on which its code fails, and says when it was switched off', async () => {
    writeFileSync(
      join(folder, 'failing.ts'),
      `export default ({ strategy }) => {
        let calls = 0;
        return strategy({ name: 'failing', conditions: ['never'], decide: () => {
          if (++calls > 10) throw new Error('no idea');
          return 'never';
        } });
      };`,
    );
    const { code, stdout } = await bot(...synthetic, '--strategy', 'failing.ts', '--json');
    expect(code).to.equal(0);
    const { warnings, funnel } = JSON.parse(stdout) as BacktestReport;
    expect(warnings.join('\n')).to.match(
      /the strategy failed on \d+ candles, first on \S+ at 2026-01-01T00:\d\d:00Z: failing\.ts:4:35: no idea/,
    );
    expect(warnings.join('\n')).to.match(
      /after three failures in a row on a market it decides nothing there: first on \S+ at 2026-01-01T/,
    );
    expect(funnel.notEvaluated.error).to.be.above(1_000);
  });
});

describe('a recorded backtest of a strategy file', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-strategy-'));
  const file = 'strategies/breakout.ts';
  let database: FreshDatabase;
  const bot = (...args: string[]) =>
    runCommand(args, { cwd: folder, env: { DATABASE_URL: urlOf(database.connection) } });
  const backtest = () =>
    bot(
      ...['backtest', '--synthetic', '--from', '2026-01-01', '--to', '2026-01-03', '--symbols', 'BTC/USD,DOGE/USD'],
      ...['--strategy', file, '--set', 'period=30'],
    );
  before(async () => {
    database = await migratedDatabase();
    await bot('strategy', 'new', 'breakout');
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('names the strategy in everything that it stores, and says that it was not checked', async () => {
    const { code, stdout } = await backtest();
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^Strategy {7}breakout \(strategies\/breakout\.ts, [0-9a-f]{12}\): period 30, volume_factor 2,\s+overbought 75; unchecked$/m,
    );
    expect(stdout).to.include('! unchecked strategy: bot strategy check strategies/breakout.ts tells whether');
    const [run] = await query(database.connection, 'select strategies from run');
    const [strategy] = run!['strategies'] as readonly Record<string, unknown>[];
    expect(strategy).to.include({ name: 'breakout', use: file });
    expect(strategy!['parameters']).to.deep.equal({ period: 30, volume_factor: 2, overbought: 75 });
    expect(await query(database.connection, 'select distinct strategy from opportunity')).to.deep.equal([
      { strategy: 'breakout' },
    ]);
    expect(await query(database.connection, 'select distinct strategy_used from simulated_trade')).to.deep.equal([
      { strategy_used: 'breakout' },
    ]);
  });

  it('says that it was checked, once it was with these parameters', async () => {
    expect((await bot('strategy', 'check', file)).code).to.equal(0);
    expect((await backtest()).stdout).to.include('unchecked');
    expect((await bot('strategy', 'check', file, '--set', 'period=30')).code).to.equal(0);
    await query(
      database.connection,
      `update strategy_check set verdict = verdict || '[{"name": "stored", "symbols": ["BTC/USD"]}]'`,
    );
    expect((await backtest()).stdout).to.match(
      /overbought 75; every\s+law holds, also on stored candles of BTC\/USD \(\d{4}-\d\d-\d\d\)$/m,
    );
  });

  it('is compared with another run by the differences of their days', async () => {
    const { code, stdout } = await bot('compare', '1', '2');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^2 days in common, 2026-01-01 to 2026-01-03 \(UTC\)\n! low sample: 2 days /);
    expect(stdout).to.match(/^ +1 {2}backtest {2}breakout +-?\+?[\d.]+ % /m);
    expect(stdout).to.match(
      /^Run 2 against run 1: 0\.0000 % a day, 90 % interval 0\.0000 % to 0\.0000 %, ahead on 0 days/m,
    );
    expect(stdout).to.include('The interval contains 0: these days do not tell which one is better.');
    const comparison = JSON.parse((await bot('compare', '1', '2', '--json')).stdout) as Comparison;
    const { trades } = comparison.runs[0]!;
    expect(comparison.differences[0]).to.include({ sharedTrades: trades, ownTrades: 0, otherTrades: 0 });
    expect((await bot('compare', '1')).stderr).to.match(
      /Run 1 has one strategy, breakout, and one version .*: nothing to/,
    );
    expect((await bot('compare', '1', '77')).stderr).to.include('There is no run 77');
  });

  it('is explained by its own conditions, as long as the file is the same', async () => {
    const [entered] = await query(
      database.connection,
      `select symbol, to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as at
       from opportunity join cryptocurrency c on c.id = cryptocurrency_id order by timestamp limit 1`,
    );
    const why = () => bot('why', entered!['symbol'] as string, entered!['at'] as string);
    const { code, stdout } = await why();
    expect(code).to.equal(0);
    expect(stdout).to.include('Every condition held: an opportunity.');
    expect(stdout).to.match(/^breakout +close +\S+ +> +\S+ +max_30_high_before +yes$/m);
    expect(stdout).to.match(/^not_overbought +5m\.rsi_14 +\S+ +< +75 +yes$/m);
    expect(stdout).to.match(/^failed +close +\S+ +< +\S+ +min_30_low_before +no$/m);

    const path = join(folder, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace('real(0, 10, 2)', 'real(0, 10, 3)'));
    const changed = await why();
    expect(changed.code).to.equal(1);
    expect(changed.stderr).to.match(
      /strategies\/breakout\.ts has changed since run 3: it is [0-9a-f]{12} now, and was /,
    );
  });
});

describe('a live run of a strategy file', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-strategy-'));
  let database: FreshDatabase;
  const env = () => ({ DATABASE_URL: urlOf(database.connection) });
  const configured = (use: string, more = '') =>
    writeFileSync(
      join(folder, 'config.yaml'),
      `strategies:\n  - {name: mine, use: ${use}, parameters: {period: 20, volume_factor: 1}}\n${more}`,
    );
  const start = (...args: string[]) =>
    startRun(['--simulate', '--speed', '600', '--no-limits', '--symbols', 'BTC/USD,ETH/USD', ...args], {
      env: env(),
      cwd: folder,
    });
  before(async () => {
    database = await migratedDatabase();
    await runHere(['strategy', 'new', 'breakout'], { cwd: folder });
    // Sells soon, so that something is sold soon.
    const path = join(folder, 'strategies/breakout.ts');
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, source.replace('columns.bottom.before(1)', 'candle.close.before(1)'));
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('decides by it, stores what it decided under its name, and is explained by it', async () => {
    configured('./strategies/breakout.ts');
    const run = start();
    try {
      await until(
        'it has sold on an exit signal',
        async () =>
          (await query(database.connection, `select from partial_exit where reason = 'exit_signal'`)).length > 0,
        150_000,
      );
    } finally {
      await endRun(run, 10_000);
    }
    expect(run.said(/^strategy mine: strategies\/breakout\.ts, [0-9a-f]{12}$/)).to.equal(true);
    const decisions = await query(
      database.connection,
      'select distinct decision from market_data where decision is not null',
    );
    const names = decisions.map(({ decision }) => decision);
    expect(names).to.include.members(['breakout', 'opportunity']);
    expect(names).to.not.include.members(['rsi', 'macd']);
    // Sold at the first check after the first candle since the entry with a signal.
    const [late] = await query(
      database.connection,
      `select count(*)::int as count from partial_exit e join simulated_trade t on t.id = trade_id
       where reason = 'exit_signal' and not filled_offline and e.exit_timestamp <= (
         select min(timestamp) + interval '1 minute' from market_data
         where cryptocurrency_id = t.cryptocurrency_id and timestamp + interval '1 minute' > entry_timestamp
           and exit_signals @> '"mine"')`,
    );
    expect(late).to.deep.equal({ count: 0 });
    expect(await query(database.connection, 'select distinct strategy_used from simulated_trade')).to.deep.equal([
      { strategy_used: 'mine' },
    ]);
    const [run1] = await query(database.connection, 'select strategies from run');
    expect((run1!['strategies'] as readonly Record<string, unknown>[])[0]).to.include({
      name: 'mine',
      use: 'strategies/breakout.ts',
    });

    const [refused] = await query(
      database.connection,
      `select symbol, to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as at
       from market_data join cryptocurrency c on c.id = cryptocurrency_id where decision = 'breakout' order by timestamp desc limit 1`,
    );
    const { stdout } = await runHere(['why', refused!['symbol'] as string, refused!['at'] as string], {
      env: env(),
      cwd: folder,
    });
    expect(stdout).to.match(
      /^First condition to fail: breakout\. close \(\S+\) is not > max_20_high_before \(\S+\)\.$/m,
    );
  });

  it('has its exit signals explained too', async () => {
    const [signalled] = await query(
      database.connection,
      `select symbol, to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as at
       from market_data join cryptocurrency c on c.id = cryptocurrency_id where exit_signals is not null order by timestamp desc limit 1`,
    );
    const minute = [signalled!['symbol'] as string, signalled!['at'] as string] as const;
    const { stdout } = await runHere(['why', ...minute], { env: env(), cwd: folder });
    expect(stdout).to.match(
      /^An exit signal: failed\. If the strategy had a position here, it was sold at the next price\./m,
    );
    expect(stdout).to.match(/^exit +value +threshold +holds\nfailed +close +\S+ +< +\S+ +close_before +yes$/m);
  });

  it('is repeated by its replay, which finds what was changed since', async () => {
    const parity = (...args: string[]) => runHere(['parity', ...args], { env: env(), cwd: folder });
    const clean = await parity();
    expect(clean.stderr).to.equal('');
    expect(clean.stdout).to.match(
      /^Run 1, mine: .*, 2 markets\n(ok )?[\d,]+ decisions, \d+ opportunit\S+ and \d+ trades? replayed .*: (none differs|\d+ differ, all of them explained)\.\n/,
    );
    const document = JSON.parse((await parity('--json')).stdout) as ParityReport;
    expect(document).to.include({ run: 1, unexplained: 0 });
    expect(document.differences.filter(({ what }) => what !== 'entry' && what !== 'exit')).to.deep.equal([]);
    expect(document.decisions).to.be.above(5);

    await query(
      database.connection,
      `update market_data set decision = 'volume' where (cryptocurrency_id, timestamp) in (
         select cryptocurrency_id, timestamp from market_data where decision = 'breakout' order by timestamp desc limit 1)`,
      `update opportunity set score = score / 2 where id = (select min(id) from opportunity)`,
    );
    const changed = await parity();
    expect(changed.code).to.equal(1);
    expect(changed.stdout).to.match(/ differ, 2 not explained\.$/m);
    expect(changed.stdout).to.match(/^(?:BTC|ETH)\/USD +\S+Z +decision +volume +breakout +not explained$/m);
    expect(changed.stdout).to.match(/^(?:BTC|ETH)\/USD +\S+Z +score +\S+ +\S+ +not explained$/m);
    expect(changed.stderr).to.match(/^error: 2 differences are not explained$/m);
    expect((await parity('--run', '7')).stderr).to.match(/there is no live or simulated run 7/);
    expect((await parity('--from', '2040-01-01')).stderr).to.match(/Run 1 stored no decision in the period\./);
  });

  it('is checked with its configuration, and by its name', async () => {
    configured('./strategies/breakout.ts');
    const here = (...args: string[]) => runHere(args, { env: env(), cwd: folder });
    const checkedConfig = await here('config', 'check');
    expect(checkedConfig.code, checkedConfig.stderr).to.equal(0);
    // A process of its own: this one has loaded tulind, and one thread of a process can.
    const { code, stdout, stderr } = await runBot(['strategy', 'check', 'mine', '--dry-run'], {
      env: env(),
      cwd: folder,
    });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^breakout \(strategies\/breakout\.ts, [0-9a-f]{12}\)$/m);
    const refused = await here('strategy', 'check', 'momentum');
    expect([refused.code, refused.stderr]).to.deep.equal([
      2,
      'error: momentum is the momentum strategy of the bot: expected a strategy file to check\n',
    ]);
    configured('./strategies/none.ts');
    const missing = await here('config', 'check');
    expect([missing.code, missing.stdout]).to.deep.equal([2, '']);
    expect(missing.stderr).to.match(/^error: The strategy file strategies\/none\.ts does not exist/);
  });

  it('does not start with a file that is missing or refuses its parameters', async () => {
    for (const [use, says] of [
      ['./strategies/none.ts', /The strategy file strategies\/none\.ts does not exist/],
      ['./strategies/odd.ts', /strategies\/odd\.ts: strategy breakout has no parameter "volume_factor"/],
    ] as const) {
      const path = join(folder, 'strategies/breakout.ts');
      writeFileSync(
        join(folder, 'strategies/odd.ts'),
        readFileSync(path, 'utf8').replaceAll('volume_factor', 'factor'),
      );
      configured(use);
      const run = start();
      expect((await run.ended).code).to.equal(2);
      expect(run.said(says)).to.equal(true);
    }
  });
});
