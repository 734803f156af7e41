/** Why the rows of a tape's lanes are not evaluated, for strategies that read the same columns. */
export interface LaneMasks {
  /** By cell: NaN where an indicator is null, -1 where a timeframe is too young, else 0. */
  readonly state: Float64Array;
  /** By lane: 1 if its cells are marked. */
  readonly isMarked: Uint8Array;
}

/**
 * The marks of one tape, shared by its strategies: variants of one strategy read the same columns,
 * and most of the time of an evaluation goes into looking for nulls.
 */
export class TapeMasks {
  private readonly cells: number;
  private readonly lanes: number;
  private readonly masks = new Map<string, LaneMasks>();

  constructor(cells: number, lanes: number) {
    this.cells = cells;
    this.lanes = lanes;
  }

  /** Those of the strategies that read what `key` names. */
  of(key: string): LaneMasks {
    const known = this.masks.get(key);
    if (known) return known;
    const made = { state: new Float64Array(this.cells), isMarked: new Uint8Array(this.lanes) };
    this.masks.set(key, made);
    return made;
  }
}
