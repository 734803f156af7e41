import type { SectorCoin } from './context.js';

/** The coins of a sector, by the places of their lanes. */
export class Sector {
  private readonly lanes: Int32Array;
  /** The number of the lane's coin. */
  private readonly coin: Int32Array;
  /** 1 if the lane counts. */
  private readonly counts: Uint8Array;
  /** Of the other coins' values in a row: Σ, and their number. */
  private readonly sums: Float64Array;
  private readonly known: Int32Array;
  /** Each coin has one lane, and it counts. */
  private readonly isPlain: boolean;

  constructor(coins: readonly SectorCoin[]) {
    const places = coins.flatMap(({ lanes, tracked }, coin) =>
      lanes.map(lane => ({ lane, coin, counts: Number(tracked.includes(lane)) })),
    );
    this.lanes = Int32Array.from(places, ({ lane }) => lane);
    this.coin = Int32Array.from(places, ({ coin }) => coin);
    this.counts = Uint8Array.from(places, ({ counts }) => counts);
    this.sums = new Float64Array(places.length);
    this.known = new Int32Array(places.length);
    this.isPlain = coins.every(({ lanes, tracked }) => lanes.length === 1 && tracked.length === 1);
  }

  /**
   * By lane and row: the mean of the values of the other tracked coins that have one; null if none
   * has one. Sums of the coins before and after each one are computed in a forward and a backward
   * pass, so that no value is added once per coin. `lines` has `length` values per lane, lane after
   * lane, row 0 at the `first` of them; `out` has the rows alone.
   */
  meansOfOthers(lines: Float64Array, length: number, first: number, out: Float64Array, rows: number): void {
    const { lanes, isPlain } = this;
    const others = lanes.length - 1;
    for (let row = 0; row < rows; row++) {
      let sum = NaN;
      if (isPlain) {
        sum = 0;
        for (let place = 0; place < lanes.length; place++) {
          const lane = lanes[place]!;
          out[lane * rows + row] = sum;
          sum += lines[lane * length + first + row]!;
        }
      }
      if (Number.isNaN(sum)) {
        this.meansOfSome(lines, length, first + row, out, rows, row);
        continue;
      }
      sum = 0;
      for (let place = others; place >= 0; place--) {
        const lane = lanes[place]!;
        const cell = lane * rows + row;
        out[cell] = (out[cell]! + sum) / others; // 0/0 is null
        sum += lines[lane * length + first + row]!;
      }
    }
  }

  /** The means of one row in which some lane does not count or has no value. */
  private meansOfSome(
    lines: Float64Array,
    length: number,
    at: number,
    out: Float64Array,
    rows: number,
    row: number,
  ): void {
    const { lanes, coin, counts, sums, known } = this;
    sums.fill(0);
    known.fill(0);
    for (const step of [1, -1]) {
      let [sum, count, current, sumBefore, countBefore] = [0, 0, -1, 0, 0];
      for (let place = step > 0 ? 0 : lanes.length - 1; coin[place] !== undefined; place += step) {
        if (coin[place]! !== current) {
          current = coin[place]!;
          sumBefore = sum;
          countBefore = count;
        }
        sums[place]! += sumBefore;
        known[place]! += countBefore;
        const value = lines[lanes[place]! * length + at]!;
        if (counts[place] === 0 || Number.isNaN(value)) continue;
        sum += value;
        count++;
      }
    }
    for (let place = 0; place < lanes.length; place++) out[lanes[place]! * rows + row] = sums[place]! / known[place]!; // 0/0 is null
  }
}
