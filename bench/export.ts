import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { from, of, lastValueFrom, map } from 'rxjs';
import { DatasetFiles } from '../bin/export/files.js';
import { withStored } from '../bin/export/inputs.js';
import { oneAhead } from '../bin/export/one-ahead.js';
import { contextOf } from '../lib/cross-market/context.js';
import { WARM_UP_MINUTES } from '../lib/indicators/warm-up.js';
import type { Block } from '../lib/training/block.js';
import { chosenColumns } from '../lib/training/choice.js';
import { datasetColumns, type Column } from '../lib/training/columns.js';
import { DEFAULT_SPAN } from '../lib/training/partition.js';
import { walkForward } from '../lib/training/folds.js';
import { DatasetRows, labelMinutes } from '../lib/training/rows.js';
import { TripleBarrier } from '../lib/training/barrier.js';
import { forwardReturns } from '../lib/training/forward.js';
import { laneOf } from '../lib/training/lane.js';
import { marketOf } from '../lib/market.js';
import { readSettings } from '../lib/settings/read.js';
import { unversioned, type Settings } from '../lib/settings/settings.js';
import { syntheticTapes } from '../lib/simulator/market/market.js';
import { fittingMinutes } from '../lib/tape.js';
import { DAY_MS, MINUTE_MS } from '../lib/units.js';
import type { Connection } from '../lib/world/database/index.js';
import { DatasetFolder } from '../lib/world/dataset/folder.js';
import { packPages, pagesOf } from '../lib/world/dataset/pages.js';
import { lastStored } from '../lib/world/store/candles/minutes.js';
import { tapesReader } from '../lib/world/store/candles/read-ahead.js';
import { decided } from '../streams/training.js';
import { median } from './figures.js';
import { COINS, FROM, storeMarkets } from './whole.js';

/**
 * An export with so many columns, as the command does it: a thread that reads, one that writes, one
 * for what is between.
 */
export interface ExportRate {
  readonly columns: number;
  readonly rowsPerSecond: number;
  /**
   * Of the time in the thread between: waiting for rows, the graph, rows with their labels, waiting
   * for the writer.
   */
  readonly shares: Readonly<Record<'reading' | 'deciding' | 'labelling' | 'writing', number>>;
  /** The same columns from memory to Parquet pages, by the writer alone. */
  readonly writerRowsPerSecond: number;
  /** Of the writer's own rate. */
  readonly ratioToWriter: number;
}

export interface ExportFigures {
  readonly rows: number;
  readonly whole: ExportRate;
  readonly sixty: ExportRate;
  /** Rows with 4 horizons and the triple barrier, in memory. */
  readonly labelRowsPerSecond: number;
}

const DAYS = 60;
const ROUNDS = 3;
const FOLDS = 5;
const EMBARGO_MS = 240 * MINUTE_MS;

/**
 * As `--columns` with as many of the first names as come to so many with those that every dataset
 * has.
 */
const firstColumns = (all: readonly Column[], count: number): readonly Column[] => {
  const names = all.map(({ name }) => name);
  const choices = names.map((_, n) => chosenColumns(all, names.slice(0, n + 1)));
  return choices.findLast(({ length }) => length <= count)!;
};

/** Labels two months of a market in memory, the best of a few rounds. */
const labelRate = ({ risk, costs, labels }: Settings): number => {
  const minutes = 60 * 1440;
  const [tape] = [...syntheticTapes(['BTC/USD'], 1, FROM, FROM + minutes * MINUTE_MS, minutes)];
  const terms = { risk, costs, maxHoldingMinutes: labels.maxHoldingMinutes, balance: 10_000 };
  const barrier = new TripleBarrier(marketOf('BTC/USD'), terms);
  const rates = Array.from({ length: 7 }, () => {
    const began = performance.now();
    const lane = laneOf(tape!, 0);
    for (const horizon of labels.horizonsMinutes) forwardReturns(lane, 0, minutes, horizon);
    for (let row = 0; row < minutes; row++) barrier.outcome(lane, row);
    return (1000 * minutes) / (performance.now() - began);
  });
  return Math.max(...rates);
};

/**
 * Measures exports of two months of five markets on a migrated database without candles; medians of
 * a few rounds.
 */
