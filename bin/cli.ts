import { CommanderError, type Command as CommanderCommand } from 'commander';
import { Aborted, UserError } from '../lib/errors.js';
import { databaseFault } from '../lib/world/database/faults.js';
import { environment } from '../lib/world/environment.js';
import { outOfFiles } from '../lib/world/open-files.js';
import { HELP_GROUPS, type CommandGroup, type SubcommandDeclaration } from './cli/command.js';
import { COMMANDS } from './cli/index.js';
import { Parser } from './cli/parser.js';
import { stopSignal } from './stop-signal.js';
import { openTerminal, type Terminal } from './terminal.js';

/** Adds a command or a group of commands to its parent. */
const add = (parent: Parser, entry: SubcommandDeclaration | CommandGroup, terminal: Terminal): Parser => {
  const command = parent.command(entry.name);
  if ('commands' in entry) {
    command.description(entry.description);
    for (const each of entry.commands) add(command, each, terminal);
    return command;
  }
  command.example = entry.example;
  entry.syntax(command).addHelpText('after', `\nExample:\n  ${entry.example}`);
  command.action(async (...found: unknown[]) => {
    const action = (await entry.load()) as (...args: unknown[]) => Promise<void>;
    await action(...found.slice(0, -1), terminal); // the last one is commander's Command
  });
  return command;
};

/** The commands and their options; actions are loaded on demand. */
export const program = (terminal: Terminal): Parser => {
  const bot = new Parser('bot')
    .description('Watches a crypto exchange, runs a momentum strategy and trades on paper only.')
    .version('0.1.0', '-V, --version')
    .addHelpText(
      'after',
      '\nTo begin with, and without any data:\n  bin/bot backtest --synthetic --from 2026-01-01 --to 2026-02-01\n' +
        '"bot COMMAND --help" explains a command, with an example.\n' +
        '\nExit codes: 0 done, 1 failed, 2 usage error, 130 or 143 stopped by Ctrl-C or SIGTERM (status --check has its own).\n' +
        'By default an embedded PostgreSQL starts automatically and keeps its data in .data/.',
    );

  const headingOf = (group: string): string => `${group}:`;
  for (const group of HELP_GROUPS)
    for (const entry of COMMANDS.filter(each => each.group === group))
      add(bot, entry, terminal).helpGroup(headingOf(group));
  bot.commandsGroup(headingOf(HELP_GROUPS.at(-1)!)).helpCommand('help [command]', 'explain a command');

  const quietly = (command: CommanderCommand): void => {
    command.exitOverride();
    command.commands.forEach(quietly);
  };
  quietly(bot);
  return bot;
};

const LAST_RESORT_MS = 5_000;

/** Prints an error for the user and returns the exit code. */
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
      `${red('error:')} the disk is full${where}: the last write is not stored. Free some space and try again.`,
    );
    return 1;
  }
  terminal.err(`${red('internal error:')} ${name}: ${message}`);
  terminal.err(
    environment().BOT_DEBUG
      ? (stack ?? '')
      : 'This is a bug in crypto-bot; please report it. BOT_DEBUG=1 shows where it happened.',
  );
  return 1;
};

/**
 * Runs a command line, reports its error, and returns the exit code. `received` is the signal that
 * stopped it.
 */
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
    // What Node tears down last, it does without a handler: a signal would end the process as if it
    // had not been done.
    process.once('beforeExit', () => process.exit());
    // Whatever is left by now has nothing to say: a thread or a call of the system that never comes
    // back.
    setTimeout(() => process.exit(), LAST_RESORT_MS).unref();
  }
};
