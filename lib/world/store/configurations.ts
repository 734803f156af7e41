import type { EntityManager } from '@mikro-orm/postgresql';
import { ConfigurationHistory } from '../../../entities/configuration-history.js';
import { Run } from '../../../entities/run.js';
import { diffDocuments } from '../../settings/diff.js';
import type { ConfigurationEvent } from '../../settings/reload.js';
import type { Configuration } from '../../settings/settings.js';
import { LOCKS } from './locks.js';
import type { Orm } from './orm.js';

type Version = Pick<
  ConfigurationHistory,
  'configuration' | 'hash' | 'runId' | 'notes' | 'status' | 'changes' | 'problems'
>;

const enter = async (em: EntityManager, version: Version): Promise<number> => {
  const row = em.create(ConfigurationHistory, { timestamp: undefined as never, ...version });
  await em.persist(row).flush();
  return row.id;
};

/** One writer at a time for a run's versions, or for those of no run. */
const inTurn = <T>(orm: Orm, runId: number | null, act: (em: EntityManager) => Promise<T>): Promise<T> =>
  orm.em.fork().transactional(async em => {
    await em.execute('select pg_advisory_xact_lock(?, ?)', [LOCKS.configuration, runId ?? 0]);
    return act(em);
  });

const newest = (em: EntityManager, runId: number | null, where: Partial<Pick<Version, 'status'>>) =>
  em.findOne(ConfigurationHistory, { runId, ...where }, { orderBy: { id: 'desc' } });

/** What is in force by the records: the newest accepted version of the run, or what it started with. */
const recordedInForce = async (em: EntityManager, runId: number | null): Promise<ConfigurationHistory | null> => {
  const own = await newest(em, runId, { status: 'accepted' });
  if (own || runId === null) return own;
  const run = await em.findOne(Run, { id: runId }, { fields: ['configurationId'] });
  return run && em.findOne(ConfigurationHistory, { id: run.configurationId });
};

const recordAccepted = async (
  em: EntityManager,
  { document, hash }: Pick<Configuration, 'document' | 'hash'>,
  notes: string | null,
  runId: number | null,
): Promise<number> => {
  const before = await recordedInForce(em, runId);
  if (before?.hash === hash) return before.id;
  const changes = before ? diffDocuments(before.configuration, document) : null;
  return enter(em, { configuration: document, hash, runId, notes, status: 'accepted', changes, problems: null });
};

/**
 * Records a configuration in force, for a run if one is given, and returns its id. Where the newest one in force of the
 * same run (or of none) has the same hash, that row's id: history grows only when something changes.
 */
export const recordConfiguration = (
  orm: Orm,
  configuration: Pick<Configuration, 'document' | 'hash'>,
  notes: string | null,
  runId: number | null,
): Promise<number> => inTurn(orm, runId, em => recordAccepted(em, configuration, notes, runId));

/** Records what an edit came to while a run is under way, and returns its row's id; processes of one run share the row. */
export const recordEvent = (orm: Orm, event: ConfigurationEvent, runId: number): Promise<number> =>
  inTurn(orm, runId, async em => {
    if (event.kind === 'accepted' || event.kind === 'restored')
      return recordAccepted(em, event.configuration, null, runId);
    const { kind: status, changes, problems } = event;
    const { hash, configuration } =
      event.kind === 'refused'
        ? { hash: event.content, configuration: null }
        : { hash: event.configuration.hash, configuration: event.configuration.document };
    const before = await newest(em, runId, {});
    if (before?.status === status && before.hash === hash) return before.id;
    return enter(em, { configuration, hash, runId, notes: null, status, changes, problems });
  });
