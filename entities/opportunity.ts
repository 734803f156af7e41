import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { RejectionReason, WithheldReason } from '../lib/portfolio/events.js';
import { EXIT_REASON } from '../lib/portfolio/exit-rule.js';
import { double, id, instant, positiveDouble } from './columns.js';
import { configurationId, marketId, runId } from './references.js';
import { StrategyVersion } from './strategy-version.js';

/** Status of an opportunity. */
export const OPPORTUNITY_STATUSES = ['pending', 'taken', 'rejected', 'expired'] as const;

/**
 * A candle on which every condition of a strategy held, handed over from the scanner to the
 * position manager.
 */
export const Opportunity = defineEntity({
  name: 'Opportunity',
  tableName: 'opportunity',
  uniques: [{ name: 'opportunity_once', properties: ['runId', 'cryptocurrencyId', 'timestamp', 'strategy'] }],
  indexes: [
    {
      name: 'opportunity_pending',
      properties: ['runId', 'timestamp'],
      expression: `create index opportunity_pending on opportunity (run_id, "timestamp") where status = 'pending'`,
    },
  ],
  checks: [
    { name: 'opportunity_close', expression: positiveDouble('close') },
    { name: 'opportunity_score', expression: 'score >= 0::double precision AND score <= 1::double precision' },
    { name: 'opportunity_decided', expression: `(status = 'pending') = (decided_at IS NULL)` },
    { name: 'opportunity_reason_check', expression: `reason ~ '${EXIT_REASON.source}'` },
    { name: 'opportunity_reason', expression: `(status = 'rejected') = (reason IS NOT NULL)` },
  ],
  properties: {
    id: id(),
    runId: runId(),
    cryptocurrencyId: marketId(),
    /** Open time of the evaluated candle. */
    timestamp: instant(),
    strategy: p.text(),
    close: double(),
    /** 0–1. */
    score: double(),
    /** Every evaluated value, by indicator key. */
    values: p.json<Readonly<Record<string, number>>>(),
    configurationId: configurationId(),
    /** The strategy as it was when it decided; null for rows from before it was recorded. */
    strategyVersionId: p
      .manyToOne(StrategyVersion)
      .mapToPk()
      .fieldName('strategy_version_id')
      .deleteRule('no action')
      .updateRule('no action')
      .nullable(),
    status: p.enum([...OPPORTUNITY_STATUSES]).default('pending'),
    /** Of the version that stored it. */
    reason: p.text().$type<RejectionReason | WithheldReason>().nullable(),
    /** When it was bought, rejected or expired, in market time. */
    decidedAt: instant().nullable(),
  },
});

/** A row of `opportunity`. */
export type Opportunity = InferEntity<typeof Opportunity>;
