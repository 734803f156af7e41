import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { PortfolioState as State } from '../lib/portfolio/restore.js';
import { instant } from './columns.js';
import { runId } from './references.js';

/**
 * A strategy's portfolio in a live run as last stored, complete and to the last bit: a process that
 * resumes it trades as if it had never stopped. Written with every change set, in its transaction.
 */
export const PortfolioState = defineEntity({
  name: 'PortfolioState',
  tableName: 'portfolio_state',
  checks: [{ name: 'portfolio_state_version_positive', expression: 'version > 0' }],
  properties: {
    runId: runId().primary(),
    /** The name of the strategy whose wallet it is. */
    strategy: p.text().primary(),
    /** Counts the change sets. Only the successor of the stored one is accepted. */
    version: p.integer(),
    /** Names the process that stored it, which may store the same again. */
    writer: p.text(),
    /** Everything before this is settled. */
    settledUntil: instant(),
    state: p.json<State>(),
  },
});

/** A row of `portfolio_state`. */
export type PortfolioState = InferEntity<typeof PortfolioState>;
