import type { Orm } from '../orm.js';
import type { Origin } from '../opportunities.js';
import { writeChangeSet, type ChangeSet } from '../save.js';
import { writeState, type NextState } from './portfolio-state.js';

/** What happened to a live portfolio, with the state that it led to. */
export interface PositionsSaved extends ChangeSet {
  readonly next: NextState;
}

/**
 * Stores what happened and the state that it led to in one transaction: an opportunity is taken, its trade opened and the
 * cash spent, or none of it. Storing it again changes nothing. Throws `Superseded` if another process went on meanwhile.
 */
export const savePositions = (orm: Orm, origin: Origin, { next, ...changes }: PositionsSaved): Promise<void> =>
  orm.em.fork().transactional(async em => {
    await writeState(em, origin.runId, next); // first: its row lock lets one process through at a time
    await writeChangeSet(em, origin, changes);
  });
