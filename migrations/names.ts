import { readdirSync } from 'node:fs';

/** `migration-20261130200000.ts`, or `.js` once it is compiled. */
const FILE = /^migration-(\d{14})\.[jt]s$/;

/** The names of all migrations, oldest first, as the folder has them; none is loaded for it. */
export const MIGRATION_NAMES: readonly string[] = readdirSync(new URL('.', import.meta.url))
  .flatMap(file => FILE.exec(file)?.slice(1) ?? [])
  .sort()
  .map(stamp => `Migration${stamp}`);
