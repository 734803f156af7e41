import { workerData, type MessagePort } from 'node:worker_threads';
import type { Block } from '../../dataset/block.js';
import type { Column } from '../../dataset/columns.js';
import { csvOf } from '../../dataset/csv.js';
import type { Format } from '../../dataset/request.js';
import { UserError } from '../../errors.js';
import { writeWhole, type Written } from './folder.js';
import { parquetOf } from './parquet.js';

/** What a writing thread is started with. */
export interface WriteTerms {
  readonly folder: string;
  readonly format: Format;
  readonly columns: readonly Column[];
  /** Its one number counts the answers so far; who waits for one is woken. */
  readonly answered: SharedArrayBuffer;
  /** For orders and answers. */
  readonly port: MessagePort;
}

/** One file to be written. */
export interface WriteOrder {
  readonly path: string;
  readonly block: Block;
}

/** What became of it: one answer to each order, in their order. */
export type WriteAnswer =
  | ({ readonly kind: 'written' } & Written)
  | { readonly kind: 'refused'; readonly lines: readonly string[]; readonly exitCode: 1 | 2 }
  | { readonly kind: 'error'; readonly message: string };

const { folder, format, columns, answered, port } = workerData as WriteTerms;
const count = new Int32Array(answered);

const write = ({ path, block }: WriteOrder): WriteAnswer => {
  try {
    const content = format === 'parquet' ? parquetOf(block, columns) : csvOf(block, columns);
    return { kind: 'written', ...writeWhole(folder, path, content) };
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
