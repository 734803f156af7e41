import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExchangeFailure } from '../lib/exchange/failure.js';
import type { Manifest } from '../lib/training/manifest.js';
import { sellAt } from '../lib/portfolio/fills.js';
import type { BacktestReport } from '../lib/report/document.js';
import type * as Commands from '../bin/cli/index.js';
import type * as Positions from '../bin/run/positions.js';
import type * as ObserveMissed from '../lib/portfolio/observe-missed.js';
import type * as ExitDoc from '../lib/portfolio/exit-doc.js';
import type * as ProtectionDoc from '../lib/portfolio/protection-doc.js';
import type * as Read from '../lib/settings/read.js';
import type * as Render from '../lib/settings/render.js';
import type * as Restart from '../lib/settings/restart.js';
import type * as Doc from '../lib/universe/doc.js';
import type * as OpenExchange from '../lib/world/exchange/index.js';
import type { Why } from '../lib/report/why.js';
import { urlOf } from './bin/child.js';
import { EAGER, krakenCsv } from './bin/market-files.js';
import { openPositionDesk } from './bin/run/position-desk.js';
import { candle, free, minute, opportunity, play, risk } from './support/broker.js';
import { NOON, refusal, result, startKraken } from './world/exchange/server.js';
import { migratedDatabase, query, type FreshDatabase } from './world/store/fixtures.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PARTS = [
  'bin',
  'lib',
  'streams',
  'entities',
  'migrations',
  'scripts',
  'docs',
  'package.json',
  'tsconfig.json',
  'config.yaml',
];

/** Percent a day: the market's volatility is below it for a part of the period. */
const LIVELY = 4;
/** Minutes: some trades end at the next whole multiple of it, others before. */
const EACH = 90;
const nextStroke = (at: number): number => (Math.floor(at / 60_000 / EACH) + 1) * EACH * 60_000;
/** The first block of code in a section of CONTRIBUTING.md, as a file of its own. */
const recipe = (heading: string): string => {
  const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const section = page.slice(page.indexOf(`\n## ${heading}\n`));
  return /\n {3}```ts\n([^]*?)\n {3}```\n/.exec(section)![1]!.replace(/^ {3}/gm, '');
};

