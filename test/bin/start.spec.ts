import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBot, type Ended } from './child.js';

/** A script of a process, as V8 reports what of it has run. */
interface Script {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly count: number }[];
  }[];
}

/** The names of the packages that a command loads, from what V8 reports at its end. */
const packagesOf = async (args: readonly string[]): Promise<{ ended: Ended; packages: ReadonlySet<string> }> => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-scripts-'));
  try {
    const ended = await runBot(args, { env: { NODE_V8_COVERAGE: folder } });
    const scripts = readdirSync(folder).flatMap(name => {
      const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: readonly Script[] };
      return result;
    });
    // In the bundle a library's module is a function that bears its path: it has run where it was loaded.
    const paths = scripts.flatMap(({ url, functions }) => [
      url,
      ...functions.filter(({ ranges }) => ranges[0]!.count > 0).map(({ functionName }) => functionName),
    ]);
    const packages = paths.flatMap(path => /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    return { ended, packages: new Set(packages) };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const heavy = (packages: ReadonlySet<string>): string[] =>
  [...packages].filter(name => /^(ccxt|@mikro-orm\/.*|knex|kysely|pg|rxjs|convict|tulind|bunyan)$/.test(name));

describe('bin/bot, started', () => {
  it('answers --help within ten starts of Node itself', async () => {
    const bare: number[] = [];
    const help: number[] = [];
    for (let i = 0; i < 5; i++) {
      let began = performance.now();
      expect(spawnSync(process.execPath, ['--eval', '0']).status).to.equal(0);
      bare.push(performance.now() - began);
      began = performance.now();
      const { code, stdout, stderr } = await runBot(['--help']);
      help.push(performance.now() - began);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      for (const command of ['import', 'backtest', 'status', 'migrate', 'config']) expect(stdout).to.include(command);
    }
    // A ratio of two fastest starts, since a busy machine slows down both.
    expect(
      Math.min(...help) / Math.min(...bare),
      `${help.join(', ')} ms, Node alone ${bare.join(', ')} ms`,
    ).to.be.below(10);
  });

  it('loads nothing heavy to show a help text or to refuse an option', async () => {
    for (const [args, code] of [
      [['--help'], 0],
      [['backtest', '--help'], 0],
      [['backtest', '--bogus'], 2],
    ] as const) {
      const { ended, packages } = await packagesOf(args);
      expect(ended.code, args.join(' ')).to.equal(code);
      expect(packages.has('commander'), 'commander is seen, so packages are').to.equal(true);
      expect(heavy(packages), args.join(' ')).to.deep.equal([]);
    }
  });

  it('needs no database to check a configuration', async () => {
    const { ended, packages } = await packagesOf(['config', 'check']);
    expect(ended.code).to.equal(0);
    expect(heavy(packages)).to.deep.equal(['convict']);
  });

  it('shows its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await runBot(['--version'])).to.deep.equal({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });
});
