import type { EpochMs, Ratio } from '../../../units.js';
import type { Draw } from '../../market/random.js';
import type { Endpoint } from '../endpoints.js';
import type { Listing } from '../listing.js';
import type { Reply } from '../reply.js';
import type { View } from '../view.js';

/** Something that goes wrong on demand. */
export interface Fault {
  /** One of the kinds of the catalogue. */
  readonly kind: string;
  /** Where: one endpoint, else all that the kind knows. */
  readonly endpoint?: Endpoint;
  /** On which pair, by any of its names; else on all. */
  readonly pair?: string;
  /** The share of the matching requests that it spoils; default 1. */
  readonly probability?: Ratio;
  /** It ends after this many requests. */
  readonly count?: number;
  /** Market time; default from now on, without end. */
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  /** HTTP status, status of a pair or of the system. */
  readonly status?: number | string;
  readonly text?: string;
  /** Real time for deliveries, market time for clocks. */
  readonly milliseconds?: number;
  readonly bytes?: number;
  readonly minutes?: number;
  readonly factor?: number;
  /** The share of minutes that a lasting fault concerns, in every request; default 0.05. */
  readonly share?: Ratio;
}

/** One fault at one request. */
export interface Strike {
  readonly fault: Fault;
  /** Market time at which the fault began. */
  readonly since: EpochMs;
  /** Market time of the request. */
  readonly at: EpochMs;
  readonly draw: Draw;
  /** Draws that are the same in each request, for lasting faults. */
  readonly lasting: (what: string, place: number) => Draw;
}

/**
 * Kraken's result as it is about to be sent; made for this request alone, so that it may be
 * changed.
 */
export type Result = Record<string, unknown>;

interface KindOf<Level extends string, Spoil> {
  readonly level: Level;
  /** The endpoints where it makes sense; default all. */
  readonly endpoints?: readonly Endpoint[];
  /** Throws `UserError` for an impossible fault. */
  readonly check?: (fault: Fault) => void;
  readonly spoil: Spoil;
}

/** What a kind of fault changes: the view of the exchange, the result, or the reply. */
export type Kind =
  | KindOf<'view', (view: View, strike: Strike) => View>
  /** `pairs`: those whose part of the result is affected. */
  | KindOf<'result', (result: Result, pairs: readonly Listing[], strike: Strike) => void>
  | KindOf<'reply', (reply: Reply, strike: Strike) => Reply>;
