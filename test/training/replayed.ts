import { from, of, lastValueFrom, map } from 'rxjs';
import { contextOf } from '../../lib/cross-market/context.js';
import type { Block } from '../../lib/training/block.js';
import { chosenColumns } from '../../lib/training/choice.js';
import { datasetColumns, type Column } from '../../lib/training/columns.js';
import { walkForward } from '../../lib/training/folds.js';
import { DatasetRows } from '../../lib/training/rows.js';
import { STORED, SeenTapes, type FirstSeen, type StoredMinutes, type StoredName } from '../../lib/training/stored.js';
import type { Snapshot } from '../../lib/training/book.js';
import { marketOf } from '../../lib/market.js';
import { unversioned, type Settings } from '../../lib/settings/settings.js';
import { syntheticTapes } from '../../lib/simulator/market/market.js';
import { Cell, sliceTape, type Tape } from '../../lib/tape.js';
import { DAY_MS, MINUTE_MS } from '../../lib/units.js';
import { decided } from '../../streams/training.js';

export const SYMBOLS = ['BTC/USD', 'MINA/USD'];
export const FROM = Date.UTC(2026, 1, 1, 18);
export const TO = Date.UTC(2026, 1, 2, 12);
export const HORIZONS = [5, 60];
/**
 * Before the period: enough for the higher timeframes to have values, not for the strategy to be
 * warm.
 */
const WARM_UP = 900;

/** Two markets over 18 hours across a midnight, with what comes before and after. */
export const market = (seed: number): Tape => {
  const start = FROM - WARM_UP * MINUTE_MS;
  const minutes = (TO - start) / MINUTE_MS + 400;
  return [...syntheticTapes(SYMBOLS, seed, start, start + minutes * MINUTE_MS, minutes)][0]!;
};

export interface Told {
  readonly settings: Settings;
  /** Cells of the whole tape. */
  readonly firstSeen?: readonly FirstSeen[];
  /** Of the settled values, by cell. */
  readonly revisedAt?: ReadonlyMap<number, number>;
  readonly snapshots?: readonly Snapshot[];
  readonly minutesPerTape?: number;
  /** By name or pattern; default: all. */
  readonly columns?: readonly string[];
}

const storedOf = (whole: Tape, first: number, part: Tape, told: Told): StoredMinutes => {
  const cells = part.minutes * part.markets;
  const cellIn = (cell: number) => {
    const lane = Math.floor(cell / whole.minutes);
    const row = cell - lane * whole.minutes - first;
    return row >= 0 && row < part.minutes ? lane * part.minutes + row : -1;
  };
  const values = Object.fromEntries(STORED.map(name => [name, new Float64Array(cells).fill(NaN)])) as Record<
    StoredName,
    Float64Array
  >;
  for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) values[`settled_${name}`].set(part[name]);
  values.quiet.set(part.cell.map(cell => Number(cell === Cell.quiet)));
  values.suspect.fill(0);
  values.source.fill(0);
  for (const [cell, at] of told.revisedAt ?? []) if (cellIn(cell) >= 0) values.revised_at[cellIn(cell)] = at;
  return {
    present: part.cell.map(cell => Number(cell !== Cell.absent)),
    values,
    firstSeen: (told.firstSeen ?? []).flatMap(seen => {
      const cell = cellIn(seen.cell);
      return cell >= 0 ? [{ ...seen, cell }] : [];
    }),
    snapshots: (told.snapshots ?? []).filter(
      ({ at }) => at > part.start - DAY_MS && at <= part.start + part.minutes * MINUTE_MS,
    ),
  };
};

/** The rows of a market's tape as an export makes them. */
export const replayed = async (
  tape: Tape,
  told: Told,
): Promise<{ readonly blocks: readonly Block[]; readonly columns: readonly Column[] }> => {
  const { settings, minutesPerTape = 720 } = told;
  const columns = chosenColumns(datasetColumns(settings, HORIZONS), told.columns ?? null);
  const listings = SYMBOLS.map(symbol => ({
    market: marketOf(symbol),
    firstCandleAt: tape.start,
    sector: 'layer-1',
  }));
  const lastStored = SYMBOLS.map((_, lane) => {
    const cells = tape.cell.subarray(lane * tape.minutes, (lane + 1) * tape.minutes);
    return tape.start + cells.findLastIndex(cell => cell !== Cell.absent) * MINUTE_MS;
  });
  const folds = walkForward(FROM, TO, 3, 60 * MINUTE_MS);
  const rows = new DatasetRows({
    listings,
    settings,
    from: FROM,
    to: TO,
    horizons: HORIZONS,
    columns,
    folds,
    lastStored,
    minutesPerTape,
  });
  const seenTapes = new SeenTapes(SYMBOLS.length);
  const inputs = function* () {
    for (let first = 0; first < tape.minutes; first += minutesPerTape) {
      const settled = sliceTape(tape, first, Math.min(tape.minutes, first + minutesPerTape));
      const stored = storedOf(tape, first, settled, told);
      yield { seen: seenTapes.of(settled, stored.firstSeen), settled, stored };
    }
  };
  const blocks: Block[] = [];
  const context = contextOf(listings, settings.portfolio.currency);
  const world = { settings$: of(unversioned(settings)), listings, context, period: { from: FROM, to: TO } };
  await lastValueFrom(
    decided(from(inputs()), world).pipe(
      map(input => {
        rows.take(input);
        blocks.push(...rows.finished(false));
      }),
    ),
  );
  blocks.push(...rows.finished(true));
  return { blocks, columns };
};
