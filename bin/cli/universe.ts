import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot universe`. */
export const universe: CommandDeclaration = {
  name: 'universe',
  group: 'Live',
  example: 'bin/bot universe --at 2026-04-01T12:30',
  syntax: command =>
    command
      .description(
        "which markets are tradable and why others are not: each rule's value beside its threshold, as stored by a run",
      )
      .option('--at <time>', 'state at this time, UTC: 2026-04-01T12:30 (default: the latest)')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/universe.js')).universeCommand,
};
