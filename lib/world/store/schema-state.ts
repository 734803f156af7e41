import { UserError } from '../../errors.js';
import { MIGRATION_NAMES } from './migration-list.js';

/** Runs a query and returns the rows. */
export type Ask<Row extends Named = Named> = (sql: string) => Promise<readonly Row[]>;

interface Named {
  readonly name: string;
}

/**
 * Refuses a database whose migrations this version does not know: a newer one's, or one from before
 * the first release, whose migrations became one.
 */
const refuseUnknown = (executed: readonly Named[]): void => {
  const unknown = executed.map(({ name }) => name).filter(name => !MIGRATION_NAMES.includes(name));
  if (unknown.length === 0) return;
  const isOlder = unknown.every(name => name < MIGRATION_NAMES[0]!);
  throw new UserError(
    isOlder
      ? [
          `The database was made by a version before the first release: its migrations begin at ${unknown[0]!}, those of this version at ${MIGRATION_NAMES[0]!}.`,
          'Use another database (an embedded one: another BOT_DATA_DIR), or drop this one, and import the candles again.',
        ]
      : [
          `The database was migrated by a newer version: it knows ${unknown.join(', ')}, this one ends at ${MIGRATION_NAMES.at(-1)!}.`,
          'Update crypto-bot, or use another database.',
        ],
  );
};

/**
 * The applied migrations, with their stored columns. Throws `UserError` if one is unknown.
 */
export const appliedMigrations = async <Row extends Named>(ask: Ask<Row>): Promise<readonly Row[]> => {
  const tables = await ask(`select relname as name from pg_class where oid = to_regclass('mikro_orm_migrations')`);
  const applied = tables.length === 0 ? [] : await ask('select * from mikro_orm_migrations order by id');
  refuseUnknown(applied);
  return applied;
};

/**
 * Migrations of this version that are missing in the database. Throws `UserError` if its schema is
 * newer.
 */
export const pendingMigrations = async (ask: Ask): Promise<string[]> => {
  const applied = await appliedMigrations(ask);
  return MIGRATION_NAMES.filter(name => !applied.some(row => row.name === name));
};
