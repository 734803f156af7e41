import type { OhlcRow } from '../exchange/ports.js';
import type { CandleColumns } from './candles.js';
import type { Price } from '../units.js';

/** The flags of a row. */
export interface RowFlags {
  readonly quiet: boolean;
  /** The price at which a quiet row is flat; null to keep its own. */
  readonly flat: Price | null;
  readonly suspect: boolean;
}

/** Adds a row of the exchange to columns. */
export const pushRow = (out: CandleColumns, row: OhlcRow, { quiet, flat, suspect }: RowFlags): void => {
  const { at, open, high, low, close, volume, trades, vwap } = row;
  const n =
    flat === null
      ? out.push(at, open, high, low, close, volume, trades, vwap ?? Number.NaN)
      : out.push(at, flat, flat, flat, flat, 0, trades);
  out.quiet[n] = quiet ? 1 : 0;
  out.suspect[n] = suspect ? 1 : 0;
};
