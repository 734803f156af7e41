import { declareRule } from '../rule.js';

/** The exchange lets the market be traded. */
export const active = declareRule({
  name: 'active',
  fromCandles: false,
  judge: ({ live }) => live.active ?? 'unknown',
  doc: { passes: "the exchange's status is `online`", unknown: 'the status is unknown' },
});
