import type { DurationMs } from '../units.js';

/** A line that may be written now. */
export interface Held<T> {
  readonly last: T;
  /** How often it was suppressed since it was last written. */
  readonly times: number;
  /** The number of markets of the suppressed lines; 0 if they named none. */
  readonly markets: number;
}

/** How often the source suppressed a line, and for how many markets. */
export type HeldBefore = Pick<Held<unknown>, 'times' | 'markets'>;

const NONE_BEFORE: HeldBefore = { times: 0, markets: 0 };

/** Lets the same line pass once in a while and counts its repetitions. */
export interface RepeatLimiter<T> {
  /**
   * The line, if it may be written now; null if it is suppressed. `market` is the market that it
   * names, if any.
   */
  admit(key: string, line: T, atMs: number, market?: string, before?: HeldBefore): Held<T> | null;
  /**
   * Suppressed lines that may be written now though they were not repeated; each is returned once.
   */
  due(atMs: number): readonly Held<T>[];
  /** All suppressed lines that were not reported yet, at any time: for the end. */
  rest(): readonly Held<T>[];
}

interface Entry<T> {
  readonly saidMs: number;
  times: number;
  last: T;
  /** The markets of the lines since it was last written. */
  readonly about: Set<string>;
  /** The count of its source. */
  markets: number;
}

/**
 * A limiter that lets each key pass at most once within `windowMs` (times are of one clock that
 * never jumps). Above `maxKeys` keys, the one written longest ago is forgotten, so that endless
 * new keys cannot fill the memory.
 */
export const repeatLimiter = <T>(windowMs: DurationMs, maxKeys = 1_000): RepeatLimiter<T> => {
  const entries = new Map<string, Entry<T>>(); // in the order in which they were last written
  const say = (key: string, line: T, atMs: number) => {
    entries.delete(key);
    entries.set(key, { saidMs: atMs, times: 0, last: line, about: new Set(), markets: 0 });
  };
  const heldOf = ({ last, times, about, markets }: Entry<T>): Held<T> => ({
    last,
    times,
    markets: Math.max(about.size, markets),
  });
  return {
    admit: (key, line, atMs, market, before = NONE_BEFORE) => {
      const known = entries.get(key);
      if (!known && entries.size >= maxKeys) entries.delete(entries.keys().next().value!);
      const about = new Set(known?.about);
      if (market !== undefined) about.add(market);
      const markets = Math.max(known?.markets ?? 0, before.markets);
      const entry = { saidMs: known?.saidMs ?? -Infinity, times: (known?.times ?? 0) + before.times, last: line };
      if (atMs - entry.saidMs < windowMs) {
        entries.set(key, { ...entry, times: entry.times + 1, about, markets });
        return null;
      }
      say(key, line, atMs);
      return heldOf({ ...entry, about, markets });
    },
    due: atMs => {
      const held: Held<T>[] = [];
      for (const [key, entry] of [...entries]) {
        if (atMs - entry.saidMs < windowMs) break;
        entries.delete(key);
        if (entry.times === 0) continue;
        held.push(heldOf(entry));
        say(key, entry.last, atMs);
      }
      return held;
    },
    rest: () => {
      const held = [...entries.values()].filter(({ times }) => times > 0).map(heldOf);
      entries.clear();
      return held;
    },
  };
};
