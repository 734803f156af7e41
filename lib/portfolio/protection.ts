import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
import type { DurationMs, EpochMs, Money } from '../units.js';

/** A closed trade, as protections remember it. Plain JSON; money in the portfolio's currency. */
export interface ClosedTrade {
  readonly symbol: string;
  /** Time of its last exit. */
  readonly at: EpochMs;
  /** Whether a stop closed it, initial or raised. */
  readonly isStopped: boolean;
  /** Of the sale that closed it, which order books may have filled in parts. */
  readonly lastSale: Money;
  /** Of all its exits. */
  readonly profitLoss: Money;
  /** Size · entry price, without the fee. */
  readonly stake: Money;
}

/** Minutes in a row that closed with the same equity. */
export interface EqualMinutes {
  /** The close of the first one. */
  readonly from: EpochMs;
  /** The close of the last one. */
  readonly to: EpochMs;
  readonly equity: Money;
}

/** Until when nothing is entered. */
export interface Pause {
  /** Null: on any market. */
  readonly symbol: string | null;
  readonly until: EpochMs;
}

/** What a protection knows of its portfolio. */
export interface Known<State> {
  /** As far back as `remembersMs` asks for, ascending by time. */
  readonly closes: readonly ClosedTrade[];
  /** Null before the first minute. */
  readonly state: State | null;
}

/**
 * A reason not to enter for a while (semantics §5), judged when an entry would be filled. It knows
 * nothing but its portfolio's closed trades and equity, of closed minutes only. All functions are
 * pure.
 */
export interface Protection<Settings = unknown, State = unknown, Reason extends string = string> {
  /** As rejected opportunities and reports name it; matches `EXIT_REASON`. */
  readonly reason: Reason;
  readonly isOn: (settings: Settings) => boolean;
  /** How far back it needs closed trades; none if absent. */
  readonly remembersMs?: (settings: Settings) => DurationMs;
  /**
   * Its state after minutes that follow those before without a gap. The state is JSON, and stored
   * with the portfolio.
   */
  readonly advance?: (state: State | null, minutes: EqualMinutes, settings: Settings) => State;
  /** The pauses that follow from what it knows; those that are over may be among them. */
  readonly pauses: (known: Known<State>, settings: Settings) => readonly Pause[];
}

/**
 * A protection with its keys in `risk_management.protections` of config.yaml, in one file.
 * `protections/index.ts` lists them.
 */
export interface ProtectionDeclaration<Reason extends string, Keys extends Section, Settings, State, Document>
  extends Protection<Settings, State, Reason>, Fragment<Keys, Settings, Document> {
  /** Its cells in the table of docs/semantics.md: when it pauses entries, where, and until when. */
  readonly doc: { readonly when: string; readonly where: string; readonly until: string };
}

/** Declares a protection. */
export const declareProtection = <
  const Reason extends string,
  Keys extends Section,
  Settings,
  State = never,
  Document = unknown,
>(
  protection: ProtectionDeclaration<Reason, Keys, Settings, State, Document>,
): ProtectionDeclaration<Reason, Keys, Settings, State, Document> => protection;
