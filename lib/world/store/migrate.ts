import { Migrator } from '@mikro-orm/migrations';
import { Client } from 'pg';
import { migrations } from '../../../migrations/index.js';
import { MIGRATION_NAMES } from '../../../migrations/names.js';
import { UserError } from '../../errors.js';
import type { Connection } from '../database/index.js';
import { guarded } from './errors.js';
import { LOCKS } from './locks.js';
import { CONNECT_TIMEOUT_MS } from '../database/connection.js';
import { openOrm, type Orm, type OrmOptions } from './orm.js';
import { refuseNewer } from './schema-state.js';

/** A migration of the code or of the database. */
export interface MigrationState {
  readonly name: string;
  /** Null while it waits to be applied. */
  readonly appliedAt: Date | null;
}

/** How long another process may take that migrates at the same time. */
const WAIT_MS = 120_000;

/** MikroORM with its migrator, which the store itself does without: it costs a tenth of a second to load. */
export const openMigrationOrm = (connection: Connection, options: OrmOptions): Promise<Orm> =>
  openOrm(connection, options, {
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, disableForeignKeys: false, silent: true },
  });

const openMigrator = async (connection: Connection) => {
  const orm = await openMigrationOrm(connection, { poolSize: 2, statementTimeoutMs: 10 * 60_000 });
  return { migrator: orm.migrator, close: () => orm.close(true) };
};

const withLock = async <T>(connection: Connection, act: () => Promise<T>): Promise<T> => {
  const client = new Client({
    ...connection,
    ssl: connection.ssl ?? false,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: WAIT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined); // the next query says it
  try {
    await guarded('waiting for another migration', async () => {
      await client.connect();
      await client.query('select pg_advisory_lock($1, 0)', [LOCKS.migration]);
    });
    return await act();
  } finally {
    await client.end().catch(() => undefined);
  }
};

/**
 * Brings the schema up to the newest migration, to `to`, or down to and including `down`, under a lock: a second starter
 * waits for the first. All of it happens in one transaction, so that a killed migration leaves nothing.
 * Throws `UserError` if the schema is newer than this code, or if there is no such migration.
 */
export const migrate = async (
  connection: Connection,
  { to, down }: { readonly to?: string; readonly down?: string } = {},
): Promise<{ readonly applied: string[] }> => {
  for (const name of [to, down])
    if (name !== undefined && !MIGRATION_NAMES.includes(name))
      throw new UserError([`There is no migration ${name}.`, `Known are: ${MIGRATION_NAMES.join(', ')}`]);
  return withLock(connection, () =>
    guarded('migrating', async () => {
      const { migrator, close } = await openMigrator(connection);
      try {
        const executed = await migrator.getExecutedMigrations();
        refuseNewer(executed);
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
        await close();
      }
    }),
  );
};

/** Every migration of this version, oldest first. Throws `UserError` if the schema is newer. */
export const migrationStates = (connection: Connection): Promise<MigrationState[]> =>
  guarded('reading the migrations', async () => {
    const { migrator, close } = await openMigrator(connection);
    try {
      const executed = await migrator.getExecutedMigrations();
      refuseNewer(executed);
      const at = new Map(executed.map(({ name, executed_at }) => [name, executed_at]));
      return MIGRATION_NAMES.map(name => ({ name, appliedAt: at.get(name) ?? null }));
    } finally {
      await close();
    }
  });
