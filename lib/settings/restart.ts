import { INDICATORS } from '../indicators/catalogue.js';
import { mergeKeys } from './fragment.js';
import { sinkKeys } from '../sinks/catalogue.js';
import { leavesOf, type Section } from './key.js';

/** Keys that need a restart, with the reason. All others are read for each tape or request. */
const AT_START: readonly (readonly [reason: string, names: readonly string[]])[] = [
  ['the database connection is opened once, at the start', ['database']],
  ['the exchange is opened and its clock synchronised once, at the start', ['exchange']],
  ['a run starts with its paper money and measures every profit against it', ['portfolio']],
  [
    'changed indicators restart and are unknown until they have enough candles; a start reads those candles from the database',
    [
      ...leavesOf(mergeKeys(INDICATORS), 'momentum_strategy.').map(([name]) => name),
      'momentum_strategy.trend.timeframes',
    ],
  ],
  [
    'other refresh times restart the universe, unknown for a day; a start reads that day from the database',
    ['filtering.refresh_minutes'],
  ],
  ['sinks are opened once, at the start', leavesOf(sinkKeys as Section, 'application.').map(([name]) => name)],
  ['all candles of a series are checked by the same rule', ['data.max_jump_percentage']],
];

/** Why a key needs a restart; null if it takes effect immediately. */
export const restartReason = (key: string): string | null =>
  AT_START.find(([, names]) => names.some(name => key === name || key.startsWith(`${name}.`)))?.[0] ?? null;

/** Every name of the list, for comparison with the schema. @internal */
export const restartNames: readonly string[] = AT_START.flatMap(([, names]) => names);
