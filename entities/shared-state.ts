import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { instant } from './columns.js';

/**
 * A small state shared by several processes, changed by one at a time: the exchange's request
 * budget and breaker.
 */
export const SharedState = defineEntity({
  name: 'SharedState',
  tableName: 'shared_state',
  properties: {
    /** The exchange's name. */
    name: p.text().primary(),
    /** Counts the changes: a process that read an older one reads again. */
    version: p.bigint('number'),
    state: p.json<unknown>(),
    updatedAt: instant().defaultRaw('now()'),
  },
});

/** A row of `shared_state`. */
export type SharedState = InferEntity<typeof SharedState>;
