import { Run } from '../../../../entities/run.js';
import { toMoney } from '../../../money.js';
import { LOCKS } from '../locks.js';
import type { Orm } from '../orm.js';
import { refuseMixture, type RunStart } from '../runs.js';

/** What a live run is when it begins. */
export interface LiveRunStart extends Pick<RunStart, 'codeVersion' | 'symbols' | 'configurationId' | 'initialBalance'> {
  readonly mode: 'live' | 'simulated';
}

/**
 * The run that is under way in this mode, else a new one: a live run goes on across restarts, with the balance that it began
 * with. Processes that start together get the same. Throws `UserError` where a live and a simulated run would share the database.
 */
export const openLiveRun = async (
  orm: Orm,
  { mode, initialBalance, ...start }: LiveRunStart,
): Promise<{ readonly id: number; readonly resumed: boolean }> => {
  await refuseMixture(orm, mode);
  return orm.em.fork().transactional(async em => {
    await em.execute('select pg_advisory_xact_lock(?, 0)', [LOCKS.liveRun]);
    const running = await em.findOne(Run, { mode, status: 'running' }, { orderBy: { id: 'desc' }, fields: ['id'] });
    if (running) return { id: running.id, resumed: true };
    const marketSource = mode === 'live' ? ('exchange' as const) : ('simulator' as const);
    const id = await em.insert(Run, {
      ...start,
      mode,
      marketSource,
      initialBalance: toMoney(initialBalance),
      status: 'running',
    });
    return { id, resumed: false };
  });
};
