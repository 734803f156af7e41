import { Run, type StrategyOfRun } from '../../../../entities/run.js';
import { toMoney } from '../../../money.js';
import { recordRestart, recordStart } from '../configurations.js';
import { LOCKS } from '../locks.js';
import type { Orm } from '../orm.js';
import { MOMENTUM_OF_RUN, refuseMixture, type RunStart } from '../runs.js';

/** A live run at its start. */
export interface LiveRunStart extends Pick<
  RunStart,
  'codeVersion' | 'symbols' | 'configuration' | 'initialBalance' | 'strategies'
> {
  readonly mode: 'live' | 'simulated';
}

/** The live run of a process. */
export interface LiveRun {
  readonly id: number;
  /** The number of the version in force from this start on. */
  readonly configurationId: number;
  readonly resumed: boolean;
}

const NEXT_ID = `select nextval(pg_get_serial_sequence('run', 'id'))::int as id`;

/**
 * The run under way in this mode, else a new one: a live run continues across restarts, with its
 * initial balance, and records its configuration. Processes that start together get the same one.
 * Throws `UserError` if a live and a simulated run would share the database.
 */
export const openLiveRun = async (
  orm: Orm,
  { mode, initialBalance, configuration, strategies = [MOMENTUM_OF_RUN], ...start }: LiveRunStart,
): Promise<LiveRun> => {
  await refuseMixture(orm, mode, configuration);
  return orm.em.fork().transactional(async em => {
    await em.execute(`select pg_advisory_xact_lock(${LOCKS.liveRun}, 0)`);
    const running = await em.findOne(Run, { mode, status: 'running' }, { orderBy: { id: 'desc' }, fields: ['id'] });
    if (running) {
      const { id } = running;
      return { id, configurationId: await recordRestart(em, configuration, id), resumed: true };
    }
    const marketSource = mode === 'live' ? ('exchange' as const) : ('simulator' as const);
    const [{ id }] = await em.execute<[{ id: number }]>(NEXT_ID);
    const configurationId = await recordStart(em, configuration, id);
    await em.insert(Run, {
      ...start,
      id,
      configurationId,
      mode,
      marketSource,
      initialBalance: toMoney(initialBalance),
      status: 'running',
      strategies,
    });
    return { id, configurationId, resumed: false };
  });
};

/** Records the strategies that decide from now on. */
export const recordStrategies = async (
  orm: Orm,
  runId: number,
  strategies: readonly StrategyOfRun[],
): Promise<void> => {
  await orm.em.fork().nativeUpdate(Run, { id: runId }, { strategies });
};
