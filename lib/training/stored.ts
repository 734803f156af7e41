import { Cell, emptyTape, type Tape } from '../tape.js';
import type { EpochMs } from '../units.js';
import type { Snapshot } from './book.js';

/** A candle as first seen at the exchange, before its revision; NaN for null. */
export interface FirstSeen {
  /** Cell of the tape. */
  readonly cell: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly vwap: number;
  readonly trade_count: number;
  readonly quiet: boolean;
  readonly suspect: boolean;
  /** Time of the last revision. */
  readonly settledAt: EpochMs;
}

/** Stored columns, by their names in the dataset. */
export const STORED = [
  'settled_open',
  'settled_high',
  'settled_low',
  'settled_close',
  'settled_volume',
  'settled_vwap',
  'settled_trade_count',
  'quiet',
  'suspect',
  'revised_at',
  'source',
  'live_decision',
  'live_run',
  'live_configuration',
] as const;
/** Name of a stored column. */
export type StoredName = (typeof STORED)[number];

/** Stored columns of a tape's cells, on the same grid; NaN for null and missing rows. */
export interface StoredMinutes {
  /** 1 for each cell whose minute is stored. */
  readonly present: Uint8Array;
  /** `revised_at` and times in epoch milliseconds; sources and decisions by code. */
  readonly values: Readonly<Record<StoredName, Float64Array>>;
  readonly firstSeen: readonly FirstSeen[];
  /** By time. */
  readonly snapshots: readonly Snapshot[];
}

/** For minutes outside the period. */
export const NOTHING_STORED: StoredMinutes = {
  present: new Uint8Array(0),
  values: Object.fromEntries(STORED.map(name => [name, new Float64Array(0)])) as Record<StoredName, Float64Array>,
  firstSeen: [],
  snapshots: [],
};

const COLUMNS = ['cell', 'open', 'high', 'low', 'close', 'volume'] as const;

/** Converts tapes to the candles as first seen, on which a live bot decided. */
export class SeenTapes {
  /** The last close of each lane. */
  private readonly last: Float64Array;

  constructor(markets: number) {
    this.last = new Float64Array(markets).fill(NaN);
  }

  /** Returns the tape itself if nothing was revised. Tapes must be given in order. */
  of(tape: Tape, firstSeen: readonly FirstSeen[]): Tape {
    const seen = firstSeen.length > 0 ? this.patched(tape, firstSeen) : tape;
    for (let market = 0; market < tape.markets; market++) {
      const end = (market + 1) * tape.minutes - 1;
      if (seen.cell[end] !== Cell.absent) this.last[market] = seen.close[end]!;
    }
    return seen;
  }

  private patched(tape: Tape, firstSeen: readonly FirstSeen[]): Tape {
    const seen = emptyTape(tape.start, tape.minutes, tape.markets);
    for (const name of COLUMNS) seen[name].set(tape[name]);
    for (const { cell, quiet, suspect, ...candle } of [...firstSeen].sort((a, b) => a.cell - b.cell)) {
      const first = cell % tape.minutes === 0;
      const before = first ? this.last[Math.floor(cell / tape.minutes)]! : seen.close[cell - 1]!;
      const flat = first || seen.cell[cell - 1] !== Cell.absent ? before : NaN;
      if (suspect && Number.isNaN(flat)) continue;
      seen.cell[cell] = suspect ? Cell.suspect : quiet ? Cell.quiet : Cell.traded;
      for (const name of ['open', 'high', 'low', 'close'] as const) seen[name][cell] = suspect ? flat : candle[name];
      seen.volume[cell] = suspect ? 0 : candle.volume;
    }
    return seen;
  }
}
