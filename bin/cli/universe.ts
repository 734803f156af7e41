import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot universe`. */
export const universe: CommandDeclaration = {
  name: 'universe',
  syntax: command =>
    command
      .description(
        "which markets are tradable or why not, each rule's value beside its threshold, as a run stored them",
      )
      .option('--at <time>', 'as it was then, UTC: 2026-04-01T12:30 (default: as it was last)')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/universe.js')).universeCommand,
};
