import type { Client } from 'pg';
import { UserError } from '../../errors.js';
import type { KeyChange } from '../../settings/diff.js';

/** A row of `configuration_history`. */
export interface Version {
  readonly id: number;
  readonly timestamp: Date;
  readonly status: 'accepted' | 'restart_needed' | 'refused';
  readonly hash: string;
  /** The run that was under way; null for what a run starts with. */
  readonly runId: number | null;
  readonly notes: string | null;
  /** Null for the first one, and for what is no YAML. */
  readonly changes: readonly KeyChange[] | null;
  /** Why it was refused or waits for a restart. */
  readonly problems: readonly string[] | null;
}

/** A version with its document; null where it was refused. */
export interface WholeVersion extends Version {
  readonly configuration: Readonly<Record<string, unknown>> | null;
}

const COLUMNS = 'id, "timestamp", status, hash, run_id as "runId", notes, changes, problems';

/** The newest versions, newest first. */
export const readVersions = async (client: Client, limit: number): Promise<readonly Version[]> =>
  (await client.query<Version>(`select ${COLUMNS} from configuration_history order by id desc limit $1`, [limit])).rows;

/** The versions with these ids, in their order. Throws `UserError` if one is not there. */
export const readWholeVersions = async (client: Client, ids: readonly number[]): Promise<readonly WholeVersion[]> => {
  const { rows } = await client.query<WholeVersion>(
    `select ${COLUMNS}, configuration from configuration_history where id = any($1)`,
    [ids],
  );
  return ids.map(id => {
    const version = rows.find(row => row.id === id);
    if (!version)
      throw new UserError([`found no version ${id} of the configuration ("bot config history" lists those that are)`]);
    return version;
  });
};
