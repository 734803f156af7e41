import { UserError } from '../errors.js';
import type { Column } from './columns.js';

/** Besides the keys: what a dataset's manifest counts, its folds, and what a check of it goes by. */
const ALWAYS = new Set([
  ...['decision', 'settled_close', 'live_configuration', 'quiet', 'suspect', 'gap_before', 'revised'],
  ...['barrier_return', 'barrier_exit', 'barrier_missing', 'label_available_at', 'fold', 'fold_trains_from'],
]);

const matcher = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`);

/**
 * The columns that are chosen by name or pattern (`rsi_*`), in their order, with those that every dataset has and those that
 * say when one of them is known; all of them where nothing is chosen. Throws `UserError` where a pattern names none.
 */
export const chosenColumns = (all: readonly Column[], patterns: readonly string[] | null): readonly Column[] => {
  if (!patterns) return all;
  const chosen = new Set<string>();
  const strange = patterns.filter(pattern => {
    const matching = matcher(pattern);
    const found = all.filter(({ name }) => matching.test(name));
    for (const { name } of found) chosen.add(name);
    return found.length === 0;
  });
  if (strange.length > 0 || patterns.length === 0)
    throw new UserError([
      `--columns ${strange.join(',')}: names no column, expected names or patterns as rsi_14,macd*,book_*`,
      `There are: ${all.map(({ name }) => name).join(', ')}.`,
    ]);
  const had = all.filter(({ name, role }) => role === 'key' || ALWAYS.has(name) || chosen.has(name));
  const needed = new Set(had.flatMap(({ name, knownAt }) => [name, knownAt]));
  return all.filter(({ name }) => needed.has(name));
};
