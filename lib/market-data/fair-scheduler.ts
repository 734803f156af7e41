/** An applicant for a turn; a lower rank is more urgent. */
export interface Applicant<K> {
  readonly key: K;
  readonly rank: number;
}

/** Distributes turns fairly if there are not enough for all. */
export class FairScheduler<K> {
  /** The round of each applicant's last turn. */
  private readonly lastRound = new Map<K, number>();
  private round = 0;

  /** At most `most` applicants, by rank, then by the longest wait, then in the order given. */
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
