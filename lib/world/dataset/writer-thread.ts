import { workerData, type MessagePort } from 'node:worker_threads';
import type { Block } from '../../training/block.js';
import type { Column } from '../../training/columns.js';
import { csvRows } from '../../training/csv.js';
import type { Format } from '../../training/request.js';
import { UserError } from '../../errors.js';
import type { Written } from './file-to-write.js';
import { pieceOf, writeWhole } from './folder.js';
import { joined, type JoinOrder } from './join.js';
import { packPages, pagesOf } from './pages.js';

/** Initial data of a writing thread. */
export interface WriteTerms {
  readonly folder: string;
  readonly format: Format;
  readonly columns: readonly Column[];
  /** Its one number counts the answers so far; a waiter is woken by it. */
  readonly answered: SharedArrayBuffer;
  /** For orders and answers. */
  readonly port: MessagePort;
}

/** A piece to write, or a file to build from written pieces. */
export type WriteOrder = { readonly kind: 'piece'; readonly block: Block } | ({ readonly kind: 'file' } & JoinOrder);

/** The outcome: one answer per order, in their order. */
export type WriteAnswer =
  | ({ readonly kind: 'written' } & Written)
  | { readonly kind: 'refused'; readonly lines: readonly string[]; readonly exitCode: 1 | 2 }
  | { readonly kind: 'error'; readonly message: string };

const { folder, format, columns, answered, port } = workerData as WriteTerms;
const count = new Int32Array(answered);

const writeFor = (order: WriteOrder): Written => {
  if (order.kind === 'file') return writeWhole(folder, order.path, joined(folder, order, { format, columns }));
  const { block } = order;
  const content = format === 'parquet' ? packPages(pagesOf(block, columns)) : Buffer.from(csvRows(block, columns));
  return writeWhole(folder, pieceOf(block.symbol, block.date), [content]);
};

const write = (order: WriteOrder): WriteAnswer => {
  try {
    return { kind: 'written', ...writeFor(order) };
  } catch (error) {
    if (error instanceof UserError) return { kind: 'refused', lines: error.lines, exitCode: error.exitCode };
    return { kind: 'error', message: String(error) };
  }
};

port.on('message', (order: WriteOrder) => {
  port.postMessage(write(order));
  Atomics.add(count, 0, 1);
  Atomics.notify(count, 0);
});
