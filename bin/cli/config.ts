import { configCheck } from './config-check.js';
import { configDiff } from './config-diff.js';
import { configHistory } from './config-history.js';
import { configShow } from './config-show.js';
import type { CommandGroup } from './command.js';

/** `bot config …`, in the order of its help text. */
export const config: CommandGroup = {
  name: 'config',
  group: 'Configuration',
  description: 'check the configuration and its history',
  commands: [configCheck, configHistory, configDiff, configShow],
};
