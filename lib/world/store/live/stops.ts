import { hostname } from 'node:os';
import type { ClientBase } from 'pg';
import { elapsed } from '../../clock.js';

/** Why a process ends in order. */
export interface Stop {
  /** In words: stopped on request. Never a secret. */
  readonly reason: string;
  /** Whether it was asked to; false where it ends since it cannot go on. */
  readonly requested: boolean;
}

/**
 * Says of the processes of a run that all of them have ended, and why: it is what stopped them. `pids` are those that this process
 * started; a row from before it began is of one that they followed. Whoever has a role since then is left alone.
 */
export const saveStops = async (
  client: ClientBase,
  { reason, requested }: Stop,
  pids: readonly number[],
): Promise<void> => {
  await client.query(
    `update process_state set stop_reason = $1, stop_requested = $2, stopped_at = case when stopped_at >= began.at then stopped_at else now() end
     from (select now() - $3::float8 * interval '1 ms' as at) as began
     where host = $4 and pid = any ($5::int[]) and heartbeat_at >= began.at
        or greatest(heartbeat_at, stopped_at) < began.at
        or stopped_at >= began.at`,
    [reason, requested, elapsed(), hostname(), pids],
  );
};
