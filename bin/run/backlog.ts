import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { Bytes } from '../../lib/units.js';

/** Of what is not stored yet: from there on nothing more is asked for. */
const MOST_BACKLOG: Bytes = 64 * 1024 * 1024;

/**
 * Asks as `ask` does for as long as no more than `most` waits to be stored; else fails at once. What is not asked for now the
 * exchange still has later, and nothing fills the memory while the database is away.
 */
export const whileStored =
  <A extends readonly unknown[], T>(backlog: () => Bytes, ask: (...question: A) => T, most: Bytes = MOST_BACKLOG) =>
  (...question: A): T => {
    if (backlog() > most)
      throw new ExchangeFailure('dropped', 'the database is behind: nothing more is asked for until it has caught up');
    return ask(...question);
  };
