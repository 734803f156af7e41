import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { Subject, from, map, type Observable } from 'rxjs';
import { WARM_UP_MINUTES } from '../lib/indicators/warm-up.js';
import { pathOf, type Block } from '../lib/dataset/block.js';
import { walkForward } from '../lib/dataset/folds.js';
import { refuseLeaks } from '../lib/dataset/leaks.js';
import { DatasetRows, labelMinutes, type ExportTape } from '../lib/dataset/rows.js';
import { NOTHING_STORED } from '../lib/dataset/stored.js';
import { tallyOf } from '../lib/dataset/tally.js';
import { TripleBarrier } from '../lib/labels/barrier.js';
import { forwardReturns } from '../lib/labels/forward.js';
import { laneOf } from '../lib/labels/lane.js';
import { marketOf } from '../lib/market.js';
import { readSettings } from '../lib/settings/read.js';
import type { Settings } from '../lib/settings/settings.js';
import { syntheticTapes } from '../lib/simulator/market/market.js';
import type { Tape } from '../lib/tape.js';
import { DAY_MS, MINUTE_MS } from '../lib/units.js';
import { DatasetFolder } from '../lib/world/dataset/folder.js';
import { parquetOf } from '../lib/world/dataset/parquet.js';
import { lastStored, readMinutes } from '../lib/world/store/candles/minutes.js';
import { readTapes } from '../lib/world/store/candles/read.js';
import { decided } from '../streams/training.js';
import { COINS, FROM, storeMarkets } from './whole.js';

/** An export, its parts one after the other in this process: the command reads tapes in a thread of its own. */
export interface ExportFigures {
  readonly rows: number;
  readonly columns: number;
  readonly rowsPerSecond: number;
  /** Of the time: PostgreSQL to columns, the graph, rows with their labels, Parquet files with leak check and hash. */
  readonly shares: Readonly<Record<'reading' | 'deciding' | 'labelling' | 'writing', number>>;
  /** Rows with 4 horizons and the triple barrier, in memory. */
  readonly labelRowsPerSecond: number;
}

const DAYS = 30;
const MINUTES_A_TAPE = 1440;

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

/** Measures an export of a month of five markets on a migrated database without candles. */
export const exportFigures = async (client: Client): Promise<ExportFigures> => {
  await storeMarkets(client, DAYS + 1);
  const { settings } = readSettings('{}', 'bench.yaml', {});
  const { rows: markets } = await client.query<{ id: number; symbol: string }>(
    'SELECT id, symbol FROM cryptocurrency WHERE symbol = ANY ($1) ORDER BY symbol',
    [COINS],
  );
  const ids = markets.map(({ id }) => id);
  const listings = markets.map(({ symbol }) => ({
    market: marketOf(symbol),
    firstCandleAt: FROM - WARM_UP_MINUTES * MINUTE_MS,
  }));
  const [to, horizons] = [FROM + DAYS * DAY_MS, settings.labels.horizonsMinutes];
  const rows = new DatasetRows({
    ...{ listings, settings, from: FROM, to, horizons, minutesPerTape: MINUTES_A_TAPE },
    folds: walkForward(FROM, to, 5, 240 * MINUTE_MS),
    lastStored: await lastStored(client, ids),
  });
  const spent = { reading: 0, deciding: 0, labelling: 0, writing: 0 };
  const timed = <T>(part: keyof typeof spent, began: number, value: T): T => {
    spent[part] += performance.now() - began;
    return value;
  };
  const out = mkdtempSync(join(tmpdir(), 'crypto-bot-bench-export-'));
  const symbols = markets.map(({ symbol }) => symbol);
  const folder = new DatasetFolder(join(out, 'dataset'), {
    ...{ format: 'parquet', codeVersion: 'bench', symbols, from: FROM, to, horizons, folds: 5, configuration: '' },
  });
  let written = 0;
  const write = (all: boolean): void => {
    let began = performance.now();
    const blocks: Block[] = timed('labelling', began, [...rows.finished(all)]);
    began = performance.now();
    for (const block of blocks) {
      refuseLeaks(block, rows.columns);
      folder.write(pathOf(block, 'parquet'), parquetOf(block, rows.columns));
      tallyOf(block, rows.columns);
      written += block.rows;
    }
    timed('writing', began, null);
  };
  type Input = Omit<ExportTape, 'signal'> & { readonly seen: Tape };
  const input$ = new Subject<Input>();
  let began = 0;
  const taken$: Observable<void> = decided(input$, {
    settings$: from([settings]),
    listings,
    period: { from: FROM, to },
  }).pipe(
    map(tape => {
      timed('deciding', began, null);
      const labelling = performance.now();
      rows.take(tape);
      timed('labelling', labelling, null);
      write(false);
    }),
  );
  const subscription = taken$.subscribe();
  const end = to + labelMinutes(settings, horizons) * MINUTE_MS;
  let reading = performance.now();
  for await (const settled of readTapes(client, markets, FROM - WARM_UP_MINUTES * MINUTE_MS, end, MINUTES_A_TAPE)) {
    const { start, minutes } = settled;
    const within = start + minutes * MINUTE_MS > FROM && start < to;
    const stored = within ? await readMinutes(client, { start, minutes, ids }, 300_000) : NOTHING_STORED;
    began = timed('reading', reading, performance.now());
    input$.next({ seen: settled, settled, stored });
    reading = performance.now();
  }
  subscription.unsubscribe();
  write(true);
  rmSync(out, { recursive: true, force: true });
  await client.query('TRUNCATE market_data');
  const total = spent.reading + spent.deciding + spent.labelling + spent.writing;
  const share = (part: keyof typeof spent) => spent[part] / total;
  return {
    ...{ rows: written, columns: rows.columns.length, rowsPerSecond: (1000 * written) / total },
    shares: {
      ...{ reading: share('reading'), deciding: share('deciding') },
      ...{ labelling: share('labelling'), writing: share('writing') },
    },
    labelRowsPerSecond: labelRate(settings),
  };
};
