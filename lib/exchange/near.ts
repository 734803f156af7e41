import { distance } from '../settings/wording.js';

const MOST = 5;
const MAX_EDITS = 2;

/**
 * Suggestions for a symbol that is not listed: its base in other quotes, then similar spellings;
 * the nearest first.
 */
export const nearSymbols = (symbol: string, listed: readonly string[]): readonly string[] => {
  const [base] = symbol.split('/');
  return listed
    .map(name => ({ name, edits: distance(symbol, name), own: name.split('/')[0] === base }))
    .filter(({ edits, own }) => own || edits <= MAX_EDITS)
    .sort((a, b) => Number(b.own) - Number(a.own) || a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name }) => name);
};
