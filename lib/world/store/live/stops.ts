import { hostname } from 'node:os';
import type { ClientBase } from 'pg';
import { elapsed } from '../../clock.js';

/** Why a process ends in order. */
export interface Stop {
  /** For people: stopped on request. Never a secret. */
  readonly reason: string;
  /** Whether the stop was requested; false if the process could not go on. */
  readonly requested: boolean;
}

/**
 * Stores that all processes of a run have ended, and why: the reason of their stop. `pids` are
 * those that this process started; a row from before it began is of one that they followed. Roles
 * taken since then are left alone.
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
