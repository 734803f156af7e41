import { UserError } from '../../errors.js';
import { wordsOf } from './words.js';

/** Errors that the server or its owner is responsible for: never a bug of ours. */
const OF_THE_SERVER = /^(08|0A|25006|28|3D|40|42501|53|54|55|57|58|F0|XX)/;
/** Has its own message. */
const DISK_FULL = '53100';
const LOST = /^Connection terminated|^terminating connection|not queryable|^Client has encountered a connection error/;

const CURES: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [
    /must be owner of (.+)/,
    ([, what]) =>
      `Only the owner of ${what} may do that: use the role that created the tables, or GRANT that role to this one.`,
  ],
  [
    /to create temporary tables in database (.+)/,
    ([, name]) => `As its owner, run: GRANT TEMPORARY ON DATABASE ${name} TO the role in DATABASE_URL.`,
  ],
  [
    /for (?:table|relation|view) (\S+)/,
    () =>
      'As the owner of the tables, run: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA … TO the role in DATABASE_URL, and GRANT USAGE ON ALL SEQUENCES IN SCHEMA … likewise.',
  ],
  [
    /for sequence (\S+)/,
    () => 'As its owner, run: GRANT USAGE ON ALL SEQUENCES IN SCHEMA … TO the role in DATABASE_URL.',
  ],
  [
    /for schema (\S+)/,
    ([, name]) => `As its owner, run: GRANT USAGE, CREATE ON SCHEMA ${name} TO the role in DATABASE_URL.`,
  ],
];

const cureOf = (code: string, words: string): string => {
  if (code === '25006')
    return 'Hosted databases are switched to read-only while their disk is full: free space there, or switch that off, and try again.';
  if (code !== '42501') return 'Try again once that is resolved; the log of the server may say more.';
  for (const [pattern, cure] of CURES) {
    const found = pattern.exec(words);
    if (found) return cure(found);
  }
  return 'The owner of the database can grant it to the role in DATABASE_URL.';
};

/** An error of the database with the server's own message and advice; null for other errors. */
export const databaseFault = (error: unknown): UserError | null => {
  if (!(error instanceof Error)) return null;
  const { code = '', words = wordsOf(error) } = error as Error & { readonly code?: string; readonly words?: string };
  const doing = error.name === 'StoreError' ? ` while ${error.message.split(' failed: ')[0]}` : '';
  if (code === 'timeout')
    return new UserError([`The database did not answer in time${doing}.`, 'Try again when it is less busy.'], 1);
  if (LOST.test(error.message) || (doing !== '' && /^(08006|E[A-Z]+)$/.test(code)))
    return new UserError([`Lost the connection to the database${doing} (${code || error.message}).`, 'Try again.'], 1);
  if (!OF_THE_SERVER.test(code) || !/^[0-9A-Z]{5}$/.test(code) || code === DISK_FULL) return null;
  return new UserError([`Database error${doing}: ${words || 'no reason given'} (${code}).`, cureOf(code, words)], 1);
};
