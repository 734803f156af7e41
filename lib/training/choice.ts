import { UserError } from '../errors.js';
import type { Column } from './columns.js';

/** Columns of every dataset in addition to its keys, with the reason. */
const ALWAYS = [
  {
    reason: 'what the manifest counts and verify checks',
    names: [
      'decision',
      'settled_close',
      'live_configuration',
      'quiet',
      'suspect',
      'gap_before',
      'revised',
      'barrier_return',
      'barrier_exit',
      'barrier_missing',
    ],
  },
  { reason: 'what separates the folds', names: ['label_available_at', 'fold', 'fold_trains_from'] },
] as const;
const ALWAYS_NAMES: ReadonlySet<string> = new Set(ALWAYS.flatMap(({ names }) => names));

const matcher = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`);

const namesLike = (all: readonly Pick<Column, 'name'>[], patterns: readonly string[]): ReadonlySet<string> => {
  const matching = patterns.map(matcher);
  return new Set(all.map(({ name }) => name).filter(name => matching.some(pattern => pattern.test(name))));
};

/**
 * The columns selected by name or pattern (`rsi_*`), in order, plus those that every dataset has
 * and those that say when a selected one is known. Default: all columns. Throws `UserError` if a
 * pattern matches none.
 */
export const chosenColumns = (all: readonly Column[], patterns: readonly string[] | null): readonly Column[] => {
  if (!patterns) return all;
  const strange = patterns.filter(pattern => namesLike(all, [pattern]).size === 0);
  if (strange.length > 0 || patterns.length === 0)
    throw new UserError([
      `--columns ${strange.join(',')}: names no column, expected names or patterns as rsi_14,macd*,book_*`,
      `There are: ${all.map(({ name }) => name).join(', ')}.`,
    ]);
  const chosen = namesLike(all, patterns);
  const had = all.filter(({ name, role }) => role === 'key' || ALWAYS_NAMES.has(name) || chosen.has(name));
  const needed = new Set(had.flatMap(({ name, knownAt }) => [name, knownAt]));
  return all.filter(({ name }) => needed.has(name));
};

/** Selected columns that no pattern matches, by the reason of their selection. */
export const addedColumns = (
  chosen: readonly Pick<Column, 'name' | 'role'>[],
  patterns: readonly string[],
): readonly { readonly reason: string; readonly names: readonly string[] }[] => {
  const asked = namesLike(chosen, patterns);
  const added = chosen.filter(({ name }) => !asked.has(name));
  const named = (wanted: (column: Pick<Column, 'name' | 'role'>) => boolean) =>
    added.filter(wanted).map(({ name }) => name);
  return [
    { reason: 'what names a row', names: named(({ role }) => role === 'key') },
    ...ALWAYS.map(({ reason, names }) => ({
      reason,
      names: named(({ name }) => (names as readonly string[]).includes(name)),
    })),
    {
      reason: 'what says when another column is known',
      names: named(({ name, role }) => role !== 'key' && !ALWAYS_NAMES.has(name)),
    },
  ].filter(({ names }) => names.length > 0);
};
