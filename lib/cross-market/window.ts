/** Minutes of a correlation. */
export const WINDOW = 60;
/**
 * A market whose returns vary by less than this share of their squares has the same return in each
 * minute.
 */
export const ALIKE = 1e-12;

/** A stretch of a line within one hour. */
export interface Block {
  /** Of its first place in the hour. */
  readonly slot: number;
  /** The place behind its last one. */
  readonly end: number;
  /** It reaches the end of the hour: another one follows. */
  readonly isPassed: boolean;
}

/**
 * The block that starts at the place `first` of a line of this many places, the first of them of
 * the epoch minute `minute`.
 */
export const blockAt = (first: number, minute: number, length: number): Block => {
  const slot = (minute + WINDOW + first) % WINDOW;
  const end = Math.min(length, first + WINDOW - slot);
  return { slot, end, isPassed: end - first === WINDOW - slot };
};
