/** A key that is valid by itself but not together with others. */
export interface Contradiction {
  readonly key: string;
  readonly found: string;
  readonly expected: string;
}

/** A check over several keys; evaluated only if each of them is valid by itself. */
export interface CrossCheck<Document> {
  /** Dotted. */
  readonly keys: readonly string[];
  readonly judge: (document: Document) => readonly Contradiction[];
}

/** The result of a cross-check: empty if the condition holds. */
export const unless = (holds: boolean, key: string, found: string, expected: string): readonly Contradiction[] =>
  holds ? [] : [{ key, found, expected }];
