import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FILE_SPANS } from '../lib/dataset/partition.js';
import { Aborted, UserError } from '../lib/errors.js';
import { databaseFault } from '../lib/world/database/faults.js';
import { environment } from '../lib/world/environment.js';
import { outOfFiles } from '../lib/world/open-files.js';
import { stopSignal } from './stop-signal.js';
import { openTerminal, type Terminal } from './terminal.js';

/** What a command's module exports: its action, loaded only when it is asked for. */
type Action = (...args: never[]) => Promise<void>;

const list = (text: string): string[] =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return value;
  };

const positive =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > most)
      throw new InvalidArgumentError(`expected a number above 0, up to ${most}`);
    return value;
  };

const horizons = (text: string): number[] => {
  const minutes = list(text).map(wholeNumber(1, 10_080));
  if (minutes.length === 0 || minutes.length > 20) throw new InvalidArgumentError('expected 1 to 20 of them');
  return minutes;
};

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const duration = (text: string): number => {
  const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined || Number(amount) === 0)
    throw new InvalidArgumentError('expected a length of time: 90s, 30m, 12h or 7d');
  return Math.min(Number(amount) * UNITS[unit]!, 2 ** 31 - 1);
};

const configOption = () =>
  new Option('-c, --config <file>', 'configuration file (default: ./config.yaml, else the one that came with the bot)');
const simulatedOption = () =>
  new Option(
    '--simulated [seed]',
    'look into the database of "bot run --simulate", of this seed (default: 1)',
  ).argParser(wholeNumber(0, 2 ** 32 - 1));
const jsonOption = () => new Option('--json', 'print one JSON document on stdout');

