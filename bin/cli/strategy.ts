import type { CommandGroup } from './command.js';
import { strategyCheck } from './strategy-check.js';
import { strategyIndicators } from './strategy-indicators.js';
import { strategyList } from './strategy-list.js';
import { strategyNew } from './strategy-new.js';

/** `bot strategy …`, in the order of its help text. */
export const strategy: CommandGroup = {
  name: 'strategy',
  group: 'Strategies',
  description: 'write a strategy of your own, check it, and list what there is',
  commands: [strategyNew, strategyCheck, strategyList, strategyIndicators],
};
