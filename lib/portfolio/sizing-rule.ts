import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
import type { Money, Price } from '../units.js';

/** What a sizing rule may read of an entry. */
export interface EntryFacts {
  /**
   * In the portfolio's currency, as of before the first fill of the minute, or of the opportunities
   * that are decided together.
   */
  readonly equity: Money;
  /** Of the first unit bought, in the market's quote currency. */
  readonly price: Price;
  /** The stop that the trade starts with at this price. */
  readonly stop: Price;
}

/** Limits the size of an entry (semantics §5). Pure. */
export interface SizingRule<Settings = unknown> {
  /** Whether the settings switch it on; default always. A rule that is off limits nothing. */
  readonly isOn?: (settings: Settings) => boolean;
  /**
   * The most that a position may cost without its fee, in the portfolio's currency. The
   * smallest of all rules counts.
   */
  readonly notional: (entry: EntryFacts, settings: Settings) => Money;
}

/**
 * A sizing rule with its keys in `risk_management` of config.yaml, in one file. `sizing/index.ts`
 * lists them.
 */
export interface SizingDeclaration<Keys extends Section, Settings, Document>
  extends SizingRule<Settings>, Fragment<Keys, Settings, Document> {}

/** Declares a sizing rule. */
export const declareSizing = <Keys extends Section = never, Settings = unknown, Document = unknown>(
  rule: SizingDeclaration<Keys, Settings, Document>,
): SizingDeclaration<Keys, Settings, Document> => rule;
