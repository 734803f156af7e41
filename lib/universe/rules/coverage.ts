import { number } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import type { Ratio } from '../../units.js';
import { declareRule, judged } from '../rule.js';

/** The market's candles of the last day are complete enough. */
export const coverage = declareRule({
  name: 'coverage',
  section: 'data',
  keys: {
    min_coverage: key(
      0.95,
      number({ from: 0, to: 1 }),
      'ratio',
      'Minimum share of known minutes in the last day for a market to be tradable; a report warns below it.',
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
      'the share of minutes that are neither a gap nor suspect is ≥ `data.min_coverage`, counted from the first known one of the last 1,440 on',
    unknown: 'that first known minute is not yet 360 minutes old, or none is known',
  },
});
