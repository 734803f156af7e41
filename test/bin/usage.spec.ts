import { expect } from 'chai';
import type { Command } from 'commander';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '../../bin/cli.js';
import { HELP_GROUPS } from '../../bin/cli/command.js';
import { WORDS } from '../../bin/cli/elsewhere.js';
import type { Parser } from '../../bin/cli/parser.js';
import { openTerminal } from '../../bin/terminal.js';
import { jsonHere, runHere } from '../support/here.js';
import { csvRow } from '../world/import/files.js';
import { migratedDatabase, type FreshDatabase } from '../world/store/fixtures.js';
import { runBot, urlOf } from './child.js';

const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
const everyOf = (command: Command): Command[] => [command, ...command.commands.flatMap(everyOf)];
const terminal = openTerminal(new AbortController().signal);
const bot = () => program(terminal);

/** Parses a command line without running it: what it prints, and whether a command would run. */
const parse = async (typed: string): Promise<{ said: string; ran: number }> => {
  const root = bot();
  const found = { said: '', ran: 0 };
  const keep = (text: string) => void (found.said += text);
  for (const command of everyOf(root)) {
    command.configureOutput({ writeErr: keep, writeOut: keep });
    if (command.commands.length === 0)
      command.action(() => {
        found.ran++;
      });
  }
  await root.parseAsync(typed.split(' '), { from: 'user' }).catch(() => undefined);
  return found;
};

describe('bin/bot --help', () => {
  it('lists every command under a heading, the headings in the order of use', () => {
    const help = bot().helpInformation();
    const headings = [...help.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading);
    expect(headings).to.deep.equal(['Options', ...HELP_GROUPS]);
    const under = (heading: string) => help.split(`\n${heading}:\n`)[1]!.split('\n\n')[0]!;
    expect(under('First steps')).to.match(/^ {2}import .*^ {2}download /ms);
    expect(under('Live')).to.match(/^ {2}run .*^ {2}status /ms);
    expect(under('Maintenance')).to.match(/^ {2}migrate .*^ {2}help /ms);
  });

  for (const leaf of leavesOf(bot()))
    it(`has a whole example of ${leaf.parent!.name()} ${leaf.name()} that is accepted`, async () => {
      const { example } = leaf as Parser;
      const text = await parse(`${example!.replace(/^bin\/bot /, '')} --help`);
      expect(text.said).to.match(new RegExp(`\nExample:\n {2}bin/bot .*\\b${leaf.name()}\\b.*\n$`));
      expect(await parse(example!.replace(/^bin\/bot /, ''))).to.deep.equal({ said: '', ran: 1 });
    });
});

describe('the examples of --help', () => {
  let database: FreshDatabase;
  let cwd: string;
  before(async () => {
    database = await migratedDatabase();
    cwd = mkdtempSync(join(tmpdir(), 'crypto-bot-usage-'));
    writeFileSync(join(cwd, 'XBTUSD_1.csv'), csvRow(0, 10) + csvRow(1, 10) + csvRow(2, 11));
    copyFileSync(new URL('../../config.yaml', import.meta.url), join(cwd, 'config.yaml'));
  });
  after(async () => {
    await database.drop();
    rmSync(cwd, { recursive: true, force: true });
  });

  it('work as they are, where they need no run, exchange or long history', async () => {
    const world = { cwd, env: { DATABASE_URL: urlOf(database.connection) } };
    await jsonHere(['import', 'XBTUSD_1.csv'], world);
    const needsMore =
      /bot (import|download|why|compare|parity|trades|run|universe|simulate-exchange|export|seed|config (diff|show)|data repair)\b/;
    const examples = leavesOf(bot()).flatMap(leaf => (leaf as Parser).example ?? []);
    const tried = examples.filter(example => !needsMore.test(example));
    expect(tried.length).to.be.at.least(10);
    for (const example of tried) {
      // tulind's module loads in one thread of a process.
      const runs = /bot strategy (check|list|indicators)/.test(example) ? runBot : runHere;
      const { code, stdout, stderr } = await runs(example.split(' ').slice(1), world);
      expect(code, `${example}: ${stdout}${stderr}`).to.equal(example.includes('status --check') ? 4 : 0);
    }
    expect(readFileSync(join(cwd, 'gaps.html'), 'utf8')).to.include('<html');
  }).timeout(120_000);
});

