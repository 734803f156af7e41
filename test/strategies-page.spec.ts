import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tulind from 'tulind';
import type { BacktestReport } from '../lib/report/document.js';
import { KIT } from '../lib/strategy/kit-tools.js';
import { LAWS } from '../lib/strategy/laws.js';
import { bundleStrategy } from '../lib/world/strategies/bundle.js';
import { checkOn, generatedMarkets } from '../lib/world/strategies/check.js';
import { loadHere } from '../lib/world/strategies/load.js';
import { codeOf } from './support/doc-blocks.js';
import { runHere } from './support/here.js';
import { defaultSettings, settingsOf } from './support/settings.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const page = readFileSync(join(root, 'docs/strategies.md'), 'utf8');
const examples = codeOf(page, 'ts').map(code => ({ code, name: /^ {4}name: '(\w+)',$/m.exec(code)?.[1] ?? '' }));

describe('docs/strategies.md', function () {
  this.timeout(120_000);
  let folder: string;
  const fileOf = (name: string) => join(folder, 'strategies', `${name}.ts`);
  /** What the compiler says of the folder; empty if nothing. */
  const types = (): string => {
    try {
      const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
      execFileSync(process.execPath, [compiler, '-p', join(folder, 'strategies')], { encoding: 'utf8' });
      return '';
    } catch (error) {
      return (error as { readonly stdout: string }).stdout;
    }
  };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-strategies-page-'));
    mkdirSync(join(folder, 'strategies'));
    expect((await runHere(['strategy', 'new', 'template'], { cwd: folder })).code).to.equal(0);
    for (const { name, code } of examples) writeFileSync(fileOf(name), code);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has five examples', () => {
    expect(examples.map(({ name }) => name)).to.deep.equal([
      'mean_reversion',
      'channel_breakout',
      'three_timeframes',
      'volume_spike',
      'efficiency',
    ]);
  });

  it('names a strategy in the configuration as the configuration takes it', () => {
    const [yaml = ''] = codeOf(page, 'yaml');
    expect(settingsOf(yaml).strategies.map(({ name, use, parameters }) => ({ name, use, parameters }))).to.deep.equal([
      { name: 'my_breakout', use: './strategies/my_breakout.ts', parameters: { period: 90, volume_factor: 1.5 } },
    ]);
  });

  it('names every function of the kit in its table', () => {
    const rows = page.split('\n').filter(line => line.startsWith('| `'));
    const named = rows.flatMap(row => [...row.split('|')[1]!.matchAll(/`(\w+)\(/g)].map(([, name]) => name!));
    expect(named).to.include.members(Object.keys(KIT));
    expect(named.filter(name => !(name in KIT))).to.deep.equal([]);
  });

  it('has examples, and "strategy new" a template, without errors of types, which would be seen', () => {
    expect(types()).to.equal('');
    const { name, code } = examples[0]!;
    writeFileSync(fileOf('misspelt'), code.replace('({ lower, rsi, mean },', '({ lower, rsi, maen: mean },'));
    expect(types(), name).to.match(/misspelt\.ts\(\d+,\d+\): error TS\d+: .*'maen'/);
    rmSync(fileOf('misspelt'));
  });

  // One as thoroughly as "bot strategy check": they are made of the same kit, whose indicators and
  // conditions test/strategy/laws.spec.ts holds against the laws one by one.
  for (const [n, { name }] of examples.entries())
    it(`has an example that keeps every law and trades: ${name}`, async () => {
      const file = fileOf(name);
      const { code, stdout, stderr } = await runHere(
        [
          ...['backtest', '--synthetic', '--from', '2026-01-01', '--to', '2026-01-04', '--dry-run', '--json'],
          ...['--symbols', 'BTC/USD,DOGE/USD,MINA/USD', '--strategy', file],
        ],
        { cwd: folder, env: { BOT_DATA_DIR: join(folder, 'data') } },
      );
      // In this thread: only one thread of a process can load tulind, and other tests do.
      const order = { file, parameters: {}, indicators: defaultSettings.indicators };
      const loaded = await loadHere(await bundleStrategy(file), order, tulind.indicators);
      const { failure, laws, opportunities } = checkOn(
        loaded,
        defaultSettings,
        generatedMarkets(),
        1,
        () => undefined,
        n === examples.length - 1 ? undefined : 1,
      );
      expect(failure).to.equal(null);
      expect(laws.map(({ law, cases, breach }) => ({ law, isTried: cases > 0, breach }))).to.deep.equal(
        LAWS.map(law => ({ law, isTried: true, breach: null })),
      );
      expect(opportunities).to.be.above(10);

      expect(code, stderr).to.equal(0);
      const report = JSON.parse(stdout) as BacktestReport;
      expect(report.strategy.name).to.equal(name);
      expect(report.trades.length).to.be.at.least(4);
    });
});
