import { judged, type Rule } from '../rule.js';

/** The market's data of the last day are whole enough. */
export const coverage: Rule = {
  name: 'coverage',
  fromCandles: true,
  value: ({ coverage }) => coverage,
  threshold: ({ minCoverage }) => minCoverage,
  judge: ({ coverage }, { minCoverage }) => judged(coverage, coverage >= minCoverage),
};
