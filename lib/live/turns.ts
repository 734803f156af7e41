/** Somebody who wants a turn; the lower the rank, the more urgent. */
export interface Applicant<K> {
  readonly key: K;
  readonly rank: number;
}

/** Shares turns out where there are not enough for all. */
export class Turns<K> {
  /** The round in which each had its last turn. */
  private readonly lastRound = new Map<K, number>();
  private round = 0;

  /** At most `most` of the applicants, by rank, within one those first who have waited longest, else in the order given. */
  next(applicants: readonly Applicant<K>[], most: number): readonly K[] {
    this.round++;
    const chosen = applicants
      .toSorted((a, b) => a.rank - b.rank || this.lastOf(a.key) - this.lastOf(b.key))
      .slice(0, most)
      .map(({ key }) => key);
    for (const key of chosen) this.lastRound.set(key, this.round);
    return chosen;
  }

  private lastOf(key: K): number {
    return this.lastRound.get(key) ?? 0;
  }
}
