/** Minutes of a correlation. */
export const WINDOW = 60;
/** A market whose returns differ from one another by less than this share of their squares moved alike in each minute. */
export const ALIKE = 1e-12;

/** A stretch of a line within one hour. */
export interface Block {
  /** Of its first place in the hour. */
  readonly slot: number;
  /** The place behind its last one. */
  readonly end: number;
  /** It reaches to the end of the hour, so that one comes behind it. */
  readonly isPassed: boolean;
}

/** The block that begins at the place `first` of a line of so many places, the first of them of the epoch minute `minute`. */
export const blockAt = (first: number, minute: number, length: number): Block => {
  const slot = (minute + WINDOW + first) % WINDOW;
  const end = Math.min(length, first + WINDOW - slot);
  return { slot, end, isPassed: end - first === WINDOW - slot };
};
