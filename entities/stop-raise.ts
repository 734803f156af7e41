import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { EXIT_REASON } from '../lib/portfolio/exit-rule.js';
import { id, instant, money, positive } from './columns.js';
import { SimulatedTrade } from './simulated-trade.js';

/** A rise of a trade's stop. The first stop follows from the trade and its configuration. */
export const StopRaise = defineEntity({
  name: 'StopRaise',
  tableName: 'stop_raise',
  uniques: [{ name: 'stop_raise_once', properties: ['trade', 'stop'] }],
  checks: [
    { name: 'stop_raise_price', expression: positive('stop') },
    { name: 'stop_raise_reason_check', expression: `reason ~ '${EXIT_REASON.source}'` },
  ],
  properties: {
    id: id(),
    trade: p.manyToOne(SimulatedTrade).deleteRule('no action').updateRule('no action'),
    /** Of the observation that raised it; it is in force from the next one. */
    timestamp: instant(),
    /** The new stop, in quote currency. */
    stop: money(),
    /** The exit rule that raised it, as an exit by this stop names it. */
    reason: p.text(),
  },
});

export type StopRaise = InferEntity<typeof StopRaise>;
