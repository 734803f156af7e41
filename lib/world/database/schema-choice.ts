import { escapeIdentifier } from 'pg';
import { UserError } from '../../errors.js';
import { DatabaseAway } from './connection.js';

/** Kind of access that a command needs. */
export type Need = 'reading' | 'writing';

/** A schema of the search path. */
export interface SchemaFacts {
  readonly name: string;
  /** Whether the role may create tables there. */
  readonly creates: boolean;
  /** Whether it contains a bot's tables that the role may read. */
  readonly hasTables: boolean;
  /** The role that owns the bot's tables, readable or not; null if there are none. */
  readonly owner: string | null;
  /** Whether it may insert runs. */
  readonly inserts: boolean;
}

/** Properties of a database and of the role. */
export interface RoleFacts {
  readonly title: string;
  readonly user: string;
  readonly standby: boolean;
  readonly readOnly: boolean;
  readonly path: readonly SchemaFacts[];
  readonly elsewhere: readonly string[];
}

/** The schema of the tables, and the access to them. */
export interface SchemaChoice {
  readonly schema: string;
  readonly canWrite: boolean;
  readonly canMigrate: boolean;
}

const READERS =
  'status, why, universe, data check, data revisions, data retain --dry-run, export, config history, config diff, config show, migrate --status, backtest --dry-run';

/** How a URL names the schema. */
const pathTo = (schema: string): string => {
  const name = /^[a-z_][a-z\d_]*$/.test(schema) ? schema : escapeIdentifier(schema);
  return `options=${encodeURIComponent(`-c search_path=${name.replace(/[\\\s]/g, '\\$&')}`)}`;
};

const refuseWriting = ({ title, user, standby, readOnly, path, elsewhere }: RoleFacts): UserError => {
  if (standby)
    return new UserError([
      `The database ${title} is a standby, which is read-only.`,
      `Point DATABASE_URL to the primary. On a standby these work: ${READERS}.`,
    ]);
  if (readOnly)
    return new DatabaseAway([
      `The database ${title} is read-only now (default_transaction_read_only = on), as hosted ones are while their disk is full.`,
      'Free disk space there, or switch that off.',
      `Meanwhile these work: ${READERS}.`,
    ]);
  const readable = path.find(({ hasTables }) => hasTables);
  if (readable)
    return new UserError([
      `The database ${title} lets ${user} only read the bot's tables in the schema ${readable.name}.`,
      `Use the role that owns them, ${readable.owner!}. These need only SELECT: ${READERS}.`,
    ]);
  const first = path[0]?.name ?? 'public';
  return new UserError([
    path.length === 0
      ? `The database ${title} has no schema on the search_path of ${user} that it may use.`
      : `The database ${title} does not let ${user} create tables in ${path.length > 1 ? 'the schemas' : 'the schema'} ${path.map(({ name }) => name).join(', ')}.`,
    ...(elsewhere.length > 0
      ? [`It may do so in ${elsewhere.join(', ')}. To use ${elsewhere[0]!}, add ?${pathTo(elsewhere[0]!)} to the URL.`]
      : [
          `As its owner, run in that database: GRANT CREATE, USAGE ON SCHEMA ${escapeIdentifier(first)} TO ${escapeIdentifier(user)}`,
          `Or give the bot its own schema: CREATE SCHEMA ${escapeIdentifier(user)} AUTHORIZATION ${escapeIdentifier(user)}`,
        ]),
  ]);
};

/**
 * Chooses the bot's schema from the search path. To write: the first one in which the role may
 * create tables, as in PostgreSQL itself, so that two bots with a schema each never meet; for a
 * role that may create none but insert rows, the first one with the tables. To read: the first one
 * with the tables. Throws `UserError` with the missing grant if there is none.
 */
export const chooseSchema = (facts: RoleFacts, need: Need): SchemaChoice => {
  const { path, standby, readOnly, title, user } = facts;
  const made = path.find(({ creates }) => creates);
  const there = path.find(({ hasTables }) => hasTables);
  const isWritable = !standby && !readOnly;
  const written = made ?? path.find(({ inserts, hasTables }) => inserts && hasTables);
  const chosen = need === 'writing' ? written : (there ?? made);
  if (need === 'writing' && (!isWritable || !chosen)) throw refuseWriting(facts);
  if (!chosen)
    throw new UserError([
      `The database ${title} contains no bot tables that ${user} may read.`,
      `As their owner, run: GRANT USAGE ON SCHEMA public TO ${escapeIdentifier(user)}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${escapeIdentifier(user)}`,
      'If they are in a schema outside its search_path, name it in the URL: ?options=-c%20search_path%3DSCHEMA',
    ]);
  if (chosen.owner === null && !isWritable) throw refuseWriting(facts); // neither tables nor a way to create them
  if (chosen.owner !== null && !chosen.hasTables)
    throw new UserError([
      `The bot's tables in the schema ${chosen.name} of the database ${title} belong to ${chosen.owner}, and ${user} may not read them.`,
      `Use the role ${chosen.owner}. If it restored a backup for ${user}: drop the database and restore it as ${user}, so that ${user} owns the tables.`,
    ]);
  return {
    schema: chosen.name,
    canWrite: isWritable && (chosen.creates || chosen.inserts),
    canMigrate: isWritable && chosen.creates,
  };
};