describe('a usage error', () => {
  const cases: readonly (readonly [typed: string, ...lines: string[]])[] = [
    ['backtst', 'There is no command "bot backtst": did you mean "bot backtest"?', '"bot --help" lists the commands.'],
    [
      'check',
      'There is no command "bot check": did you mean "bot data check" or "bot strategy check" or "bot config check"?',
      '"bot --help" lists the commands.',
    ],
    [
      'data verify',
      'There is no command "bot data verify": expected one of check, revisions, repair, retain.',
      '"bot data --help" lists the commands.',
    ],
    [
      'run --onyl scanner',
      '"bot run" has no option --onyl: did you mean --only?',
      '"bot run --help" explains its options.',
    ],
    ['status --json=yes', '--json: found the value "yes", expected none: it is a switch.'],
    [
      'config diff 1',
      '"bot config diff": found no TO, expected <to> (version to compare it with).',
      'For example: bin/bot config diff 1 2',
    ],
    [
      'migrate --down',
      '--down: found no value, expected --down <name> (revert this migration and all after it).',
      'For example: bin/bot migrate --status',
    ],
    [
      'why BTC/USD 2026-04-01 12:30 x',
      '"bot why": found "12:30", "x", expected only <market> <time>. A value with spaces needs quotes.',
      'For example: bin/bot why BTC/USD 2026-04-01T12:30',
    ],
    [
      'seed now',
      '"bot seed": found "now", expected no argument. A value with spaces needs quotes.',
      'For example: bin/bot seed',
    ],
    ['status --check --watch', '--check and --watch cannot be used together: leave out one of them.'],
    ['export --format xml', '--format: found "xml", expected one of parquet, csv.', '"bot export --help" explains it.'],
    [
      'compare foo',
      'RUNS: found "foo", expected a whole number from 1 to 2147483647.',
      '"bot compare --help" explains it.',
    ],
    [
      "compare it's",
      'RUNS: found "it\'s", expected a whole number from 1 to 2147483647.',
      '"bot compare --help" explains it.',
    ],
  ];
  for (const [typed, ...lines] of cases)
    it(`says what was found, what was expected and what to do: bot ${typed}`, async () => {
      const said = lines.map(line => `error: ${line}\n`).join('');
      expect(await parse(typed)).to.deep.equal({ said, ran: 0 });
    });
});

describe('a command of another bot', () => {
  it('is answered with what to use here, whatever its case and dashes', async () => {
    const words =
      'optimize hyperopt plot plot-dataframe plot-profit show-trades show_trades stop start trade backtesting download-data list-data list-pairs list-strategies new-strategy import-candles forceexit webserver';
    for (const word of words.split(' ').flatMap(each => [each, each.toUpperCase()])) {
      const { said, ran } = await parse(word);
      expect(ran).to.equal(0);
      expect(said, word).to.match(new RegExp(`^error: There is no command "bot ${word}"\\. .*\\bbin/bot .*\n$`));
    }
  });

  it('is none of ours', () => {
    const names = bot().commands.map(command => command.name());
    expect(names.filter(name => WORDS.has(name))).to.deep.equal([]);
  });

  it('is answered with commands and options that exist', async () => {
    const lines = [...new Set([...WORDS.values()].flatMap(answer => answer.match(/bin\/bot( [\w./:=,-]+)+/g) ?? []))];
    expect(lines.length).to.be.at.least(15);
    for (const line of lines) {
      const args = line
        .split(/[,:.] /)[0]!
        .replace(/[.,:]$/, '')
        .split(' ')
        .slice(1);
      if (args[0] === '--version') continue;
      // the words of the sentence after a command are no arguments of it, but its options are
      const ends = args.map((_, n) => n + 1).filter(n => !args.slice(n).some(word => word.startsWith('--')));
      const found = await Promise.all(ends.map(end => parse(args.slice(0, end).join(' '))));
      expect(
        found.some(({ ran }) => ran === 1),
        line,
      ).to.equal(true);
    }
  });
});
