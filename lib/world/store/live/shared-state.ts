import type { SharedState } from '../../../exchange/ports.js';
import { ask } from '../bulk.js';
import { guarded } from '../errors.js';
import type { Orm } from '../orm.js';

const READ = `
  with clock as (select extract(epoch from clock_timestamp())::float8 * 1000 as now)
  select now, version::float8 as version, state from clock left join shared_state on name = ?`;
// Does not wait for the disk: it changes with every request, and a power cut loses only its last
// moment.
const WRITE = `
  insert into shared_state as stored (name, version, state)
  select ?, ?::bigint, ?::jsonb from set_config('synchronous_commit', 'off', true)
  on conflict (name) do update set version = excluded.version, state = excluded.state, updated_at = now()
    where stored.version = excluded.version - 1
  returning 1`;

/** More lost races in a row than this mean that something else is wrong. */
const MAX_TRIES = 100;

/**
 * A state in the database, by its name, on the database's clock. No lock is held while `change` is
 * computed: a process that was overtaken meanwhile reads again. So a process that stops at any
 * point never blocks another one.
 */
export const sharedState = <S>(orm: Orm, name: string): SharedState<S> => ({
  update: change =>
    guarded('changing a shared state', async () => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const em = orm.em.fork();
        const [row] = await ask<{ now: number; version: number | null; state: S | null }>(em, READ, [name]);
        const { now, version, state: before } = row!;
        const { state, result } = change(before, now);
        const written = await ask(em, WRITE, [name, (version ?? 0) + 1, JSON.stringify(state)]);
        if (written.length > 0) return result;
      }
      throw new Error(`the state "${name}" was changed by others ${MAX_TRIES} times in a row`);
    }),
});
