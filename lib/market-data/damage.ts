import { MINUTE_MS, type EpochMs } from '../units.js';
import type { BadRowReason } from './bad-row.js';

/** Minutes by their open times, both inclusive. */
export interface Minutes {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * Minutes covered by bad rows of a file (semantics §1). `from` is NaN if no row with a usable time
 * precedes them in the file, `to` if none follows.
 */
export interface DamageFinder {
  /** Adds the next row: its open time, and why it is bad; null if it is not. */
  row(at: EpochMs, bad: BadRowReason | null): void;
  /** The damaged minutes found, in the order of the file. */
  end(): readonly Minutes[];
}

/** The reasons for which a row is bad though its time is usable. */
const TIMED: ReadonlySet<BadRowReason> = new Set(['price', 'high', 'low', 'volume', 'trades']);

/**
 * Finds damaged minutes while the rows of a file are read. The minute of `now` is merely not over
 * yet.
 */
export const damageIn = (now: EpochMs): DamageFinder => {
  const found: Minutes[] = [];
  let last = Number.NaN;
  let isLost = false;
  const minute = (at: EpochMs) => {
    const before = found.at(-1);
    if (before?.to === at - MINUTE_MS && !Number.isNaN(before.from))
      found[found.length - 1] = { from: before.from, to: at };
    else found.push({ from: at, to: at });
  };
  const between = (one: EpochMs, other: EpochMs) => {
    isLost = false;
    const [first, end] = other < one ? [other, one] : [one, other];
    const minutes = { from: first + MINUTE_MS, to: end - MINUTE_MS };
    if (!(minutes.from > minutes.to)) found.push(minutes); // NaN is an open end
  };
  return {
    row: (at, bad) => {
      const isNotOver = bad === 'future' && at <= now;
      if (bad && !TIMED.has(bad) && !isNotOver) {
        isLost = true;
        return;
      }
      if (isLost) between(last, at);
      if (bad && !isNotOver) minute(at);
      last = at;
    },
    end: () => {
      if (isLost) between(last, Number.NaN);
      return found;
    },
  };
};

/** At an open end, as many minutes are damaged as could have been quiet. */
export const boundedMinutes = (found: readonly Minutes[], maxQuietMinutes: number): readonly Minutes[] => {
  const most = maxQuietMinutes * MINUTE_MS;
  return found
    .filter(({ from, to }) => !Number.isNaN(from) || !Number.isNaN(to))
    .map(({ from, to }) => ({
      from: Number.isNaN(from) ? to - most + MINUTE_MS : from,
      to: Number.isNaN(to) ? from + most - MINUTE_MS : to,
    }))
    .filter(({ from, to }) => to >= from);
};

/** The damaged minutes of one market. */
export interface Damage {
  /** The first damaged minute between two minutes, exclusive; Infinity if there is none. */
  firstBetween(after: EpochMs, before: EpochMs): EpochMs;
}

/** A market without damaged minutes. */
export const NO_DAMAGE: Damage = { firstBetween: () => Infinity };

/** Damaged minutes, in any order and overlapping. */
export const damageOf = (stretches: readonly Minutes[]): Damage => {
  if (stretches.length === 0) return NO_DAMAGE;
  const joined: { from: EpochMs; to: EpochMs }[] = [];
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && from <= last.to + MINUTE_MS) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return {
    firstBetween: (after, before) => {
      let [low, high] = [0, joined.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (joined[middle]!.to <= after) low = middle + 1;
        else high = middle;
      }
      const first = Math.max(joined[low]?.from ?? Infinity, after + MINUTE_MS);
      return first < before ? first : Infinity;
    },
  };
};
