import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { finite, instant, money } from './columns.js';
import { runId } from './references.js';

/** Kind of an equity mark. */
export const EQUITY_KINDS = ['start', 'day', 'entry', 'exit', 'end', 'minute'] as const;

/** The equity of a strategy's wallet at a moment, marked to the last prices. */
export const EquityPoint = defineEntity({
  name: 'EquityPoint',
  tableName: 'equity_point',
  checks: [
    { name: 'equity_point_amounts', expression: finite('cash', 'open_value', 'equity') },
    { name: 'equity_point_sum', expression: 'equity = (cash + open_value)' },
  ],
  properties: {
    runId: runId().primary(),
    /** The name of the strategy whose wallet it is. */
    strategy: p.text().primary(),
    timestamp: instant().primary(),
    kind: p.enum([...EQUITY_KINDS]).primary(),
    cash: money(),
    openValue: money(),
    equity: money(),
  },
});

/** A row of `equity_point`. */
export type EquityPoint = InferEntity<typeof EquityPoint>;
