import type { EntityManager } from '@mikro-orm/postgresql';
import { ConfigurationHistory } from '../../../entities/configuration-history.js';
import { Run } from '../../../entities/run.js';
import { diffDocuments } from '../../settings/diff.js';
import type { ConfigurationEvent } from '../../settings/reload.js';
import type { Configuration } from '../../settings/settings.js';
import { LOCKS } from './locks.js';
import type { Orm } from './orm.js';

/** The recorded part of a configuration. */
export type Recorded = Pick<Configuration, 'document' | 'hash'>;

type Row = Pick<ConfigurationHistory, 'configuration' | 'hash' | 'runId' | 'status' | 'changes' | 'problems'>;

/**
 * One writer at a time, so that equal configurations get one number. Held until the transaction
 * ends.
 */
const lock = (em: EntityManager) => em.execute(`select pg_advisory_xact_lock(${LOCKS.configuration}, 0)`);

const enter = async (em: EntityManager, row: Row): Promise<number> => {
  const entered = em.create(ConfigurationHistory, { timestamp: undefined as never, notes: null, ...row });
  await em.persist(entered).flush();
  return entered.id;
};

/** The number of a version: the id of the first row with this configuration. */
const numberOf = async (em: EntityManager, hash: string): Promise<number> => {
  const where = { hash, configuration: { $ne: null } };
  const first = await em.findOneOrFail(ConfigurationHistory, where, { orderBy: { id: 'asc' }, fields: ['id'] });
  return first.id;
};

const newest = (em: EntityManager, where: Partial<Pick<Row, 'runId' | 'status'>>) =>
  em.findOne(ConfigurationHistory, where, { orderBy: { id: 'desc' } });

/**
 * The configuration in force according to the records: the newest accepted version of the run, or
 * the one it started with.
 */
const recordedInForce = async (em: EntityManager, runId: number): Promise<ConfigurationHistory | null> => {
  const own = await newest(em, { runId, status: 'accepted' });
  if (own) return own;
  const run = await em.findOne(Run, { id: runId }, { fields: ['configurationId'] });
  return run && em.findOne(ConfigurationHistory, { id: run.configurationId });
};

const recordAfter = async (
  em: EntityManager,
  before: ConfigurationHistory | null,
  { document, hash }: Recorded,
  runId: number,
): Promise<number> => {
  if (before?.hash !== hash) {
    const changes = before ? diffDocuments(before.configuration, document) : null;
    await enter(em, { configuration: document, hash, runId, status: 'accepted', changes, problems: null });
  }
  return numberOf(em, hash);
};

/**
 * Records the configuration at the start of a run, within the transaction that enters the run, and
 * returns the version's number. A row is added only if it differs from the last one in force, in
 * any run.
 */
export const recordStart = async (em: EntityManager, configuration: Recorded, runId: number): Promise<number> => {
  await lock(em);
  return recordAfter(em, await newest(em, { status: 'accepted' }), configuration, runId);
};

/**
 * As `recordStart`, for a resumed run: a row is added if it differs from the last one in force in
 * that run.
 */
export const recordRestart = async (em: EntityManager, configuration: Recorded, runId: number): Promise<number> => {
  await lock(em);
  return recordAfter(em, await recordedInForce(em, runId), configuration, runId);
};

/**
 * Records the outcome of an edit during a run, and returns the version's number, or the row's id of
 * a rejected edit; processes of one run share the row.
 */
export const recordEvent = (orm: Orm, event: ConfigurationEvent, runId: number): Promise<number> =>
  orm.em.fork().transactional(async em => {
    if (event.kind === 'accepted' || event.kind === 'restored') return recordRestart(em, event.configuration, runId);
    await lock(em);
    const { kind: status, changes, problems } = event;
    const { hash, configuration } =
      event.kind === 'refused'
        ? { hash: event.content, configuration: null }
        : { hash: event.configuration.hash, configuration: event.configuration.document };
    const before = await newest(em, { runId });
    const id =
      before?.status === status && before.hash === hash
        ? before.id
        : await enter(em, { configuration, hash, runId, status, changes, problems });
    return event.kind === 'refused' ? id : numberOf(em, hash);
  });
