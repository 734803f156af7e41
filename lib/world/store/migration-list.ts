import type { Migration } from '@mikro-orm/migrations';
import { readdirSync } from 'node:fs';
import { moduleUrl } from '../package-folder.js';

type MigrationClass = new (...args: ConstructorParameters<typeof Migration>) => Migration;

const fileOf = (name: string): URL => moduleUrl(`migrations/${name.replace('Migration', 'migration-')}`);

/** `migration-20261130200000.ts`, or `.js` once it is built. */
const FILE = /^migration-(\d{14})\.[jt]s$/;

/** The names of all migrations, oldest first, as their folder has them; none is loaded for it. */
export const MIGRATION_NAMES: readonly string[] = readdirSync(new URL('.', fileOf('')))
  .flatMap(file => FILE.exec(file)?.slice(1) ?? [])
  .sort()
  .map(stamp => `Migration${stamp}`);

/**
 * Loads every migration, oldest first. Fails where a file does not export the class that its name
 * says.
 */
export const loadMigrations = (): Promise<{ name: string; class: MigrationClass }[]> =>
  Promise.all(
    MIGRATION_NAMES.map(async name => {
      const { href } = fileOf(name);
      const found = ((await import(href)) as Readonly<Record<string, MigrationClass | undefined>>)[name];
      if (!found) throw new Error(`${href} does not export ${name}`);
      return { name, class: found };
    }),
  );
