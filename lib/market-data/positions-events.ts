import type { FailureKind } from '../exchange/failure.js';
import type { BookFault } from '../exchange/ports.js';
import type { WalletChange } from '../portfolio/desks.js';
import type { DurationMs } from '../units.js';
import type { CatchUpEvent, OpenedWallets } from './ports.js';

/** Whether the exchange answers at the start. */
export type ContactEvent =
  { readonly kind: 'away'; readonly reason: string; readonly waitMs: DurationMs } | { readonly kind: 'back' };

/** What was odd about the markets whose order books were requested. */
export type LookEvent =
  | { readonly kind: 'book_came'; readonly symbol: string; readonly fault: BookFault | null }
  | {
      readonly kind: 'no_book';
      readonly symbol: string;
      readonly reason: string;
      readonly failure: FailureKind;
      readonly isHeld: boolean;
    }
  /** The market takes no orders that buy. */
  | { readonly kind: 'not_online'; readonly symbol: string }
  /** A held market cannot be traded, for this reason; or can be again. */
  | { readonly kind: 'suspended'; readonly symbol: string; readonly reason: string }
  | { readonly kind: 'resumed'; readonly symbol: string }
  | { readonly kind: 'no_list'; readonly reason: string };

/** A change of a strategy's wallet that is stored; lanes are those of `symbols`. */
export type StoredChange = { readonly kind: 'changed'; readonly symbols: readonly string[] } & WalletChange;

/** Everything that a live position manager does. */
export type PositionsEvent =
  ContactEvent | CatchUpEvent | { readonly kind: 'opened'; readonly opened: OpenedWallets } | LookEvent | StoredChange;
