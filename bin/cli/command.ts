import type { Command } from 'commander';

/**
 * The action of a command: takes its arguments and options as parsed by commander, then the
 * terminal.
 */
export type Action = (...found: never[]) => Promise<void>;

/** A command with its syntax, in one file. `index.ts` lists them. */
export interface CommandDeclaration {
  readonly name: string;
  /** Adds its description, arguments and options, in the order of the help text. */
  readonly syntax: (command: Command) => Command;
  /**
   * Loads its action when it is asked for, so that no other command has to wait for what that
   * imports.
   */
  readonly load: () => Promise<Action>;
}

/** Commands under a common name, such as `bot data check`. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  /** In the order of its help text. */
  readonly commands: readonly CommandDeclaration[];
}
