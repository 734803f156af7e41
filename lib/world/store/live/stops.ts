import type { ClientBase } from 'pg';
import { elapsed } from '../../clock.js';

/** Why a process ends in order. */
export interface Stop {
  /** In words: stopped on request. Never a secret. */
  readonly reason: string;
  /** Whether it was asked to; false where it ends since it cannot go on. */
  readonly requested: boolean;
}

/** Says why the processes have ended that said since this process began that they do: it is what stopped them. */
export const explainStops = async (client: ClientBase, { reason, requested }: Stop): Promise<void> => {
  await client.query(
    `update process_state set stop_reason = $1, stop_requested = $2
     where stopped_at >= now() - $3::float8 * interval '1 ms'`,
    [reason, requested, elapsed()],
  );
};
