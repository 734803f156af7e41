/** Something in a valid configuration that probably has another effect than intended. */
export interface Warning {
  /** Dotted name. */
  readonly key: string;
  readonly found: string;
  /** What was probably meant, in a spelling that the key accepts; null where nothing is close. */
  readonly suggestion: string | null;
  /** A sentence. */
  readonly text: string;
}
