import { isoTime } from '../report/time.js';
import type { Configuration } from '../settings/settings.js';
import { MINUTE_MS, type DurationMs } from '../units.js';
import type { Column } from './columns.js';
import type { Fold } from './folds.js';
import type { Request, RequestedStrategy } from './request.js';
import { addTallies, outcomes, type Counts, type Tally } from './tally.js';

/** A file of the dataset with its counts. */
export interface Part {
  readonly path: string;
  readonly symbol: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly tally: Tally;
}

/** The layout version that this code writes and reads. */
export const LAYOUT = 2;

/** _manifest.json. Times are ISO 8601 in UTC. */
export interface Manifest {
  readonly format: 'crypto-bot-dataset';
  readonly layout: number;
  readonly file_format: Request['format'];
  readonly file_per: Request['filePer'];
  readonly code_version: string;
  readonly from: string;
  readonly to: string;
  readonly symbols: readonly string[];
  readonly rows: number;
  readonly labels: { readonly horizons_minutes: readonly number[]; readonly max_holding_minutes: number };
  /** The configuration of the computation, in the units of config.yaml, without `database`. */
  readonly configuration: { readonly hash: string; readonly document: Readonly<Record<string, unknown>> };
  /** The strategy file whose decisions and columns it has; missing for momentum. */
  readonly strategy?: RequestedStrategy;
  /** Rows by the live bot's configuration version (`bot config history`). */
  readonly live_configurations: Counts;
  readonly columns: readonly {
    readonly name: string;
    readonly type: Column['type'];
    readonly role: Column['role'];
    readonly unit: string | null;
    readonly meaning: string;
    readonly known_at: string;
    readonly values?: readonly string[];
  }[];
  readonly coverage: readonly {
    readonly symbol: string;
    readonly rows: number;
    /** Of the period. */
    readonly minutes: number;
    readonly share: number;
    readonly quality: Counts;
  }[];
  /** Share of rows, 0 to 1, in which a column is not null, by name. */
  readonly column_coverage: Counts;
  readonly decisions: Counts;
  readonly barrier: {
    readonly outcomes: number;
    readonly profitable: number;
    /** By exit, or by the reason of a missing outcome. */
    readonly by_end: Counts;
  };
  readonly embargo_minutes: number;
  readonly folds: readonly {
    readonly fold: number;
    readonly train_until: string;
    readonly test_from: string;
    readonly test_to: string;
    readonly train_rows: number;
    /** Earlier rows excluded from training: their labels are known too late or not at all. */
    readonly purged_rows: number;
    readonly test_rows: number;
  }[];
  readonly files: readonly {
    readonly path: string;
    readonly rows: number;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

/** Input of a manifest. */
export interface Described {
  readonly request: Request;
  readonly configuration: Configuration;
  readonly columns: readonly Column[];
  readonly folds: readonly Fold[];
  readonly embargo: DurationMs;
  readonly parts: readonly Part[];
}

const foldRows = (folds: readonly Fold[], { tested, trainsFrom }: Tally): Manifest['folds'] => {
  const upTo = (counts: Counts, least: number, most: number) =>
    Object.entries(counts).reduce((sum, [name, n]) => sum + (Number(name) >= least && Number(name) <= most ? n : 0), 0);
  return folds.map(({ fold, trainUntil, testFrom, testTo }) => {
    const train = upTo(trainsFrom, 1, fold);
    return {
      fold,
      train_until: isoTime(trainUntil),
      test_from: isoTime(testFrom),
      test_to: isoTime(testTo),
      train_rows: train,
      purged_rows: upTo(tested, 0, fold - 1) - train,
      test_rows: tested[fold] ?? 0,
    };
  });
};

/** The folds that a manifest describes. */
export const foldsOf = ({ folds }: Pick<Manifest, 'folds'>): readonly Fold[] =>
  folds.map(({ fold, train_until, test_from, test_to }) => ({
    fold,
    trainUntil: Date.parse(train_until),
    testFrom: Date.parse(test_from),
    testTo: Date.parse(test_to),
  }));

/** Totals of a manifest over all rows. */
export const summaryOf = (
  parts: readonly Part[],
  symbols: readonly string[],
  columns: readonly Pick<Column, 'name'>[],
  folds: readonly Fold[],
  { from, to }: Pick<Manifest, 'from' | 'to'>,
) => {
  const all = addTallies(parts.map(({ tally }) => tally));
  const minutes = (Date.parse(to) - Date.parse(from)) / MINUTE_MS;
  return {
    rows: all.rows,
    live_configurations: all.configurations,
    coverage: symbols.map(symbol => {
      const { rows, quality } = addTallies(parts.filter(part => part.symbol === symbol).map(({ tally }) => tally));
      return { symbol, rows, minutes, share: rows / minutes, quality };
    }),
    column_coverage: Object.fromEntries(columns.map(({ name }, n) => [name, (all.known[n] ?? 0) / all.rows || 0])),
    decisions: all.decisions,
    barrier: { outcomes: outcomes(all.barrier), profitable: all.profitable, by_end: all.barrier },
    folds: foldRows(folds, all),
  } satisfies Partial<Manifest>;
};

/** The manifest of a dataset; independent of time, place and user of the export. */
export const manifestOf = ({ request, configuration, columns, folds, embargo, parts }: Described): Manifest => {
  const { symbols } = request;
  const sorted = [...parts].sort((a, b) => (a.path < b.path ? -1 : 1));
  const period = { from: isoTime(request.from), to: isoTime(request.to) };
  const { rows, live_configurations, ...figures } = summaryOf(sorted, symbols, columns, folds, period);
  const document = Object.fromEntries(Object.entries(configuration.document).filter(([key]) => key !== 'database'));
  return {
    format: 'crypto-bot-dataset',
    layout: LAYOUT,
    file_format: request.format,
    file_per: request.filePer,
    code_version: request.codeVersion,
    ...period,
    symbols,
    rows,
    labels: {
      horizons_minutes: request.horizons,
      max_holding_minutes: configuration.settings.labels.maxHoldingMinutes,
    },
    configuration: { hash: configuration.hash, document },
    ...(request.strategy && { strategy: request.strategy }),
    live_configurations,
    columns: columns.map(({ name, type, role, unit, meaning, knownAt, texts }) => ({
      name,
      type,
      role,
      unit,
      meaning,
      known_at: knownAt,
      ...(texts ? { values: texts } : {}),
    })),
    embargo_minutes: embargo / MINUTE_MS,
    ...figures,
    files: sorted.map(({ path, tally, bytes, sha256 }) => ({ path, rows: tally.rows, bytes, sha256 })),
  };
};
