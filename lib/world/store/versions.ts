import type { Client } from 'pg';
import { UserError } from '../../errors.js';
import type { KeyChange } from '../../settings/diff.js';

/** A row of `configuration_history`: a version in force from a moment on, or a rejected edit. */
export interface Version {
  readonly id: number;
  /**
   * The version's number: equal configurations have the same. For a rejected edit, its row's id.
   */
  readonly version: number;
  readonly timestamp: Date;
  readonly status: 'accepted' | 'restart_needed' | 'refused';
  readonly hash: string;
  /** The run that started with it or was under way; null in rows from before that was recorded. */
  readonly runId: number | null;
  readonly notes: string | null;
  /** Null for the first one, and for invalid YAML. */
  readonly changes: readonly KeyChange[] | null;
  /** Why it was rejected or waits for a restart. */
  readonly problems: readonly string[] | null;
}

/** A version with its document; null if it was rejected. */
export interface WholeVersion extends Version {
  readonly configuration: Readonly<Record<string, unknown>> | null;
}

const COLUMNS = `id, case when status = 'refused' then id
    else (select min(id) from configuration_history as same where same.hash = entry.hash) end as version,
  "timestamp", status, hash, run_id as "runId", notes, changes, problems`;
const WHOLE = `select ${COLUMNS}, configuration from configuration_history as entry`;

/** How messages say where to find a version. */
const LISTED = '"bot config history" lists those that are';
const LARGEST_ID = 2 ** 31 - 1;
const MIN_OF_A_HASH = 4;

/** The newest rows, newest first. */
export const readVersions = async (client: Client, limit: number): Promise<readonly Version[]> =>
  (
    await client.query<Version>(`select ${COLUMNS} from configuration_history as entry order by id desc limit $1`, [
      limit,
    ])
  ).rows;

/** The versions with these numbers, in their order. Throws `UserError` if one does not exist. */
export const readWholeVersions = async (client: Client, ids: readonly number[]): Promise<readonly WholeVersion[]> => {
  const { rows } = await client.query<WholeVersion>(`${WHOLE} where id = any($1)`, [ids]);
  return ids.map(id => {
    const version = rows.find(row => row.id === id);
    if (!version) throw new UserError([`found no version ${id} of the configuration (${LISTED})`]);
    return version;
  });
};

/**
 * A version by its number, or by its hash or a prefix of one, as reports print it. Throws
 * `UserError` if there is none, if the prefix is ambiguous, and for invalid input.
 */
export const findVersion = async (client: Client, name: string): Promise<WholeVersion> => {
  const isNumber = /^\d+$/.test(name) && Number(name) <= LARGEST_ID;
  if (isNumber) {
    const { rows } = await client.query<WholeVersion>(`${WHOLE} where id = $1`, [name]);
    if (rows[0]) return rows[0];
  }
  const isHash = /^[0-9a-f]{1,64}$/i.test(name) && name.length >= MIN_OF_A_HASH;
  if (!isNumber && !isHash)
    throw new UserError([
      `found "${name}", expected the number of a version or at least ${MIN_OF_A_HASH} digits of its hash (${LISTED})`,
    ]);
  const { rows } = isHash
    ? await client.query<WholeVersion>(
        `select distinct on (hash) * from (${WHOLE} where starts_with(hash, $1)) as found order by hash, id limit 3`,
        [name.toLowerCase()],
      )
    : { rows: [] };
  if (rows.length > 1)
    throw new UserError([
      `"${name}" is the beginning of several hashes, ${rows[0]!.hash} one of them: give more of it`,
    ]);
  if (!rows[0]) throw new UserError([`found no version ${name} of the configuration (${LISTED})`]);
  return rows[0];
};
