import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '../lib/dataset/manifest.js';
import type { BacktestReport } from '../lib/report/document.js';
import { urlOf } from './bin/child.js';
import { EAGER, krakenCsv } from './bin/market-files.js';
import { migratedDatabase, type FreshDatabase } from './world/store/fixtures.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PARTS = ['bin', 'lib', 'streams', 'entities', 'migrations', 'package.json', 'tsconfig.json', 'config.yaml'];

const INDICATOR = `
import type { Indicator } from './indicator.js';
import type { Bars, Kernel } from './kernel.js';

class Range implements Kernel {
  reset(): void {}
  advance({ high, low }: Bars, from: number, to: number, out: readonly Float64Array[], at: number): void {
    for (let i = from; i < to; i++) out[at]![i] = 100 * (high[i]! / low[i]! - 1);
  }
}

export const range: Indicator = {
  minute: () => [{ keys: ['range'], unit: 'percent', make: () => new Range(), reference: 'none' }],
};
`;
const CONDITION = `
    { name: 'range', comparisons: () => [{ value: { column: 'range' }, sign: '<', threshold: 0.2, unit: '%' }] },
  ],`;

describe('a copy of the project with an indicator and a condition as CONTRIBUTING.md adds them', function () {
  this.timeout(120_000);
  let copy: string;
  let database: FreshDatabase;

  /** Changes a file of the copy. */
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(copy, file);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    expect(after, file).not.to.equal(before);
    writeFileSync(path, after);
  };
  const bot = (...args: string[]): unknown => {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, DATABASE_URL: urlOf(database.connection) };
    const { status, stdout, stderr } = spawnSync(join(copy, 'bin/bot'), [...args, '--json'], {
      encoding: 'utf8',
      env,
      cwd: copy,
    });
    expect(status, stderr).to.equal(0);
    return JSON.parse(stdout);
  };

  before(async () => {
    copy = mkdtempSync(join(tmpdir(), 'crypto-bot-copy-'));
    for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, 'lib/indicators/range.ts'), INDICATOR);
    edit('lib/indicators/catalogue.ts', text =>
      text
        .replace('import { roc,', "import { range } from './range.js';\nimport { roc,")
        .replace('bollinger, atr]', 'bollinger, atr, range]'),
    );
    edit('lib/strategy/momentum.ts', text => text.replace(/\n {2}\],(?=\n\} as const)/, CONDITION));
    writeFileSync(join(copy, 'eager.yaml'), EAGER);
    writeFileSync(join(copy, 'XBTUSD_1.csv'), krakenCsv('BTC/USD', 5, Date.UTC(2026, 0, 30), Date.UTC(2026, 1, 3)));
    database = await migratedDatabase();
    bot('import', 'XBTUSD_1.csv');
  });
  after(async () => {
    rmSync(copy, { recursive: true, force: true });
    await database.drop();
  });

  it('trades by them, verifies the other columns and exports them', () => {
    const period = ['--config', 'eager.yaml', '--from', '2026-02-01', '--to', '2026-02-03'];
    const { funnel } = bot('backtest', ...period, '--verify') as BacktestReport;
    const step = funnel.steps.at(-1)!;
    expect(step).to.include({ condition: 'range', requirement: 'range < 0.2 %' });
    expect(step.passed).to.be.below(funnel.steps.at(-2)!.passed).and.to.be.above(0);

    bot('export', ...period, '--out', 'dataset', '--format', 'csv');
    const { columns } = JSON.parse(readFileSync(join(copy, 'dataset/_manifest.json'), 'utf8')) as Manifest;
    expect(columns.find(({ name }) => name === 'range')).to.include({ unit: 'percent', role: 'feature' });
  });
});
