import { from, map } from 'rxjs';
import { contextOf } from '../../lib/context/context.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import { walkForward } from '../../lib/dataset/folds.js';
import { manifestOf, type Manifest } from '../../lib/dataset/manifest.js';
import { readmeOf } from '../../lib/dataset/readme.js';
import type { Request } from '../../lib/dataset/request.js';
import { DatasetRows, labelMinutes } from '../../lib/dataset/rows.js';
import { NOTHING_STORED, SeenTapes, type StoredMinutes } from '../../lib/dataset/stored.js';
import { Aborted } from '../../lib/errors.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { DatasetFolder } from '../../lib/world/dataset/folder.js';
import { lastStored, readFirstSeen, readMinutes } from '../../lib/world/store/candles/minutes.js';
import { decided } from '../../streams/training.js';
import type { Past } from '../backtest/past.js';
import { drain } from '../drain.js';
import type { Terminal } from '../terminal.js';
import type { World } from '../world.js';
import { DayFiles } from './day-files.js';
import { oneAhead } from './one-ahead.js';

/** An export that is ready to run. */
export interface Job {
  readonly past: Past;
  readonly request: Request;
  readonly out: string;
}

/** As many as fit the processor's cache, a day at most. */
const CELLS_A_TAPE = 14_400;
const fittingMinutes = (markets: number): number => Math.max(30, Math.min(1440, Math.floor(CELLS_A_TAPE / markets)));

interface InputTape {
  readonly seen: Tape;
  readonly settled: Tape;
  readonly stored: StoredMinutes;
}

/** Adds to each tape what else is stored of it: of the period all, before it what a live bot saw otherwise. */
const withStored = async function* (
  { client, configuration }: World,
  tapes: AsyncIterable<Tape>,
  ids: readonly number[],
  { from: begin, to }: Request,
): AsyncGenerator<InputTape, void, undefined> {
  const seenTapes = new SeenTapes(ids.length);
  const { snapshotIntervalMs } = configuration.settings.application;
  for await (const settled of tapes) {
    const { start, minutes } = settled;
    const grid = { start, minutes, ids };
    const early = start + minutes * MINUTE_MS <= begin;
    const stored = early
      ? { ...NOTHING_STORED, firstSeen: await readFirstSeen(client, grid) }
      : start < to
        ? await readMinutes(client, grid, snapshotIntervalMs)
        : NOTHING_STORED;
    yield { seen: seenTapes.of(settled, stored.firstSeen), settled, stored };
  }
};

/**
 * Writes the dataset: the candles of the period and those before it through the scanner's graph, labels from what came after, a
 * file for each market and day as soon as its labels are known. Ends with the manifest.
 */
export const writeDataset = async (
  world: World,
  { past, request, out }: Job,
  terminal: Terminal,
): Promise<Manifest> => {
  const { configuration, client } = world;
  const { settings } = configuration;
  const { from: begin, to, horizons, format } = request;
  const folder = new DatasetFolder(out, request);
  const period = { from: begin, to };
  const start = begin - WARM_UP_MS;
  const end = to + labelMinutes(settings, horizons) * MINUTE_MS;
  const minutesPerTape = fittingMinutes(past.listings.length);
  const embargo = Math.max(...horizons, settings.labels.maxHoldingMinutes) * MINUTE_MS;
  const folds = walkForward(begin, to, request.folds, embargo);
  const reading = new AbortController();
  const progress = terminal.progress('Export', to - start);
  let files: DayFiles | undefined;
  try {
    const tapes = past.tapes({
      ...{ from: start, to: end, minutesPerTape },
      signal: AbortSignal.any([terminal.signal, reading.signal]),
    });
    const ids = await past.ids();
    const verdicts = await past.verdicts();
    const primes = await past.primes(settings.indicators.timeframes, { from: start, to });
    const listings = past.listings.slice(0, past.traded);
    const rows = new DatasetRows({
      ...{ listings, settings, from: begin, to, horizons, folds, minutesPerTape },
      lastStored: await lastStored(client, ids.slice(0, past.traded)),
    });

    const { columns } = rows;
    const wanted = (day: number) => !folder.done.has(new Date(day).toISOString().slice(0, 10));
    const writer = (files = new DayFiles(folder, columns, format));
    const decided$ = decided(from(oneAhead(withStored(world, tapes, ids, request))), {
      ...{ settings$: from([settings]), listings: past.listings, recorded: verdicts?.recorded, period, primes },
      context: contextOf(past.listings, settings.portfolio.currency),
    }).pipe(
      map(tape => {
        rows.take(tape);
        writer.put(rows.finished(false, wanted));
        progress.at(tape.settled.start - start, new Date(tape.settled.start).toISOString().slice(0, 10));
      }),
    );
    await drain(decided$, terminal.signal);
    writer.put(rows.finished(true, wanted));
    writer.finish();
    const parts = [...folder.done.values()].flatMap(day => day.parts);
    const manifest = manifestOf({ request, configuration, columns, folds, embargo, parts });
    folder.finish(readmeOf(manifest), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } catch (error) {
    if (error instanceof Aborted) throw new Aborted(`Stopped. What is whole is kept in ${out}: go on with --resume.`);
    throw error;
  } finally {
    progress.stop();
    reading.abort();
    await files?.close();
  }
};
