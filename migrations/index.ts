import type { Migration } from '@mikro-orm/migrations';
import { MIGRATION_NAMES } from './names.js';

type MigrationClass = new (...args: ConstructorParameters<typeof Migration>) => Migration;

/** Loads every migration of this folder, oldest first. Fails where a file does not export the class that its name says. */
export const loadMigrations = (): Promise<{ name: string; class: MigrationClass }[]> =>
  Promise.all(
    MIGRATION_NAMES.map(async name => {
      const file = `./${name.replace('Migration', 'migration-')}.js`;
      const found = ((await import(file)) as Readonly<Record<string, MigrationClass | undefined>>)[name];
      if (!found) throw new Error(`${file} does not export ${name}`);
      return { name, class: found };
    }),
  );
