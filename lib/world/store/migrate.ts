import { Migrator } from '@mikro-orm/migrations';
import { escapeIdentifier, type Client } from 'pg';
import { UserError } from '../../errors.js';
import type { Connection } from '../database/index.js';
import { guarded } from './errors.js';
import { LOCKS } from './locks.js';
import { beginSession, newClient, withClient } from '../database/connection.js';
import { loadMigrations, MIGRATION_NAMES } from './migration-list.js';
import { openOrm, type Orm, type OrmOptions } from './orm.js';
import { appliedMigrations } from './schema-state.js';

/** A migration of the code or of the database. */
export interface MigrationState {
  readonly name: string;
  /** Null if it is pending. */
  readonly appliedAt: Date | null;
}

/** How long to wait for another process that migrates at the same time. */
const WAIT_MS = 120_000;

/**
 * MikroORM with its migrator, which the store does not need: it takes a tenth of a second to load.
 */
export const openMigrationOrm = async (connection: Connection, options: OrmOptions): Promise<Orm> =>
  openOrm(connection, options, {
    ...(connection.schema !== undefined && { schema: connection.schema }), // of the migrator's own table
    extensions: [Migrator],
    migrations: {
      migrationsList: await loadMigrations(),
      snapshot: false,
      disableForeignKeys: false,
      silent: true,
    },
  });

const withLock = async <T>(connection: Connection, act: (client: Client) => Promise<T>): Promise<T> => {
  const client = newClient(connection, { answerMs: WAIT_MS, keepAlive: true });
  try {
    await guarded('waiting for another migration', async () => {
      await beginSession(client, connection);
      await client.query(`select pg_advisory_lock(${LOCKS.migration}, 0)`);
    });
    return await act(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};

const MIGRATIONS_TABLE = `
  create table if not exists mikro_orm_migrations (
    id serial primary key, name varchar(255), executed_at timestamptz default current_timestamp)`;

const STRANGERS = `
  select string_agg(relname, ', ' order by relname collate "C") as names, current_schema() as schema,
    exists (select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = 'public' and relname = 'mikro_orm_migrations') as "inPublic"
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where nspname = current_schema() and relname = any ($1)`;

/**
 * Refuses a schema that has tables with our names that none of our migrations created: another
 * program's.
 */
const refuseStrangers = async (client: Client, orm: Orm): Promise<void> => {
  const ours = Object.values(orm.getMetadata().getAll()).map(({ tableName }) => tableName);
  const { rows } = await client.query<{ names: string | null; schema: string; inPublic: boolean }>(STRANGERS, [ours]);
  const { names, schema, inPublic } = rows[0]!;
  if (names === null) return;
  throw new UserError([
    `The schema ${schema} of the database already contains tables that the bot did not create: ${names}.`,
    'Give the bot its own schema: CREATE SCHEMA crypto_bot; then add ?options=-c%20search_path%3Dcrypto_bot to the URL.',
    ...(inPublic && schema !== 'public'
      ? [
          `If an earlier version of the bot created them and its migrations table is in public: ALTER TABLE public.mikro_orm_migrations SET SCHEMA ${escapeIdentifier(schema)}`,
        ]
      : []),
  ]);
};

/**
 * Migrates the schema to the newest migration, to `to`, or down to and including `down`, under a
 * lock: a second starter waits for the first. Everything happens in one transaction, so that a
 * killed migration leaves nothing. Throws `UserError` if the schema is newer than this code or has
 * another program's tables, or if there is no such migration.
 */
export const migrate = async (
  connection: Connection,
  { to, down }: { readonly to?: string; readonly down?: string } = {},
): Promise<{ readonly applied: string[] }> => {
  for (const name of [to, down])
    if (name !== undefined && !MIGRATION_NAMES.includes(name))
      throw new UserError([`There is no migration ${name}.`, `Known are: ${MIGRATION_NAMES.join(', ')}`]);
  return withLock(connection, client =>
    guarded('migrating', async () => {
      const orm = await openMigrationOrm(connection, { poolSize: 2, statementTimeoutMs: 10 * 60_000 });
      try {
        const executed = await appliedMigrations(async sql => (await client.query<{ name: string }>(sql)).rows);
        if (executed.length === 0) await refuseStrangers(client, orm);
        const { migrator } = orm;
        // Its own way starts with a list of all tables of the database, and fails at any name with
        // quotes.
        migrator.getStorage().ensureTable = async () => {
          await client.query(MIGRATIONS_TABLE);
        };
        if (down !== undefined) {
          const names = executed.map(({ name }) => name);
          const from = names.indexOf(down);
          const reverted = from < 0 ? [] : names.slice(from).reverse();
          if (reverted.length > 0) await migrator.down({ migrations: reverted });
          return { applied: reverted };
        }
        const done = await migrator.up(to === undefined ? {} : { to });
        return { applied: done.map(({ name }) => name) };
      } finally {
        await orm.close(true);
      }
    }),
  );
};

/**
 * Every migration of this version, oldest first; changes nothing. Throws `UserError` if the schema
 * is newer.
 */
export const migrationStates = (connection: Connection): Promise<MigrationState[]> =>
  guarded('reading the migrations', () =>
    withClient(connection, async client => {
      const executed = await appliedMigrations(
        async sql => (await client.query<{ name: string; executed_at: Date }>(sql)).rows,
      );
      const at = new Map(executed.map(({ name, executed_at }) => [name, executed_at]));
      return MIGRATION_NAMES.map(name => ({ name, appliedAt: at.get(name) ?? null }));
    }),
  );
