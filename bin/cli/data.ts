import { dataCheck } from './data-check.js';
import { dataRepair } from './data-repair.js';
import { dataRetain } from './data-retain.js';
import { dataRevisions } from './data-revisions.js';
import type { CommandGroup } from './command.js';

/** `bot data …`, in the order of its help text. */
export const data: CommandGroup = {
  name: 'data',
  group: 'Data',
  description: 'check, repair and archive the stored candles',
  commands: [dataCheck, dataRevisions, dataRepair, dataRetain],
};
