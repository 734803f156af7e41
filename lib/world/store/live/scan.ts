import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Opportunity as OpportunityRow } from '../../../../entities/opportunity.js';
import type { Scan } from '../../../market-data/scans.js';
import { ask, insertRows } from '../bulk.js';
import type { Origin } from '../opportunities.js';
import type { Orm } from '../orm.js';
import { writeLiveCandles } from './candles.js';

/** The channel on which opportunities are announced; the payload is the run's id. */
export const OPPORTUNITY_CHANNEL = 'opportunity';

/** The known values. */
export const knownOf = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));

// The bounds are constants of the statement, so that only the partitions between them are read.
const DECIDE = `
  update market_data as stored set indicators = row.indicators, decision = row.decision, shadow_decisions = row.shadows, exit_signals = row.exits, configuration_id = ?, run_id = ?, decided_at = ?::timestamptz
  from json_to_recordset(?::json) as row (market int, at timestamptz, decision text, shadows jsonb, exits jsonb, indicators jsonb)
  where stored.cryptocurrency_id = row.market and stored."timestamp" = row.at
    and stored."timestamp" between ?::timestamptz and ?::timestamptz
  returning 1`;

const decide = async (
  em: SqlEntityManager,
  { runId, configurationId }: Origin,
  { decisions, decidedAt }: Scan,
): Promise<void> => {
  if (decisions.length === 0) return;
  let [from, to] = [Infinity, -Infinity];
  const rows = decisions.map(({ marketId, at, decision, shadows, exits, indicators }) => {
    from = Math.min(from, at);
    to = Math.max(to, at);
    return { market: marketId, at: new Date(at), decision, shadows, exits, indicators: knownOf(indicators) };
  });
  const bounds = [from, to].map(at => new Date(at).toISOString());
  const moment = decidedAt === undefined ? null : new Date(decidedAt).toISOString();
  const stored = await ask(em, DECIDE, [configurationId, runId, moment, JSON.stringify(rows), ...bounds]);
  if (stored.length < rows.length)
    throw new Error(`${rows.length - stored.length} of ${rows.length} decisions are of candles that are not stored`);
};

const announce = async (
  em: SqlEntityManager,
  { runId, configurationId, ids, strategy: main, versions }: Origin,
  { opportunities, decidedAt }: Scan,
): Promise<void> => {
  const rows = opportunities.map(({ market, at, close, score, values, strategy = main, withheld = null }) => ({
    runId,
    configurationId,
    strategy,
    strategyVersionId: versions?.get(strategy) ?? null,
    cryptocurrencyId: ids[market],
    timestamp: new Date(at),
    close,
    score,
    values: knownOf(values),
    status: withheld ? 'rejected' : 'pending',
    reason: withheld,
    decidedAt: withheld && new Date(decidedAt ?? at),
  }));
  const tail = 'on conflict (run_id, cryptocurrency_id, "timestamp", strategy) do nothing returning status';
  const fresh = await insertRows<OpportunityRow, Pick<OpportunityRow, 'status'>>(em, OpportunityRow, rows, tail);
  if (fresh.some(({ status }) => status === 'pending'))
    await ask(em, 'select pg_notify(?, ?)', [OPPORTUNITY_CHANNEL, String(runId)]);
};

/**
 * Stores a scan in one transaction; listeners are notified of new opportunities when it commits.
 * Storing it again changes nothing. `origin` names the main strategy. Its verdicts may be written in parallel: commits only after
 * `after` resolves, and rolls back if it rejects.
 */
export const saveScan = async (orm: Orm, origin: Origin, scan: Scan, after?: Promise<unknown>): Promise<void> => {
  const { candles, source, decisions, opportunities } = scan;
  if (candles.length + decisions.length + opportunities.length === 0) return;
  await orm.em.fork().transactional(async em => {
    await writeLiveCandles(em, candles, source);
    await decide(em, origin, scan);
    await announce(em, origin, scan);
    await after;
  });
};
