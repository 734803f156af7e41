import type { Argument, Command, Option } from 'commander';
import { closest } from '../../lib/settings/wording.js';
import { elsewhere } from './elsewhere.js';

/** `bot data check`: what a user typed to come to a command. */
export const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

const rootOf = (command: Command): Command => (command.parent ? rootOf(command.parent) : command);
const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

const placeholder = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};
const described = ({ description }: { readonly description: string }): string =>
  description === '' ? '' : ` (${description})`;

/** The words between commander's quotes. */
const quoted = (message: string): readonly string[] => [...message.matchAll(/'([^']*)'/g)].map(([, text]) => text!);

const optionOf = (command: Command, flags: string | undefined): Option | undefined =>
  command.options.find(option => option.flags === flags);
const flagOf = (flags: string | undefined): string => /--[\w-]+/.exec(flags ?? '')?.[0] ?? flags ?? 'an option';

const unknownCommand = (command: Command): readonly string[] => {
  const found = command.args[0] ?? '';
  const path = pathOf(command);
  const names = command.commands.map(each => each.name());
  const known = command.parent ? null : elsewhere(found);
  if (known) return [`There is no command "${path} ${found}". ${known}`];
  const inGroups = leavesOf(rootOf(command)).filter(leaf => leaf.name() === found.toLowerCase());
  const meant =
    inGroups.length > 0
      ? inGroups.map(pathOf)
      : [closest(found, names)].flatMap(name => name ?? []).map(name => `${path} ${name}`);
  const expected =
    meant.length > 0
      ? `did you mean ${meant.map(name => `"${name}"`).join(' or ')}?`
      : `expected one of ${names.join(', ')}.`;
  return [`There is no command "${path} ${found}": ${expected}`, `"${path} --help" lists the commands.`];
};

const unknownOption = (command: Command, found: string): readonly string[] => {
  const path = pathOf(command);
  const names = command.options.flatMap(({ long }) => long ?? []);
  const [flag = '', ...values] = found.split('=');
  if (names.includes(flag)) return [`${flag}: found the value "${values.join('=')}", expected none: it is a switch.`];
  const meant = closest(flag, names);
  const expected = meant === null ? `expected one of ${[...names, '--help'].join(', ')}.` : `did you mean ${meant}?`;
  return [`"${path}" has no option ${flag}: ${expected}`, `"${path} --help" explains its options.`];
};

const INVALID =
  /^error: (?:option '([^']*)' argument|command-argument value) '(.*?)' is invalid(?: for argument '([^']*)')?\. (.*)$/s;

const invalidValue = (command: Command, message: string): readonly string[] => {
  const [, flags, value, argument, why = ''] = INVALID.exec(message) ?? [];
  if (value === undefined) return [message.replace(/^error: /, '')];
  const name = argument === undefined ? flagOf(flags) : argument.toUpperCase();
  const expected = why.replace(/^Allowed choices are (.*)\.$/s, 'expected one of $1');
  return [`${name}: found "${value}", ${expected}.`, `"${pathOf(command)} --help" explains it.`];
};

/**
 * A usage error of commander's in our words: what was expected, what was found, what to do. One
 * sentence or more a line. `message` and `code` are commander's; a code that is not known keeps its
 * message.
 */
export const usageError = (
  command: Command,
  example: string | null,
  message: string,
  code: string,
): readonly string[] => {
  const path = pathOf(command);
  const [first, second] = quoted(message);
  const forExample = example === null ? [] : [`For example: ${example}`];
  switch (code) {
    case 'commander.unknownCommand':
      return unknownCommand(command);
    case 'commander.unknownOption':
      return unknownOption(command, first ?? '');
    case 'commander.missingArgument': {
      const argument = command.registeredArguments.find(each => each.name() === first);
      return [
        `"${path}": found no ${first!.toUpperCase()}, expected ${argument ? `${placeholder(argument)}${described(argument)}` : 'one'}.`,
        ...forExample,
      ];
    }
    case 'commander.optionMissingArgument': {
      const option = optionOf(command, first);
      return [`${flagOf(first)}: found no value, expected ${first}${option ? described(option) : ''}.`, ...forExample];
    }
    case 'commander.excessArguments': {
      const expected = command.registeredArguments;
      const extra = command.args.slice(expected.length);
      return [
        `"${path}": found ${extra.map(each => `"${each}"`).join(', ')}, expected ${expected.length === 0 ? 'no argument' : `only ${expected.map(placeholder).join(' ')}`}. A value with spaces needs quotes.`,
        ...forExample,
      ];
    }
    case 'commander.conflictingOption':
      return [`${flagOf(first)} and ${flagOf(second)} cannot be used together: leave out one of them.`];
    case 'commander.invalidArgument':
      return invalidValue(command, message);
    default:
      return [message.replace(/^error: /, '')];
  }
};
