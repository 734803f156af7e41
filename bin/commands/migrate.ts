import type { Database } from '../../lib/world/database/index.js';
import { migrate, migrationStates } from '../../lib/world/store/migrate.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withDatabase } from '../world.js';

/** The options of `bot migrate`, as parsed. */
export interface MigrateOptions {
  /** Path of the configuration file. */
  readonly config?: string;
  /** Reverts this migration and all after it. */
  readonly down?: string;
  /** Only lists the migrations. */
  readonly status?: boolean;
  readonly json?: boolean;
}

const list = async ({ connection }: Database, json: boolean, terminal: Terminal): Promise<void> => {
  const states = await migrationStates(connection);
  const rows = states.map(({ name, appliedAt }) => [name, appliedAt?.toISOString() ?? 'not yet']);
  terminal.out(json ? JSON.stringify(states) : table(['migration', 'applied'], rows));
};

/** `bot migrate`: migrates the database's schema, reverts it, or lists the migrations. */
export const migrateCommand = (options: MigrateOptions, terminal: Terminal): Promise<void> => {
  const { down, status, json } = options;
  if (status) return withDatabase(options, terminal, database => list(database, json ?? false, terminal), 'reading');
  return withDatabase(options, terminal, async ({ connection }) => {
    const { applied } = await migrate(connection, down === undefined ? {} : { down });
    const done = down === undefined ? 'applied' : 'reverted';
    if (json) terminal.out(JSON.stringify({ [done]: applied }));
    else if (applied.length > 0)
      terminal.out(
        table(
          [done],
          applied.map(name => [name]),
        ),
      );
    else terminal.out(down === undefined ? 'The schema is up to date.' : 'Nothing to revert.');
  });
};