describe('a copy of the project with additions as CONTRIBUTING.md makes them', function () {
  this.timeout(120_000);
  let copy: string;
  let database: FreshDatabase;
  let report: BacktestReport;
  const period = ['--config', 'eager.yaml', '--from', '2026-02-01', '--to', '2026-02-03'];

  /** Changes a file of the copy. */
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(copy, file);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    expect(after, file).not.to.equal(before);
    writeFileSync(path, after);
  };
  /** Writes a recipe's file, and its lines in the index. */
  const add = (name: string, file: string, index: string, lines: readonly (readonly [string, string])[]): void => {
    writeFileSync(join(copy, file), recipe(name));
    edit(index, text => lines.reduce((edited, [from, to]) => edited.replace(from, to), text));
  };
  const run = (program: string, ...args: string[]) => {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, DATABASE_URL: urlOf(database.connection) };
    return spawnSync(process.execPath, [join(copy, program), ...args], { encoding: 'utf8', env, cwd: copy });
  };
  const bot = (...args: string[]): unknown => {
    const { status, stdout, stderr } = run('bin/bot', ...args, '--json');
    expect(status, stderr).to.equal(0);
    return JSON.parse(stdout);
  };

  before(async () => {
    copy = mkdtempSync(join(tmpdir(), 'crypto-bot-copy-'));
    for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    add('An indicator', 'lib/indicators/range.ts', 'lib/indicators/catalogue.ts', [
      ['import { roc,', "import { range } from './range.js';\nimport { roc,"],
      ['bollinger, atr]', 'bollinger, atr, range]'],
    ]);
    add('A strategy condition', 'lib/strategy/conditions/range.ts', 'lib/strategy/conditions/index.ts', [
      ['import { roc }', "import { range } from './range.js';\nimport { roc }"],
      ['volume, trend]', 'volume, trend, range]'],
    ]);
    add('A universe rule', 'lib/universe/rules/liveliness.ts', 'lib/universe/rules/index.ts', [
      ['import { marketCap }', "import { liveliness } from './liveliness.js';\nimport { marketCap }"],
      ['  coverage,\n]', '  coverage,\n  liveliness,\n]'],
    ]);
    add('An exit rule', 'lib/portfolio/exits/clock.ts', 'lib/portfolio/exits/index.ts', [
      ['import { stopLossAtr }', "import { clock } from './clock.js';\nimport { stopLossAtr }"],
      ['exitSignal]', 'exitSignal, clock]'],
    ]);
    add('A protection', 'lib/portfolio/protections/after-loss.ts', 'lib/portfolio/protections/index.ts', [
      ['import { dailyLossLimit }', "import { afterLoss } from './after-loss.js';\nimport { dailyLossLimit }"],
      ['lowProfitMarket]', 'lowProfitMarket, afterLoss]'],
    ]);
    add('A sink', 'lib/sinks/trades-file.ts', 'lib/sinks/index.ts', [
      ['import { metrics }', "import { tradesFile } from './trades-file.js';\nimport { metrics }"],
      ['metrics]', 'metrics, tradesFile]'],
    ]);
    add('A command', 'bin/cli/coins.ts', 'bin/cli/index.ts', [
      ['import { config }', "import { coins } from './coins.js';\nimport { config }"],
      ['  universe,\n', '  universe,\n  coins,\n'],
    ]);
    add('An exchange', 'lib/kraken/toy.ts', 'lib/exchange/adapters.ts', [
      ['import type { ExchangeAdapter }', "import { TOY } from '../kraken/toy.js';\nimport type { ExchangeAdapter }"],
      ['[KRAKEN]', '[KRAKEN, TOY]'],
    ]);
    const eager = EAGER.replace('filtering: { ', `filtering: { min_volatility: ${LIVELY}, `);
    const held = `risk_management: { sell_each_minutes: ${EACH}, stop_loss_percentage: 0.5, protections: { after_loss: { minutes: 20 } } }\n`;
    writeFileSync(join(copy, 'eager.yaml'), `${eager}  range: { of: close, max: 0.2 }\n${held}`);
    writeFileSync(join(copy, 'XBTUSD_1.csv'), krakenCsv('BTC/USD', 5, Date.UTC(2026, 0, 30), Date.UTC(2026, 1, 3)));
    for (const name of ['toy', 'binance']) writeFileSync(join(copy, `${name}.yaml`), `exchange: { name: ${name} }`);
    writeFileSync(join(copy, 'wrong.yaml'), 'filtering: { min_volatility: 101 }');
    database = await migratedDatabase();
    expect(run('scripts/prepare.mjs').status).to.equal(0); // its commands start in a third of the time
    bot('import', 'XBTUSD_1.csv');
    report = bot('backtest', ...period, '--verify') as BacktestReport;
    bot('export', ...period, '--out', 'dataset', '--format', 'csv');
  });
  after(async () => {
    rmSync(copy, { recursive: true, force: true });
    await database.drop();
  });

  it('compiles, and writes config.yaml and the tables of rules', async () => {
    const { status, stdout } = run('node_modules/typescript-native/bin/tsc', '--noEmit');
    expect(status, stdout).to.equal(0);
    const page = readFileSync(join(ROOT, 'docs/semantics.md'), 'utf8');
    const { renderConfigYaml } = (await import(join(copy, 'lib/settings/render.ts'))) as typeof Render;
    const { withRuleTable } = (await import(join(copy, 'lib/universe/doc.ts'))) as typeof Doc;
    const key = /# Minimum volatility.*\n {2}min_volatility: 1 .*# percent a day · default 1 · above 0 and up to 100\n/;
    expect(renderConfigYaml()).to.match(key);
    expect(renderConfigYaml()).to.match(
      /\n {2}range:\n.*\n {4}of: low .*# price · default low · low, close\n.*\n {4}max: 5 .*/,
    );
    const { restartReason } = (await import(join(copy, 'lib/settings/restart.ts'))) as typeof Restart;
    expect(restartReason('momentum_strategy.range.of')).to.match(/^changed indicators restart/);
    expect(restartReason('momentum_strategy.range.max')).to.equal(null);
    const { withExitTable } = (await import(join(copy, 'lib/portfolio/exit-doc.ts'))) as typeof ExitDoc;
    expect(withExitTable(page)).to.include(
      '| `exit_signal` | all that remains, after the first candle since the entry on which an exit of its strategy held | no |\n' +
        '| `clock` | all that remains, at the first whole multiple of `sell_each_minutes` after the entry | no |\n',
    );
    expect(renderConfigYaml()).to.match(
      /\nrisk_management:\n[^]*\n {2}sell_each_minutes: 1440 .*\n[^]*\napplication:\n[^]*\n {2}trades_file: null .*\n/,
    );
    expect(restartReason('risk_management.sell_each_minutes')).to.equal(null);
    expect(restartReason('application.trades_file')).to.match(/^sinks are opened once/);
    const { withProtectionTable } = (await import(
      join(copy, 'lib/portfolio/protection-doc.ts')
    )) as typeof ProtectionDoc;
    expect(withProtectionTable(page)).to.include(
      '\n| `after_loss` | a trade made a loss | its market | `minutes` after it closed |\n',
    );
    expect(renderConfigYaml()).to.match(
      /\n {4}after_loss:\n.*\n {6}minutes: null .*# minutes · default null · from 1 to 10080\n/,
    );
    expect(withRuleTable(page)).to.include('| `liveliness` | the volatility is ≥ `min_volatility` |');
  });

  it('trades by them, verifies the other columns and exports them', () => {
    const { funnel, universe } = report;
    const step = funnel.steps.at(-1)!;
    expect(step).to.include({ condition: 'range', requirement: 'range < 0.2 %' });
    expect(step.passed).to.be.below(funnel.steps.at(-2)!.passed).and.to.be.above(0);
    expect(universe.rulesApplied.at(-1)).to.equal('liveliness');
    expect(funnel.notTradable).to.have.property('liveliness').that.is.above(0);

    const { columns } = JSON.parse(readFileSync(join(copy, 'dataset/_manifest.json'), 'utf8')) as Manifest;
    expect(columns.find(({ name }) => name === 'range')).to.include({ unit: 'percent', role: 'feature' });
  });

  it('keeps back entries by the protection, under its reason', async () => {
    const { rejected } = report.funnel.outcomes;
    expect(rejected).to.have.property('after_loss').that.is.above(0);
    const stored = await query(
      database.connection,
      "select count(*)::int from opportunity where run_id = (select max(id) from run) and reason = 'after_loss'",
    );
    expect(stored).to.deep.equal([{ count: (rejected as Record<string, number>)['after_loss'] }]);
  });

  it('sells by the exit rule in a backtest, under its reason, and labels candles alike', async () => {
    const { exitsByReason, trades } = report;
    const reasons = exitsByReason.map(({ reason }) => reason as string);
    expect(reasons).to.include('clock').and.to.include.oneOf(['stop_loss', 'trailing_stop', 'take_profit']);
    const overdue = trades.filter(({ exits }) => (exits.at(-1)!.reason as string) === 'clock');
    for (const { entryTime, exits } of overdue)
      // sold at the open of its first candle that is late enough, and a candle's time is its close
      expect(Date.parse(exits.at(-1)!.time)).to.be.at.least(nextStroke(Date.parse(entryTime)) + 60_000);

    const stored = await query(
      database.connection,
      `select to_char(o.timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, (
         select reason from partial_exit where trade_id = trade.id order by sequence desc limit 1) as reason
       from simulated_trade trade join opportunity o on o.id = opportunity_id
       where trade.run_id = (select max(id) from run) and trade.status = 'closed'`,
    );
    const text = readFileSync(join(copy, 'dataset/data/symbol=BTC-USD/year=2026/part-0.csv'));
    const ends = new Map(
      parse<Record<string, string>>(text, { columns: true }).map(row => [row['open_time'], row['barrier_exit']]),
    );
    const traded = stored.filter(({ reason }) => reason !== 'end_of_data');
    expect(traded.filter(({ reason }) => reason === 'clock')).to.have.length(overdue.length);
    for (const { at, reason } of traded) expect([at, ends.get(at as string)]).to.deep.equal([at, reason]);
  });

  it('sells by the exit rule in missed time, at the low of the first candle with a check that is late enough', async () => {
    const { observeMissed } = (await import(join(copy, 'lib/portfolio/observe-missed.ts'))) as typeof ObserveMissed;
    const soldBy = (checkAt: number | null) => {
      const limited = { ...risk(), sellEachMs: EACH * 60_000 };
      const story = { candles: [candle(0, 100, 100, 100, 100), candle(1, 100, 100, 100, 100)], risk: limited };
      const { portfolio } = play({ ...story, opportunities: [opportunity(0)] }).broker;
      const [trade] = portfolio.open;
      const seen = { at: minute(1 + EACH), high: 101, low: 99, checkAt, stop: trade!.stop };
      const events = observeMissed(portfolio, trade!, seen, { rate: 1, sell: sellAt(1, free) });
      return events.flatMap(event =>
        event.kind === 'exited' ? [[event.exit.reason as string, event.exit.price]] : [],
      );
    };
    const deadline = nextStroke(minute(1)); // it was bought in minute 1
    expect(soldBy(null)).to.deep.equal([]);
    expect(soldBy(deadline - 1)).to.deep.equal([]);
    expect(soldBy(deadline)).to.deep.equal([['clock', 99]]);
  });

  it('sells by the exit rule live, which the sink writes to its file', async () => {
    const file = join(copy, 'trades.jsonl');
    const { positions } = (await import(join(copy, 'bin/run/positions.ts'))) as typeof Positions;
    const { readSettings } = (await import(join(copy, 'lib/settings/read.ts'))) as typeof Read;
    const settings = `exchange: { url: URL, clock_speed: 240 }
application: { trades_file: ${file} }
risk_management: { sell_each_minutes: 1, stop_loss_percentage: 90, max_opportunity_age_seconds: 3600 }`;
    const desk = await openPositionDesk({
      symbols: ['ETH/USD'],
      start: Date.UTC(2026, 3, 12, 12, 0, 30),
      speed: 240,
      configurations: [settings],
      project: { positions, settingsOf: yaml => readSettings(yaml!, 'test.yaml', {}).settings },
    });
    try {
      desk.start();
      await desk.waitUntil('the trade is in the file', () => existsSync(file) && readFileSync(file, 'utf8') !== '');
      expect(readFileSync(file, 'utf8')).to.equal('{"symbol":"ETH/USD","reason":"clock"}\n');
      expect(await desk.rows('select reason from partial_exit')).to.deep.equal([{ reason: 'clock' }]);
    } finally {
      await desk.close();
    }
  });

  it('checks the keys of the rule and explains its verdicts', () => {
    const { status, stderr } = run('bin/bot', 'config', 'check', '--config', 'wrong.yaml');
    expect(status).to.equal(2);
    expect(stderr).to.include(
      'wrong.yaml:1 filtering.min_volatility: found 101, expected a number above 0 and up to 100 (percent)',
    );

    const { rules } = bot('why', 'BTC/USD', '2026-02-01T12:30') as Why;
    expect(rules.at(-1)).to.include({ rule: 'liveliness', threshold: LIVELY, comparison: '≥' });
  });

  it('watches the exchange that config.yaml names, by its own clock, candles, limits and words', async () => {
    const { openExchange } = (await import(join(copy, 'lib/world/exchange/index.ts'))) as typeof OpenExchange;
    const { readSettings } = (await import(join(copy, 'lib/settings/read.ts'))) as typeof Read;
    const kraken = await startKraken();
    const open = (name: string) => {
      const text = `exchange: { name: ${name}, url: '${kraken.url}', rate_limit_retries: 0 }`;
      return openExchange(readSettings(text, 'config.yaml', {}).settings.exchange);
    };
    const [toy, other] = [open('toy'), open('kraken')];
    try {
      kraken.answers.set('Time', result({ unixtime: NOON / 1_000, ms: NOON + 3_000 }));
      const row = (at: number) => [at / 1_000, '100', '102', '99', '101', '100.5', '2.5', 7];
      let since = '';
      kraken.answers.set('OHLC', (response, query, request) => {
        since = query.get('since')!;
        result({ XXBTZUSD: [row(NOON - 120_000), row(NOON - 60_000)], last: 0 })(response, query, request);
      });
      // three seconds after noon, the last minute will settle in 17 more
      expect((await toy.ohlc('BTC/USD', 1)).rows.map(({ at }) => at)).to.deep.equal([NOON - 120_000]);
      expect(Number(since)).to.be.within(NOON / 1_000 - 300 * 60, NOON / 1_000 - 298 * 60);
      expect(await toy.usage()).to.include({ perMinute: 120 });
      expect(await other.usage()).to.include({ perMinute: 60 });
      kraken.answers.set('OHLC', refusal('EGeneral:SLOW_DOWN'));
      const kindOf = (exchange: typeof toy) =>
        exchange.ohlc('ETH/USD', 1).catch((error: unknown) => (error as ExchangeFailure).kind);
      expect([await kindOf(other), await kindOf(toy)]).to.deep.equal(['temporary', 'rate_limit']);
    } finally {
      toy.close();
      other.close();
      await kraken.close();
    }
    expect(bot('config', 'check', '--config', 'toy.yaml'))
      .to.have.property('warnings')
      .that.deep.equals([]);
    const { status, stderr } = run('bin/bot', 'config', 'check', '--config', 'binance.yaml');
    expect(status).to.equal(2);
    expect(stderr).to.include('exchange.name: found "binance", expected one of kraken, toy');
  });

  it('runs the command and lists it among the others', async () => {
    expect(bot('coins')).to.deep.equal({ markets: 1 });
    const { COMMANDS } = (await import(join(copy, 'bin/cli/index.ts'))) as typeof Commands;
    const names = COMMANDS.map(({ name }) => name);
    expect(names[names.indexOf('universe') + 1]).to.equal('coins');
  });
});
