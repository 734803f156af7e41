import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Opportunity } from '../../../entities/opportunity.js';
import type { Opportunity as Found } from '../../portfolio/events.js';
import { insertRows } from './bulk.js';
import { StoreError } from './errors.js';
import type { OpportunityFate } from './trade-changes.js';

/** The wallet that rows belong to. */
export interface WalletKey {
  readonly runId: number;
  /** The name of its strategy. */
  readonly strategy: string;
}

/** Where decisions are stored. */
export interface Origin extends WalletKey {
  readonly configurationId: number;
  /** The `cryptocurrency.id` of each lane. */
  readonly ids: readonly number[];
  /** The ids of the strategies' versions in force, by name; missing where none are recorded. */
  readonly versions?: ReadonlyMap<string, number>;
}

/** The id of an opportunity that was bought. */
export type IdOf = (opportunity: Found) => number;

/** Touches a row that is decided already only if it was bought, so that its id is returned. */
const ON_CONFLICT = `
  on conflict (run_id, cryptocurrency_id, "timestamp", strategy) do update
    set status = excluded.status, reason = excluded.reason, decided_at = excluded.decided_at
    where stored.status = 'pending' or (stored.status = 'taken' and excluded.status = 'taken')
  returning id, cryptocurrency_id as market, extract(epoch from "timestamp")::float8 * 1000 as at`;

/**
 * Stores the outcomes of opportunities, both those that the scanner handed over and those that only
 * a backtest has; earlier outcomes stay. Returns how to find the ids of those bought.
 */
export const saveDecisions = async (
  em: SqlEntityManager,
  decisions: readonly OpportunityFate[],
  { runId, configurationId, ids, strategy, versions }: Origin,
): Promise<IdOf> => {
  const rows = decisions.map(({ opportunity, status, reason, at }) => ({
    runId,
    configurationId,
    strategy,
    strategyVersionId: versions?.get(strategy) ?? null,
    cryptocurrencyId: ids[opportunity.market],
    timestamp: new Date(opportunity.at),
    close: opportunity.close,
    score: opportunity.score,
    values: opportunity.values,
    status,
    reason,
    decidedAt: new Date(at),
  }));
  const stored = await insertRows<Opportunity, { id: number; market: number; at: number }>(
    em,
    Opportunity,
    rows,
    ON_CONFLICT,
  );
  const byKey = new Map(stored.map(({ id, market, at }) => [`${market} ${at}`, id]));
  return ({ market, at }) => {
    const id = byKey.get(`${ids[market]!} ${at}`);
    if (id === undefined)
      throw new StoreError('taking an opportunity that was decided otherwise', '23505', 'opportunity_once');
    return id;
  };
};
