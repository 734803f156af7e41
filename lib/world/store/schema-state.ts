import { MIGRATION_NAMES } from '../../../migrations/names.js';
import { UserError } from '../../errors.js';

/** Asks the database and gives the rows. */
export type Ask<Row extends Named = Named> = (sql: string) => Promise<readonly Row[]>;

interface Named {
  readonly name: string;
}

/**
 * Refuses a database that a newer version has migrated: this one would write what it does not
 * understand.
 */
const refuseNewer = (executed: readonly Named[]): void => {
  const unknown = executed.map(({ name }) => name).filter(name => !MIGRATION_NAMES.includes(name));
  if (unknown.length > 0)
    throw new UserError([
      `The database was migrated by a newer version: it knows ${unknown.join(', ')}, this one ends at ${MIGRATION_NAMES.at(-1)!}.`,
      'Update crypto-bot, or use another database.',
    ]);
};

/**
 * The migrations that the database has, with what is stored of each. Throws `UserError` if its
 * schema is newer.
 */
export const appliedMigrations = async <Row extends Named>(ask: Ask<Row>): Promise<readonly Row[]> => {
  const tables = await ask(`select relname as name from pg_class where oid = to_regclass('mikro_orm_migrations')`);
  const applied = tables.length === 0 ? [] : await ask('select * from mikro_orm_migrations order by id');
  refuseNewer(applied);
  return applied;
};

/**
 * Migrations of this version that the database lacks. Throws `UserError` if its schema is newer.
 */
export const pendingMigrations = async (ask: Ask): Promise<string[]> => {
  const applied = await appliedMigrations(ask);
  return MIGRATION_NAMES.filter(name => !applied.some(row => row.name === name));
};
