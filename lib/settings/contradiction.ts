/** A key that is fine by itself and wrong together with others. */
export interface Contradiction {
  readonly key: string;
  readonly found: string;
  readonly expected: string;
}

/** A condition over several keys; judged only if each of them is fine by itself. */
export interface CrossCheck<Document> {
  /** Dotted. */
  readonly keys: readonly string[];
  readonly judge: (document: Document) => readonly Contradiction[];
}

/** What a cross-check reports: nothing if the condition holds. */
export const unless = (holds: boolean, key: string, found: string, expected: string): readonly Contradiction[] =>
  holds ? [] : [{ key, found, expected }];
