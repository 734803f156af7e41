import { number } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import type { Ratio } from '../../units.js';
import { declareRule, judged } from '../rule.js';

/** The market's data of the last day are whole enough. */
export const coverage = declareRule({
  name: 'coverage',
  section: 'data',
  keys: {
    min_coverage: key(
      0.95,
      number({ from: 0, to: 1 }),
      'ratio',
      'A market is tradable if at least this share of its last day’s minutes is known; a report warns below it.',
    ),
  },
  settings: ({ min_coverage: minCoverage }): { readonly minCoverage: Ratio } => ({ minCoverage }),
  fromCandles: true,
  comparison: '≥',
  value: ({ coverage }) => coverage,
  threshold: ({ minCoverage }) => minCoverage,
  judge: ({ coverage }, { minCoverage }) => judged(coverage, coverage >= minCoverage),
  doc: {
    passes:
      'of the minutes from the first known one of the last 1,440 on, the share that is neither a gap nor suspect ≥ `data.min_coverage`',
    unknown: 'that one is not yet 360 minutes old, or none is known',
  },
});
