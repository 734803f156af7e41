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
  /** Of the requests that it could spoil, how many it does; 1 unless told. */
  readonly probability?: Ratio;
  /** It is over after so many. */
  readonly count?: number;
  /** Market time; from now on and for ever unless told. */
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
  /** Of the minutes, how many it concerns, whatever is asked and how often; for faults that last. 0.05 by default. */
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
  /** Draws that are the same at each request, for what lasts. */
  readonly lasting: (what: string, place: number) => Draw;
}

/** Kraken's result as it is about to be sent; made for this request alone, so that it may be changed. */
export type Result = Record<string, unknown>;

interface KindOf<Level extends string, Spoil> {
  readonly level: Level;
  /** Where it makes sense; everywhere if left out. */
  readonly endpoints?: readonly Endpoint[];
  /** Throws `UserError` for a fault that cannot be. */
  readonly check?: (fault: Fault) => void;
  readonly spoil: Spoil;
}

/** What a kind of fault changes: the exchange that is looked at, the result, or the reply. */
export type Kind =
  | KindOf<'view', (view: View, strike: Strike) => View>
  /** `pairs`: those whose part of the result is meant. */
  | KindOf<'result', (result: Result, pairs: readonly Listing[], strike: Strike) => void>
  | KindOf<'reply', (reply: Reply, strike: Strike) => Reply>;
