import { unless } from '../../settings/contradiction.js';
import { list, number } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import type { Percent } from '../../units.js';
import { declareCondition } from '../condition.js';

const THRESHOLDS = 'momentum_strategy.roc.thresholds';

/** The price has risen by enough over each period. */
export const roc = declareCondition({
  name: 'roc',
  keys: {
    roc: {
      thresholds: key(
        [0.5, 1.0, 1.5],
        list(number({ above: -100, to: 10_000 }), { least: 1, most: 20, order: 'any' }),
        'percent',
        'Minimum rate of change: one threshold per period.',
      ),
    },
  },
  /** One for each of `indicators.roc.periods`, in percent as the indicator is. */
  settings: ({ roc }): { readonly rocThresholds: readonly Percent[] } => ({ rocThresholds: roc.thresholds }),
  contradictions: [
    {
      keys: [THRESHOLDS, 'momentum_strategy.roc.periods'],
      judge: ({
        momentum_strategy: {
          roc: { thresholds, periods },
        },
      }: {
        momentum_strategy: { roc: { thresholds: readonly number[]; periods: readonly number[] } };
      }) =>
        unless(
          thresholds.length === periods.length,
          THRESHOLDS,
          `${thresholds.length} ${thresholds.length === 1 ? 'threshold' : 'thresholds'}`,
          `one for each of the ${periods.length} periods`,
        ),
    },
  ],
  comparisons: ({ indicators, strategy: { rocThresholds } }) =>
    indicators.roc.periods.map((period, i) => ({
      value: { column: `roc_${period}` },
      sign: '≥',
      threshold: rocThresholds[i]!,
      isScored: true,
      unit: '%',
    })),
});
