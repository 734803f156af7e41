import { from, of, map } from 'rxjs';
import { settingsFor } from '../../lib/settings/settings-for.js';
import { unversioned } from '../../lib/settings/settings.js';
import { contextOf } from '../../lib/cross-market/context.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import { chosenColumns } from '../../lib/training/choice.js';
import { datasetColumns } from '../../lib/training/columns.js';
import { walkForward } from '../../lib/training/folds.js';
import { manifestOf, type Manifest } from '../../lib/training/manifest.js';
import { readmeOf } from '../../lib/training/readme.js';
import type { Request } from '../../lib/training/request.js';
import { DatasetRows, labelMinutes } from '../../lib/training/rows.js';
import { decisionsOf } from '../../lib/strategy/decisions.js';
import type { StrategySetup } from '../../lib/strategy/setup.js';
import { Aborted } from '../../lib/errors.js';
import { fittingMinutes } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { DatasetFolder } from '../../lib/world/dataset/folder.js';
import { lastStored } from '../../lib/world/store/candles/minutes.js';
import { decided } from '../../streams/training.js';
import type { Past } from '../backtest/past.js';
import { drain } from '../drain.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';
import { DatasetFiles } from './files.js';
import { withStored } from './inputs.js';
import { oneAhead } from './one-ahead.js';

/** An export that is ready to run. */
export interface ExportJob {
  /** Source of the candles. */
  readonly past: Past;
  /** The strategy whose decisions and columns the dataset has. */
  readonly setup: StrategySetup;
  readonly request: Request;
  /** Path of the dataset's folder. */
  readonly out: string;
}

/**
 * Writes the dataset: runs the candles of the period and the warm-up through the scanner's graph,
 * takes labels from later candles, writes the rows of a market and day once their labels are known,
 * and ends with the manifest, which it returns. Throws `Aborted` after Ctrl-C (finished days stay
 * for `--resume`), and `UserError` if the folder cannot be written.
 */
export const writeDataset = async (
  world: CommandWorld,
  { past, setup, request, out }: ExportJob,
  terminal: Terminal,
): Promise<Manifest> => {
  const { configuration, client } = world;
  const settings = settingsFor(configuration.settings, setup.name);
  const { from: begin, to, horizons } = request;
  const columns = chosenColumns(datasetColumns(settings, horizons, setup), request.columns);
  const folder = new DatasetFolder(out, request);
  const start = begin - WARM_UP_MS;
  const end = to + labelMinutes(settings, horizons) * MINUTE_MS;
  // The labels of the last rows need the exit signals after them.
  const period = { from: begin, to: setup.strategy.exits ? end : to };
  const minutesPerTape = fittingMinutes(past.listings.length);
  const embargo = Math.max(...horizons, settings.labels.maxHoldingMinutes) * MINUTE_MS;
  const folds = walkForward(begin, to, request.folds, embargo);
  const reading = new AbortController();
  const progress = terminal.progress('Export', to - start);
  let files: DatasetFiles | undefined;
  try {
    const tapes = past.tapes({
      from: start,
      to: end,
      minutesPerTape,
      signal: AbortSignal.any([terminal.signal, reading.signal]),
    });
    const ids = await past.ids();
    const verdicts = await past.verdicts();
    const timeframeHistory = await past.timeframeHistory(settings.indicators.timeframes, { from: start, to });
    const listings = past.listings.slice(0, past.traded);
    const rows = new DatasetRows({
      listings,
      settings,
      from: begin,
      to,
      horizons,
      columns,
      folds,
      setup,
      minutesPerTape,
      lastStored: await lastStored(client, ids.slice(0, past.traded)),
    });

    const wanted = (day: number) => !folder.days.has(new Date(day).toISOString().slice(0, 10));
    const writer = (files = new DatasetFiles(folder, columns));
    const decided$ = decided(from(oneAhead(withStored(world, tapes, ids, request, decisionsOf(setup.strategy)))), {
      settings$: of({ ...unversioned(settings), strategies: [setup] }),
      listings: past.listings,
      recorded: verdicts?.recorded,
      period,
      timeframeHistory,
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
    const parts = [...folder.files.values()];
    const manifest = manifestOf({ request, configuration, columns, folds, embargo, parts });
    folder.finish(readmeOf(manifest), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } catch (error) {
    if (error instanceof Aborted)
      throw new Aborted(`Stopped. Finished days are kept in ${out}: continue with --resume.`);
    throw error;
  } finally {
    progress.stop();
    reading.abort();
    await files?.close();
  }
};