/** The commands and their options; what they do is loaded when one is asked for. */
export const program = (terminal: Terminal): Command => {
  /** Runs an action with the arguments that commander found, then the terminal. */
  const lazily =
    (load: () => Promise<Action>) =>
    async (...found: unknown[]): Promise<void> => {
      const action = (await load()) as (...args: unknown[]) => Promise<void>;
      await action(...found.slice(0, -1), terminal); // the last one is the command itself
    };

  const bot = new Command('bot')
    .description('Watches a crypto exchange, decides like a momentum trader and trades on paper only.')
    .version('0.1.0', '-V, --version')
    .showHelpAfterError('(bot --help lists the commands)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 used wrongly, 130 or 143 stopped by Ctrl-C or SIGTERM (status --check has its own).\n' +
        'Without DATABASE_URL an embedded PostgreSQL starts by itself and keeps its data in .data/.',
    );

  bot
    .command('import')
    .description("store candles from Kraken's OHLCVT files: XBTUSD_1.csv, .csv.gz, or the .zip they come in")
    .argument('<files...>', 'one or more files; only 1-minute files (…_1.csv) are taken')
    .option(
      '--symbols <list>',
      'of these markets only, separated by commas: BTC/USD,ETH/USD (default: all in the files)',
      list,
    )
    .addOption(configOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/import.js')).importCommand));

  bot
    .command('download')
    .description("store candles built from the exchange's public trades, as far back as there are any")
    .option('--from <time>', 'first minute, UTC: 2026-04-01 or 2026-04-01T12:30')
    .option('--to <time>', 'end, exclusive, UTC: 2026-04-08 or 2026-04-08T12:30')
    .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
    .option('--resume', 'go on where an earlier download was stopped; alone: with all that were begun')
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/download.js')).downloadCommand));

  bot
    .command('backtest')
    .description('replay stored candles (or a generated market) through the bot and report what it would have earned')
    .requiredOption('--from <time>', 'first minute, UTC: 2026-04-01 or 2026-04-01T12:30')
    .requiredOption('--to <time>', 'end, exclusive, UTC: 2026-04-08 or 2026-04-08T12:30')
    .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .option('--export <folder>', 'write trades.csv, exits.csv and equity.csv there')
    .option('--dry-run', 'store nothing: for trying, and for a database that may only be read')
    .option('--synthetic', 'use a generated market: the same for the same seed, no data needed')
    .option('--seed <number>', 'seed of the generated market (default: 1)', wholeNumber(0, 2 ** 32 - 1))
    .option('--verify', 'hold the indicators of each market against the reference implementation first')
    .option(
      '--tape-minutes <number>',
      'minutes per tape; changes the speed and never the result',
      wholeNumber(1, 100_000),
    )
    .action(lazily(async () => (await import('./commands/backtest.js')).backtestCommand));

  bot
    .command('export')
    .description('write stored minutes with indicators, decisions and labels as a dataset for training')
    .usage('--from <time> --to <time> --out <folder> [options]\n       bot export verify <folder>')
    .argument('[verify]', 'read a dataset again: hashes, row counts, columns, times, leaks, folds')
    .argument('[folder]', 'the dataset that is verified')
    .option('--from <time>', 'first minute, UTC: 2026-04-01 or 2026-04-01T12:30')
    .option('--to <time>', 'end, exclusive, UTC: 2026-05-01')
    .option('--out <folder>', 'where to: a new or empty folder')
    .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
    .addOption(new Option('--format <format>', 'of its files (default: parquet)').choices(['parquet', 'csv']))
    .option('--labels <minutes>', 'horizons of the forward returns: 5,15,60,240 (default: as configured)', horizons)
    .option('--folds <number>', 'of the walk-forward (default: 5)', wholeNumber(1, 100))
    .option(
      '--columns <list>',
      "by name or pattern, with those that folds and verify go by: 'rsi_*,roc_5' (default: all)",
      list,
    )
    .addOption(new Option('--file-per <span>', 'what of a market one file holds (default: year)').choices(FILE_SPANS))
    .option('--resume', 'go on with an export that was interrupted')
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/export.js')).exportCommand));

  bot
    .command('run')
    .description('watch the exchange and trade on paper until it is stopped: scanner and position manager, supervised')
    .option('--simulate', 'against a local simulated exchange, with a database of its own')
    .option(
      '--speed <factor>',
      'how many times faster than real time the simulated market runs (default: 60)',
      positive(100_000),
    )
    .option('--seed <number>', 'seed of the simulated market (default: 1)', wholeNumber(0, 2 ** 32 - 1))
    .option('--symbols <list>', 'markets of the simulated exchange: BTC/USD,ETH/USD (default: 27 of all sizes)', list)
    .option('--no-limits', 'let the simulated exchange never refuse a request for coming too soon')
    .option('--for <time>', 'stop after so long: 30m, 90s, 12h', duration)
    .addOption(new Option('--only <process>', 'run one process alone, unsupervised').choices(['scanner', 'positions']))
    .addOption(configOption())
    .action(lazily(async () => (await import('./commands/run.js')).runCommand));

  bot
    .command('status')
    .description(
      'what is stored (size, markets, candles, gaps), how the live run stands and what the last runs came to',
    )
    .option('--watch', 'show how the live run stands, every two seconds until it is stopped')
    .addOption(
      new Option(
        '--check',
        'only say in a line how the live run stands; exit code 0 ok, 1 degraded, 3 down, 4 stopped',
      ).conflicts('watch'),
    )
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/status.js')).statusCommand));

  bot
    .command('why')
    .description('what was decided on a minute of a market and why: every value beside its threshold')
    .argument('<market>', 'the market: BTC/USD')
    .argument('<time>', 'open time of the minute, UTC: 2026-04-01T12:30')
    .option(
      '--run <number>',
      'what this run decided, a backtest too (default: the last one that covers the minute)',
      wholeNumber(1, 2 ** 31 - 1),
    )
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/why.js')).whyCommand));

  bot
    .command('universe')
    .description("which markets are tradable or why not, each rule's value beside its threshold, as a run stored them")
    .option('--at <time>', 'as it was then, UTC: 2026-04-01T12:30 (default: as it was last)')
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/universe.js')).universeCommand));

  const data = bot.command('data').description('look after the stored candles');
  data
    .command('check')
    .description(
      'how whole they are by market and day: missing, quiet, suspect, revised, late, filled; and how soon decided on',
    )
    .option('--from <time>', 'first minute, UTC (default: the first that is stored of each market)')
    .option('--to <time>', 'end, exclusive, UTC (default: after the last that is stored of each market)')
    .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
    .option('--html <file>', 'write a heat map there, a page that needs nothing else')
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/data-check.js')).dataCheckCommand));
  data
    .command('revisions')
    .description('how often, how far and how late the exchange settled on other values than those first seen')
    .option('--from <time>', 'first minute, UTC (default: the first that is stored)')
    .option('--to <time>', 'end, exclusive, UTC (default: after the last that is stored)')
    .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/data-revisions.js')).dataRevisionsCommand));
  data
    .command('repair')
    .description("fill the gaps between stored minutes from the exchange's public trades, as far as it still has them")
    .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/data-repair.js')).dataRepairCommand));

  data
    .command('retain')
    .description('archive and drop the months that are older than application.market_data_storage_days, as a run does')
    .option('--dry-run', 'only say what would be dropped')
    .option('--imported', 'drop months that hold imported or downloaded minutes as well')
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/data-retain.js')).dataRetainCommand));

  bot
    .command('seed')
    .description('give stored markets the name and sector of their coins, and ask what the coins are worth')
    .option(
      '--file <file>',
      'reference data of your own, which win: coins: { BTC: { name, sector, coingecko_id } } (YAML)',
    )
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/seed.js')).seedCommand));

  bot
    .command('migrate')
    .description('bring the database schema up to date (every command does so by itself), or take it back')
    .option('--status', 'only list what is applied and what is not')
    .option('--down <name>', 'revert this migration and all after it')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/migrate.js')).migrateCommand));

  bot
    .command('simulate-exchange')
    .description('run a local exchange that answers as Kraken does, over a generated market, until it is stopped')
    .option('--port <number>', 'port on 127.0.0.1; 0: any that is free', wholeNumber(0, 65_535), 8765)
    .option('--speed <factor>', 'how many times faster than real time its clock runs', positive(100_000), 1)
    .option(
      '--seed <number>',
      'the same seed makes the same market and the same faults',
      wholeNumber(0, 2 ** 32 - 1),
      1,
    )
    .option('--symbols <list>', 'its markets: BTC/USD,ETH/USD (default: 27 of all sizes)', list)
    .option('--start <time>', 'market time at which it begins, UTC: 2026-04-01T12:30 (default: now)')
    .addOption(
      new Option('--quiet-rows <how>', 'what a minute without trades has: a row of zeros, or none')
        .choices(['zero', 'absent'])
        .default('zero'),
    )
    .option('--no-limits', 'never refuse a request for coming too soon')
    .action(lazily(async () => (await import('./commands/simulate-exchange.js')).simulateExchangeCommand));

  const config = bot.command('config').description('look after the configuration');
  config
    .command('check')
    .description('say whether the configuration is valid, and every line that is not')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/config.js')).configCheck));
  config
    .command('history')
    .description('list the versions of the configuration, refused edits too: what changed, when, in which run')
    .option('--limit <number>', 'how many, newest first', wholeNumber(1, 10_000), 20)
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/config-history.js')).configHistory));
  config
    .command('diff')
    .description('compare two versions of the configuration key by key: bot config diff 12 aab1d929e5cc')
    .argument('<from>', 'version: its number in "bot config history", or its hash, or how that begins')
    .argument('<to>', 'version to compare it with')
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/config-history.js')).configDiff));
  config
    .command('show')
    .description('print a version of the configuration as a file that can be used again: bot config show 12')
    .argument('<version>', 'its number in "bot config history", or its hash as reports print it, or how that begins')
    .addOption(configOption())
    .addOption(simulatedOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./commands/config-history.js')).configShow));

  const quietly = (command: Command): void => {
    command.exitOverride();
    command.commands.forEach(quietly);
  };
  quietly(bot);
  return bot;
};

const LAST_RESORT_MS = 5_000;

/** Shows an error as its user should see it and gives the exit code. */
const fail = (error: unknown, terminal: Terminal, signal: NodeJS.Signals | undefined): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said what is wrong
  const { red } = terminal.colours;
  if (error instanceof Aborted || signal) {
    if (error instanceof Error && error.message !== '') terminal.err(error.message);
    return signal === 'SIGTERM' ? 143 : 130;
  }
  const known = error instanceof UserError ? error : (outOfFiles(error) ?? databaseFault(error));
  if (known) {
    known.lines.forEach(line => terminal.err(`${red('error:')} ${line}`));
    return known.exitCode;
  }
  const { name, message, stack, code, path } = (error instanceof Error ? error : new Error(String(error))) as Error & {
    code?: string;
    path?: string;
  };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const where = path === undefined ? '' : ` at ${path}`;
    terminal.err(
      `${red('error:')} the disk is full${where}: what was being written is not stored. Free some space and do it again.`,
    );
    return 1;
  }
  terminal.err(`${red('internal error:')} ${name}: ${message}`);
  terminal.err(
    environment().BOT_DEBUG ? (stack ?? '') : 'This is a fault of the bot. BOT_DEBUG=1 shows where it happened.',
  );
  return 1;
};

/** Does what was typed, says what went wrong, and gives the exit code. `received` is the signal that stopped it. */
export const obey = async (
  argv: readonly string[],
  terminal: Terminal,
  received: () => NodeJS.Signals | undefined = () => undefined,
): Promise<number> => {
  try {
    await program(terminal).parseAsync(argv);
    return 0;
  } catch (error) {
    return fail(error, terminal, received());
  }
};

/** Runs the command line and sets the exit code. */
export const main = async (argv: readonly string[]): Promise<void> => {
  const stop = stopSignal();
  const terminal = openTerminal(stop.signal);
  try {
    const code = await obey(argv, terminal, stop.received);
    if (code !== 0) process.exitCode = code;
  } finally {
    stop.done();
    // What Node tears down last, it does without a handler: a signal would end the process as if it had not been done.
    process.once('beforeExit', () => process.exit());
    // Whatever is left by now has nothing to say: a thread or a call of the system that never comes back.
    setTimeout(() => process.exit(), LAST_RESORT_MS).unref();
  }
};
