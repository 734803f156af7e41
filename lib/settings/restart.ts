import { INDICATORS } from '../indicators/catalogue.js';
import { mergeKeys } from './fragment.js';
import { leavesOf } from './key.js';

/** Keys and sections that a running process cannot take over, with the reason. All others are read anew for each tape, ask or tick. */
const AT_START: readonly (readonly [reason: string, names: readonly string[]])[] = [
  ['the database is connected to once, at the start', ['database']],
  ['the exchange is opened once, at the start, and its clock is anchored then', ['exchange']],
  ['a run starts with its paper money and counts every profit against it', ['portfolio']],
  [
    'other indicators start anew and are unknown until they have seen enough candles; a start reads those from the database',
    [
      ...leavesOf(mergeKeys(INDICATORS), 'momentum_strategy.').map(([name]) => name),
      'momentum_strategy.trend.timeframes',
    ],
  ],
  [
    'other refresh times start the universe anew, blind for a day; a start reads that day from the database',
    ['filtering.refresh_minutes'],
  ],
  ['the candles of a series are judged by one rule', ['data.max_jump_percentage']],
];

/** Why a key needs a restart; null if it is applied at once. */
export const restartReason = (key: string): string | null =>
  AT_START.find(([, names]) => names.some(name => key === name || key.startsWith(`${name}.`)))?.[0] ?? null;

/** Every name of the list, for holding it against the schema. @internal */
export const restartNames: readonly string[] = AT_START.flatMap(([, names]) => names);
