import type { ClientBase } from 'pg';
import { DAY_MS, type EpochMs } from '../../units.js';
import { ArchiveFault } from './file.js';
import type { ArchiveColumn, ArchiveValue, Portion } from './table-file.js';

/** A table whose rows belong to a market and a time. */
export interface ArchivedTable {
  readonly name: string;
  /** Sort order of a market's rows: together with the market a key. */
  readonly order: readonly string[];
  /** True for every row; it helps to find them. */
  readonly condition: string;
}

/** Rows dropped with the minutes of a month: they are useful only together with these. */
export const MINUTES: ArchivedTable = { name: 'market_data', order: ['timestamp'], condition: 'true' };
/** Tables whose rows of a month are archived and deleted with its minutes. */
export const BESIDES: readonly ArchivedTable[] = [
  { name: 'market_snapshot', order: ['timestamp'], condition: 'true' },
  {
    name: 'universe_verdict',
    order: ['timestamp', 'run_id', 'rule'],
    condition: 'run_id IN (SELECT id FROM run)', // its key begins with the run
  },
];

const TYPES: Readonly<Record<string, ArchiveColumn['type']>> = {
  integer: 'integer',
  'double precision': 'double',
  boolean: 'boolean',
  'timestamp with time zone': 'time',
  text: 'text',
  jsonb: 'text',
};

/** How a table's rows are read and stored: its current columns, the market's symbol first. */
export interface PartitionReading {
  readonly columns: readonly ArchiveColumn[];
  /** The selected expression of each column except the symbol. */
  readonly list: string;
}

/** Reads a table's columns. Throws `ArchiveFault` if a file could not store one. */
export const readingOf = async (client: ClientBase, { name }: ArchivedTable): Promise<PartitionReading> => {
  const { rows } = await client.query<{ column: string; type: string; required: boolean }>(
    `SELECT attname AS column, format_type(atttypid, NULL) AS type, attnotnull AS required FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [name],
  );
  const selected = rows.map(({ column, type, required }) => {
    const kind = TYPES[type];
    if (!kind) throw new ArchiveFault(`the column ${name}.${column} is of a type that files cannot store (${type})`);
    const quoted = `"${column}"`;
    const value =
      kind === 'time'
        ? `(extract(epoch FROM ${quoted}) * 1000000)::int8`
        : type === 'jsonb'
          ? `${quoted}::text`
          : quoted;
    return { column: { name: column, type: kind, isRequired: required }, value };
  });
  return {
    columns: [{ name: 'symbol', type: 'text', isRequired: true }, ...selected.map(({ column }) => column)],
    list: selected.map(({ value }) => value).join(', '),
  };
};

/** Some rows of a market, from ≤ t < to. */
export interface RowOrder {
  readonly market: { readonly id: number; readonly symbol: string };
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Rows are read this many days at a time, so that a month is never in memory at once. */
const PORTION_MS = 4 * DAY_MS;

const time = (at: EpochMs): string => `'${new Date(at).toISOString()}'`;

/** The rows of a table, or of a partition of it, in portions; none is empty. */
export const rowsOf = async function* (
  client: ClientBase,
  { order, condition }: ArchivedTable,
  relation: string,
  { columns, list }: PartitionReading,
  { market, from, to }: RowOrder,
): AsyncGenerator<Portion> {
  for (let begin = from; begin < to; begin += PORTION_MS) {
    const { rows } = await client.query<(ArchiveValue | undefined)[]>({
      text: `SELECT ${list} FROM "${relation}" WHERE cryptocurrency_id = ${market.id} AND timestamp >= ${time(begin)}
        AND timestamp < ${time(Math.min(to, begin + PORTION_MS))} AND ${condition} ORDER BY ${order.map(name => `"${name}"`).join(', ')}`,
      rowMode: 'array',
    });
    if (rows.length === 0) continue;
    yield columns.map(({ type }, i) => {
      if (i === 0) return Array<ArchiveValue>(rows.length).fill(market.symbol);
      const column = rows.map(row => row[i - 1] ?? null);
      return type === 'time' ? column.map(value => (value === null ? null : Number(value))) : column;
    });
  }
};
