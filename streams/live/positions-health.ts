import type { PositionsEvent } from '../../lib/market-data/positions-events.js';

/** A position manager's heartbeat; what it counts of a wallet is of the main one. */
export interface PositionsHealth {
  /** The configuration that decided the last change; null before the first. */
  readonly configurationId: number | null;
  /** The failure since the last report; null if there was none. */
  readonly error: string | null;
  readonly counters: {
    readonly checks: number;
    readonly entries: number;
    readonly exits: number;
    readonly books: number;
    readonly book_faults: number;
    readonly refused_books: number;
  };
}

/** The health before any event. */
export const WELL: PositionsHealth = {
  configurationId: null,
  error: null,
  counters: { checks: 0, entries: 0, exits: 0, books: 0, book_faults: 0, refused_books: 0 },
};

/** The health after an event. */
export const positionsHealth = (health: PositionsHealth, event: PositionsEvent): PositionsHealth => {
  const { counters } = health;
  switch (event.kind) {
    case 'away':
      return { ...health, error: `the exchange cannot be reached: ${event.reason}` };
    case 'book_came':
      return {
        ...health,
        counters: {
          ...counters,
          books: counters.books + 1,
          book_faults: counters.book_faults + (event.fault === null ? 0 : 1),
        },
      };
    case 'no_book':
      return {
        ...health,
        error: `${event.symbol}: ${event.reason}`,
        counters: { ...counters, refused_books: counters.refused_books + 1 },
      };
    case 'changed': {
      if (!event.isMain) return health;
      const count = (kind: string) => event.events.filter(each => each.kind === kind).length;
      return {
        ...health,
        configurationId: event.configurationId,
        counters: {
          ...counters,
          checks: counters.checks + (event.isCheck ? 1 : 0),
          entries: counters.entries + count('opened'),
          exits: counters.exits + count('exited'),
        },
      };
    }
    default:
      return health;
  }
};

/** Whether an event is reported at once: a marked minute of the main wallet, or an exchange that does not answer. */
export const isPositionsNews = (event: PositionsEvent): boolean =>
  (event.kind === 'changed' && event.minutes > 0 && event.isMain) || event.kind === 'away';
