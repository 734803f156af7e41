import { MIGRATION_NAMES } from '../../../migrations/names.js';
import { UserError } from '../../errors.js';

/** Asks the database and gives the rows. */
export type Ask = (sql: string) => Promise<readonly { readonly name: string }[]>;

/** Refuses a database that a newer version has migrated: this one would write what it does not understand. */
export const refuseNewer = (executed: readonly { readonly name: string }[]): void => {
  const unknown = executed.map(({ name }) => name).filter(name => !MIGRATION_NAMES.includes(name));
  if (unknown.length > 0)
    throw new UserError([
      `The database was migrated by a newer version: it knows ${unknown.join(', ')}, this one ends at ${MIGRATION_NAMES.at(-1)!}.`,
      'Update crypto-bot, or use another database.',
    ]);
};

/** Migrations of this version that the database lacks. Throws `UserError` if its schema is newer. */
export const pendingMigrations = async (ask: Ask): Promise<string[]> => {
  const tables = await ask(`select relname as name from pg_class where oid = to_regclass('mikro_orm_migrations')`);
  const executed = tables.length === 0 ? [] : await ask('select name from mikro_orm_migrations');
  refuseNewer(executed);
  return MIGRATION_NAMES.filter(name => !executed.some(row => row.name === name));
};