export const exportFigures = async (client: Client, connection: Connection): Promise<ExportFigures> => {
  await storeMarkets(client, DAYS + 1);
  const configuration = readSettings('{}', 'bench.yaml', {});
  const { settings } = configuration;
  const { rows: markets } = await client.query<{ id: number; symbol: string }>(
    'SELECT id, symbol FROM cryptocurrency WHERE symbol = ANY ($1) ORDER BY symbol',
    [COINS],
  );
  const ids = markets.map(({ id }) => id);
  const symbols = markets.map(({ symbol }) => symbol);
  const start = FROM - WARM_UP_MINUTES * MINUTE_MS;
  const listings = symbols.map(symbol => ({ market: marketOf(symbol), firstCandleAt: start, sector: null }));
  const [to, horizons] = [FROM + DAYS * DAY_MS, settings.labels.horizonsMinutes];
  const end = to + labelMinutes(settings, horizons) * MINUTE_MS;
  const out = mkdtempSync(join(tmpdir(), 'crypto-bot-bench-export-'));
  const minutesPerTape = fittingMinutes(ids.length);
  const rowTerms = {
    listings,
    settings,
    from: FROM,
    to,
    horizons,
    minutesPerTape,
    folds: walkForward(FROM, to, FOLDS, EMBARGO_MS),
    lastStored: await lastStored(client, ids),
  };

  /** One export; what is made of each portion of blocks is up to `use`. */
  const once = async (columns: readonly Column[], use: (blocks: Iterable<Block>) => void) => {
    const rows = new DatasetRows({ ...rowTerms, columns });
    const spent = { reading: 0, deciding: 0, labelling: 0, writing: 0 };
    let since = performance.now();
    const spend = (part: keyof typeof spent): void => {
      const now = performance.now();
      spent[part] += now - since;
      since = now;
    };
    const stop = new AbortController();
    const tapes = tapesReader().read(
      { connection, ids, from: start, to: end, minutesPerTape, alone: true },
      stop.signal,
    );
    const timed = function* (blocks: Iterable<Block>) {
      for (const block of blocks) {
        spend('labelling');
        yield block;
        spend('writing');
      }
    };
    const timedInputs = async function* () {
      for await (const input of oneAhead(withStored({ client, configuration }, tapes, ids, { from: FROM, to }))) {
        spend('reading');
        yield input;
      }
    };
    const taken$ = decided(from(timedInputs()), {
      settings$: of(unversioned(settings)),
      listings,
      period: { from: FROM, to },
      context: contextOf(listings, settings.portfolio.currency),
    }).pipe(
      map(tape => {
        spend('deciding');
        rows.take(tape);
        spend('labelling');
        use(timed(rows.finished(false)));
        spend('writing');
      }),
    );
    await lastValueFrom(taken$);
    use(timed(rows.finished(true)));
    spend('writing');
    stop.abort();
    return { spent, spend };
  };

  const blocks: Block[] = [];
  const all = datasetColumns(settings, horizons);
  await once(all, some => {
    for (const block of some) if (blocks.length < 60) blocks.push(block);
  });
  const writerRate = (columns: readonly Column[]): number => {
    const began = performance.now();
    for (const block of blocks) packPages(pagesOf(block, columns));
    return (1000 * blocks.reduce((sum, block) => sum + block.rows, 0)) / (performance.now() - began);
  };
  writerRate(all); // or its first figure would be that of code that is not optimized yet
  let folders = 0;
  let written = 0;
  const rate = async (columns: readonly Column[]): Promise<ExportRate> => {
    const rates: number[] = [];
    const writer: number[] = [];
    let shares = { reading: 0, deciding: 0, labelling: 0, writing: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const folder = new DatasetFolder(join(out, String(folders++)), {
        format: 'parquet',
        filePer: DEFAULT_SPAN,
        codeVersion: 'bench',
        symbols,
        from: FROM,
        to,
        horizons,
        folds: FOLDS,
        columns: columns.map(({ name }) => name),
        configuration: configuration.hash,
      });
      const files = new DatasetFiles(folder, columns);
      const began = performance.now();
      const { spent, spend } = await once(columns, some => files.put(some));
      files.finish();
      spend('writing');
      const seconds = (performance.now() - began) / 1000;
      await files.close();
      written = [...folder.files.values()].reduce((sum, { tally }) => sum + tally.rows, 0);
      rates.push(written / seconds);
      writer.push(writerRate(columns));
      const total = Object.values(spent).reduce((sum, ms) => sum + ms, 0);
      const share = (part: keyof typeof spent) => spent[part] / total;
      shares = {
        reading: share('reading'),
        deciding: share('deciding'),
        labelling: share('labelling'),
        writing: share('writing'),
      };
    }
    const [rowsPerSecond, writerRowsPerSecond] = [median(rates), median(writer)];
    const ratioToWriter = rowsPerSecond / writerRowsPerSecond;
    return { columns: columns.length, rowsPerSecond, shares, writerRowsPerSecond, ratioToWriter };
  };
  const whole = await rate(all);
  const sixty = await rate(firstColumns(all, 60));
  rmSync(out, { recursive: true, force: true });
  await client.query('TRUNCATE market_data');
  return { rows: written, whole, sixty, labelRowsPerSecond: labelRate(settings) };
};
