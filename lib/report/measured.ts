/** Reasons of missing metrics, by name. */
export type Reasons = Readonly<Record<string, string>>;

/** Collects metrics: each is a finite number, or null with the reason why. */
export class Measured {
  readonly reasons: Record<string, string> = {};

  /** The value; null, with the reason, if there is a reason or the value is not finite. */
  value(name: string, reason: string | false, value: () => number): number | null {
    const found = reason === false ? value() : NaN;
    if (Number.isFinite(found)) return found;
    this.reasons[name] = reason === false ? 'it is too large or too small for a number' : reason;
    return null;
  }
}
