import type { ContextKey } from '../../lib/cross-market/columns.js';
import { Cell, type Tape } from '../../lib/tape.js';
import type { Listing } from '../../lib/universe/universe.js';

/** Null where semantics say so. */
type Value = number | null;
export type ContextValues = Readonly<Record<ContextKey, Value>>;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const spreadOf = (values: readonly number[]): number[] => values.map(value => value - mean(values));
const product = (a: readonly number[], b: readonly number[]): number => mean(a.map((value, i) => value * b[i]!));

/**
 * The context of every cell as semantics §2 words it, each value from the candles themselves; null
 * for absent cells.
 */
export const contextByWords = (
  { cell, close, high, low, minutes }: Tape,
  listings: readonly Listing[],
  bitcoin: number,
): readonly (ContextValues | null)[] => {
  const there = (lane: number, row: number) => row >= 0 && row < minutes && cell[lane * minutes + row] !== Cell.absent;
  const at = (column: Float64Array, lane: number, row: number) => column[lane * minutes + row]!;
  const starts: number[] = [];
  for (let place = 0; place < cell.length; place++)
    starts.push(there(Math.floor(place / minutes), (place % minutes) - 1) ? starts[place - 1]! : place % minutes);
  /** The first row of the running series. */
  const startOf = (lane: number, row: number): number => starts[lane * minutes + row]!;
  const returnOf = (lane: number, row: number): Value =>
    there(lane, row) && there(lane, row - 1) ? Math.log(at(close, lane, row) / at(close, lane, row - 1)) : null;
  const roc = (lane: number, row: number): Value =>
    there(lane, row) && row - 15 >= startOf(lane, row)
      ? 100 * (at(close, lane, row) / at(close, lane, row - 15) - 1)
      : null;

  const correlation = (lane: number, row: number): Value => {
    if (bitcoin < 0) return null;
    const pairs: [number, number][] = [];
    for (let minute = row - 59; minute <= row; minute++) {
      const [own, other] = [returnOf(lane, minute), returnOf(bitcoin, minute)];
      if (own !== null && other !== null) pairs.push([own, other]);
    }
    if (pairs.length < 30) return null;
    const [x, y] = [spreadOf(pairs.map(([own]) => own)), spreadOf(pairs.map(([, other]) => other))];
    if (x.every(value => value === 0) || y.every(value => value === 0)) return null;
    return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
  };

  const SIDES = [1, 2, 3, 4, 5];
  /**
   * By row: whether it is a swing of `sign` times the column, lows as they are, highs upside down.
   */
  const swingsOf = (lane: number, column: Float64Array, sign: number): readonly boolean[] =>
    Array.from({ length: minutes }, (_, row) => {
      const inSeries = there(lane, row) && row - 5 >= startOf(lane, row) && SIDES.every(n => there(lane, row + n));
      const value = (n: number) => sign * at(column, lane, n);
      return inSeries && SIDES.every(n => value(row) < value(row - n) && value(row) <= value(row + n));
    });
  const lanes = [...listings.keys()];
  const [lows, highs] = [lanes.map(lane => swingsOf(lane, low, 1)), lanes.map(lane => swingsOf(lane, high, -1))];
  const nearest = (
    lane: number,
    row: number,
    swings: readonly boolean[],
    column: Float64Array,
    sign: number,
  ): Value => {
    let found = -Infinity;
    const price = sign * at(close, lane, row);
    for (let swing = Math.max(startOf(lane, row), row - 719); swing <= row - 5; swing++) {
      const level = sign * at(column, lane, swing);
      if (swings[swing] && level < price) found = Math.max(found, level);
    }
    return found > -Infinity ? sign * found : null;
  };

  const lastKnown = (lane: number, row: number): Value => {
    for (let minute = row; minute > row - 60; minute--) {
      const value = roc(lane, minute);
      if (value !== null) return value;
    }
    return null;
  };
  const known = (lanes: readonly number[], row: number): number[] =>
    lanes.map(lane => lastKnown(lane, row)).filter(value => value !== null);
  const tracked = lanes.filter(lane => !listings[lane]!.auxiliary);
  const sectorReturn = (lane: number, row: number): Value => {
    const { sector, market } = listings[lane]!;
    const others = tracked.filter(
      other => sector && listings[other]!.sector === sector && listings[other]!.market.base !== market.base,
    );
    const values = known(others, row);
    return values.length > 0 ? mean(values) : null;
  };
  const breadth = (row: number): Value => {
    const values = known(tracked, row);
    return values.length > 0 ? (2 * values.filter(value => value > 0).length) / values.length - 1 : null;
  };

  return Array.from(cell, (kind, place) => {
    if (kind === Cell.absent) return null;
    const [lane, row] = [Math.floor(place / minutes), place % minutes];
    return {
      correlation_btc: correlation(lane, row),
      support: nearest(lane, row, lows[lane]!, low, 1),
      resistance: nearest(lane, row, highs[lane]!, high, -1),
      sector_return_15: sectorReturn(lane, row),
      breadth: breadth(row),
    };
  });
};
