import type { DurationMs } from '../units.js';

/** A line that was held back, and how often. */
export interface Held<T> {
  readonly last: T;
  readonly times: number;
}

/** Lets the same thing be said once in a while and counts how often it would have been said. */
export interface RepeatLimiter<T> {
  /**
   * Null: hold it back. Otherwise say it, together with how many times it was held back since it was last said. `before` is
   * how often it was held back where it comes from.
   */
  admit(cause: string, line: T, atMs: number, before?: number): number | null;
  /** What was held back and may now be said, though nobody said it again; each is handed out once. */
  due(atMs: number): readonly Held<T>[];
  /** Everything that was held back and not yet told, whenever it may be said: for the end. */
  rest(): readonly Held<T>[];
}

interface Entry<T> {
  saidMs: number;
  times: number;
  last: T;
}

/**
 * A limiter that says each cause at most once within `windowMs` (times are of one clock that never jumps). Of more than
 * `mostCauses` at a time, the one said longest ago is forgotten, so that endless new causes cannot fill the memory.
 */
export const repeatLimiter = <T>(windowMs: DurationMs, mostCauses = 1_000): RepeatLimiter<T> => {
  const entries = new Map<string, Entry<T>>(); // in the order in which they were last said
  const say = (cause: string, line: T, atMs: number) => {
    entries.delete(cause);
    entries.set(cause, { saidMs: atMs, times: 0, last: line });
  };
  return {
    admit: (cause, line, atMs, before = 0) => {
      const entry = entries.get(cause);
      if (entry && atMs - entry.saidMs < windowMs) {
        entry.times += 1 + before;
        entry.last = line;
        return null;
      }
      if (!entry && entries.size >= mostCauses) entries.delete(entries.keys().next().value!);
      say(cause, line, atMs);
      return (entry?.times ?? 0) + before;
    },
    due: atMs => {
      const held: Held<T>[] = [];
      for (const [cause, { saidMs, times, last }] of [...entries]) {
        if (atMs - saidMs < windowMs) break;
        entries.delete(cause);
        if (times === 0) continue;
        held.push({ last, times });
        say(cause, last, atMs);
      }
      return held;
    },
    rest: () => {
      const held = [...entries.values()].filter(({ times }) => times > 0).map(({ last, times }) => ({ last, times }));
      entries.clear();
      return held;
    },
  };
};
