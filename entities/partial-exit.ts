import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { EXIT_REASON } from '../lib/portfolio/exit-rule.js';
import { finite, id, instant, money, notNegative, positive } from './columns.js';
import { SimulatedTrade } from './simulated-trade.js';

/** One sale of a trade. The last one closes it. */
export const PartialExit = defineEntity({
  name: 'PartialExit',
  tableName: 'partial_exit',
  uniques: [
    { name: 'partial_exit_sequence', properties: ['trade', 'sequence'] },
    { name: 'partial_exit_level_once', properties: ['trade', 'level', 'exitTimestamp'] },
    {
      name: 'partial_exit_stop_once',
      properties: ['trade', 'exitTimestamp'],
      expression: `create unique index partial_exit_stop_once on partial_exit (trade_id, exit_timestamp) where reason <> 'take_profit'`,
    },
  ],
  checks: [
    { name: 'partial_exit_reason_check', expression: `reason ~ '${EXIT_REASON.source}'` },
    { name: 'partial_exit_price', expression: positive('exit_price', 'size', 'quote_rate') },
    { name: 'partial_exit_percentage', expression: 'exit_percentage >= 0 AND exit_percentage <= 100' },
    { name: 'partial_exit_profit', expression: finite('profit_loss') },
    { name: 'partial_exit_costs', expression: `${notNegative('fee')} AND ${finite('half_spread', 'slippage')}` },
    { name: 'partial_exit_sequence_positive', expression: 'sequence > 0' },
    {
      name: 'partial_exit_level',
      expression: `(reason = 'take_profit') = (level IS NOT NULL) AND (level IS NULL OR level >= 0)`,
    },
  ],
  properties: {
    id: id(),
    trade: p.manyToOne(SimulatedTrade).deleteRule('no action').updateRule('no action'),
    /** Counts from 1 within a trade. */
    sequence: p.integer(),
    exitTimestamp: instant(),
    /** As filled, in quote currency. */
    exitPrice: money(),
    /** Of the original size; the exits of a closed trade sum to exactly 100. */
    exitPercentage: p.decimal().precision(9).scale(6),
    size: money(),
    /** Net of the fee and of its share of the entry fee. */
    profitLoss: money(),
    /** Portfolio currency, as the next two. */
    fee: money(),
    halfSpread: money(),
    slippage: money(),
    /** Portfolio currency per quote currency. */
    quoteRate: money(),
    /** One of the exit rules of the version that stored it, `end_of_data` or `delisted`. */
    reason: p.text(),
    /** Place on the take-profit ladder, 0 the lowest. */
    level: p.integer().nullable(),
    trailingStopActivated: p.boolean().default(false),
  },
});

/** A row of `partial_exit`. */
export type PartialExit = InferEntity<typeof PartialExit>;
