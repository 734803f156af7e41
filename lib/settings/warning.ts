/** A setting in a valid configuration that probably has an unintended effect. */
export interface Warning {
  /** Dotted name. */
  readonly key: string;
  readonly found: string;
  /** The likely intended value, as the key accepts it; null if nothing is close. */
  readonly suggestion: string | null;
  /** A sentence. */
  readonly text: string;
}
