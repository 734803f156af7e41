import { optional, whole } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { MINUTE_MS, type DurationMs } from '../../units.js';
import { declareExit } from '../exit-rule.js';

interface TimeLimitSettings {
  /** From the entry; null: no limit. */
  readonly maxHoldingMs: DurationMs | null;
}

/** A position is not held longer than this. */
export const timeLimit = declareExit({
  reason: 'time_limit',
  startsCooldown: false,
  keys: {
    max_holding_minutes: key<number | null>(
      null,
      optional(whole({ from: 1, to: 525_600 })),
      'minutes',
      'Time after the entry at which a position is sold at any price; null: never.',
    ),
  },
  settings: ({ max_holding_minutes: minutes }): TimeLimitSettings => ({
    maxHoldingMs: minutes === null ? null : minutes * MINUTE_MS,
  }),
  isOn: ({ maxHoldingMs }) => maxHoldingMs !== null,
  deadline: ({ entryAt }, { maxHoldingMs }) => entryAt + maxHoldingMs!,
  doc: 'all that remains, `max_holding_minutes` after the entry',
});
