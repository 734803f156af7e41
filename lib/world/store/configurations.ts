import { ConfigurationHistory } from '../../../entities/configuration-history.js';
import type { Configuration } from '../../settings/settings.js';
import { LOCKS } from './locks.js';
import type { Orm } from './orm.js';

/**
 * Records a configuration, for a run if one is given, and returns its id. Where the newest one recorded for the same run
 * (or for none) has the same hash, that row's id: history grows only when something changes.
 */
export const recordConfiguration = (
  orm: Orm,
  { document, hash }: Configuration,
  notes: string | null,
  runId: number | null,
): Promise<number> =>
  orm.em.fork().transactional(async em => {
    await em.execute('select pg_advisory_xact_lock(?, ?)', [LOCKS.configuration, runId ?? 0]);
    const newest = await em.findOne(ConfigurationHistory, { runId }, { orderBy: { id: 'desc' } });
    if (newest?.hash === hash) return newest.id;
    const row = em.create(ConfigurationHistory, {
      timestamp: undefined as never,
      configuration: document,
      hash,
      notes,
      runId,
    });
    await em.persist(row).flush();
    return row.id;
  });
