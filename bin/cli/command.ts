import type { Command } from 'commander';

/**
 * The action of a command: takes its arguments and options as parsed by commander, then the
 * terminal.
 */
export type Action = (...found: never[]) => Promise<void>;

/** Headings of `bot --help`, in the order of use. Every command belongs to one. */
export const HELP_GROUPS = [
  'First steps',
  'Backtests and questions',
  'Live',
  'Data',
  'Strategies',
  'Configuration',
  'Maintenance',
] as const;

/** A heading of `bot --help`. */
export type HelpGroup = (typeof HELP_GROUPS)[number];

/** A command within a group, such as `bot data check`, with its syntax, in one file. */
export interface SubcommandDeclaration {
  readonly name: string;
  /** A whole command line that works, from `bin/bot` on: the end of its help text. */
  readonly example: string;
  /** Adds its description, arguments and options, in the order of the help text. */
  readonly syntax: (command: Command) => Command;
  /**
   * Loads its action when it is asked for, so that no other command has to wait for what that
   * imports.
   */
  readonly load: () => Promise<Action>;
}

/** A command with its syntax, in one file. `index.ts` lists them. */
export interface CommandDeclaration extends SubcommandDeclaration {
  readonly group: HelpGroup;
}

/** Commands under a common name, such as `bot data check`. */
export interface CommandGroup {
  readonly name: string;
  readonly group: HelpGroup;
  readonly description: string;
  /** In the order of its help text. */
  readonly commands: readonly SubcommandDeclaration[];
}
