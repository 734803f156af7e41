import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { FILL_KINDS } from '../lib/portfolio/stored-books.js';
import { instant } from './columns.js';
import { marketId, runId } from './references.js';

type Levels = readonly (readonly [price: number, size: number])[];

/** The order book that a live fill walked: a backtest over its minute fills at the same one. */
export const FillBook = defineEntity({
  name: 'FillBook',
  tableName: 'fill_book',
  indexes: [{ name: 'fill_book_timestamp_index', properties: ['timestamp'] }],
  properties: {
    runId: runId().primary(),
    cryptocurrencyId: marketId().primary(),
    /** The moment of the fill. */
    timestamp: instant().primary(),
    kind: p.enum([...FILL_KINDS]).primary(),
    /** The levels within reach of a fill, best first. */
    orderBook: p.json<{ readonly bids: Levels; readonly asks: Levels }>(),
  },
});

/** A row of `fill_book`. */
export type FillBook = InferEntity<typeof FillBook>;
