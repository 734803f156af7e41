import type { Manifest } from './manifest.js';
import { DATA_FOLDER, partitionColumn } from './partition.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** README of a dataset: the manifest in prose. */
export const readmeOf = (manifest: Manifest): string => {
  const {
    file_format: format,
    file_per,
    columns,
    coverage,
    column_coverage,
    folds,
    barrier,
    labels,
    symbols,
  } = manifest;
  const partition = partitionColumn(file_per);
  const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
    [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');
  const code = (text: string): string => `\`${text}\``;
  const ends = Object.entries(barrier.by_end).map(([end, n]) => [end, n]);
  const query = `select market, decision, avg(barrier_return) from read_${format}('${DATA_FOLDER}/*/*/*.${format}', hive_partitioning = true) group by all; -- DuckDB`;
  const reading =
    format === 'parquet'
      ? `\`\`\`python
pandas.read_parquet('${DATA_FOLDER}')   # or polars.read_parquet('${DATA_FOLDER}'), spark.read.parquet('${DATA_FOLDER}')
\`\`\`

\`\`\`sql
${query}
\`\`\``
      : `\`\`\`sql
${query}
\`\`\``;
  return `# Training set of crypto-bot ${manifest.code_version}

${manifest.rows} rows, one for each stored minute of ${symbols.join(', ')} that opens from ${manifest.from} up to, not including, ${manifest.to}.
_manifest.json has all of this in machine-readable form, with the SHA-256 of every file. \`bin/bot export verify FOLDER\` checks the dataset.

The folder ${code(DATA_FOLDER)} contains only the rows, one file per market and ${file_per}, partitioned by ${code('symbol')} and ${code(partition)}:

${reading}

## Columns by role

Columns of the role **feature**: each is known at ${code('decided_at')}, the close of its candle. **label** columns became known later. **record** and **quality** columns
describe the origin of the row, some of it known later: do not use them as features. Percentages are in percent, times in UTC, prices in the market's quote
currency; a null is unknown, never 0.

The barrier is the outcome of entering at the next open with the stop, targets, trailing stop and costs of this
configuration, held for ${labels.max_holding_minutes} minutes at most: ${barrier.outcomes} outcomes, ${barrier.profitable} of them profitable (${percent(barrier.outcomes > 0 ? barrier.profitable / barrier.outcomes : 0)}).

${table(['end', 'rows'], ends)}

## Folds

Walk forward. A row belongs to the test of fold ${code('fold')} (0: none), and may be used for training in the folds from ${code('fold_trains_from')} on: by then its
labels are known, with an embargo of ${manifest.embargo_minutes} minutes before the test. Train fold k with ${code('fold_trains_from <= k')}, test it with ${code('fold = k')}.

${table(
  ['fold', 'train until', 'test from', 'test to', 'train rows', 'purged', 'test rows'],
  folds.map(fold => [
    fold.fold,
    fold.train_until,
    fold.test_from,
    fold.test_to,
    fold.train_rows,
    fold.purged_rows,
    fold.test_rows,
  ]),
)}

## Coverage

${table(
  ['market', 'rows', 'of the period', 'quiet', 'suspect', 'after a gap', 'revised'],
  coverage.map(({ symbol, rows, share, quality }) => [
    symbol,
    rows,
    percent(share),
    quality.quiet ?? 0,
    quality.suspect ?? 0,
    quality.gap_before ?? 0,
    quality.revised ?? 0,
  ]),
)}

## Columns

Not null: the share of the rows in which a value is known. A column that is never known (such as those of order books if no live bot ran) has 0.0 %.

${table(
  ['name', 'not null', 'type', 'role', 'unit', 'known at', 'meaning'],
  columns.map(({ name, type, role, unit, known_at, meaning }) => [
    code(name),
    percent(column_coverage[name] ?? 0),
    type,
    role,
    unit ?? '',
    code(known_at),
    meaning,
  ]),
)}
`;
};
