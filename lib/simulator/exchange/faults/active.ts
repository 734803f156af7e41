import { UserError } from '../../../errors.js';
import type { EpochMs } from '../../../units.js';
import { drawsOf, uniform } from '../../market/random.js';
import type { Endpoint } from '../endpoints.js';
import type { Directory, Listing } from '../listing.js';
import { kindOf } from './catalogue.js';
import type { Fault, Kind, Strike } from './fault.js';

/** An active fault. */
export interface OrderedFault {
  readonly id: number;
  readonly fault: Fault;
  /** Requests that it has spoiled so far. */
  readonly struck: number;
}

/** A fault that affects a request. */
export type Struck = Strike & { readonly kind: Kind };

/** A request as faults see it. */
export interface Target {
  readonly endpoint: Endpoint;
  /** The requested pairs; null for all. */
  readonly pairs: readonly Listing[] | null;
  readonly at: EpochMs;
}

/** The active faults. The same faults and requests with the same seed have the same outcome. */
export interface Faults {
  /** Adds a fault and returns its number. Throws `UserError` for an impossible one. */
  add(fault: Fault, at: EpochMs): number;
  /** Removes a fault; false if there is none with that number. */
  remove(id: number): boolean;
  clear(): void;
  list(): readonly OrderedFault[];
  /** The faults that affect this request, in the order in which they were added. */
  strike(target: Target): readonly Struck[];
}

interface Order {
  readonly id: number;
  readonly fault: Fault;
  readonly since: EpochMs;
  seen: number;
  struck: number;
}

/**
 * Faults of the exchange or of a result may concern one pair of many; faults of a reply concern it
 * as a whole.
 */
const meetsPair = ({ pair }: Fault, { level }: Kind, { pairs }: Target, directory: Directory): boolean => {
  if (pair === undefined || level === 'view') return true;
  if (pairs === null) return level === 'result';
  const named = directory.find(pair);
  return named !== undefined && pairs.includes(named);
};

/** No active faults at first; faults may name the pairs of this directory. */
export const activeFaults = (seed: number, directory: Directory): Faults => {
  const orders = new Map<number, Order>();
  let last = 0;
  return {
    add: (fault, at) => {
      const { check } = kindOf(fault);
      check?.(fault);
      if (fault.pair !== undefined && fault.kind !== 'new_listing' && !directory.find(fault.pair))
        throw new UserError([`pair: ${JSON.stringify(fault.pair)} is not listed on the simulated exchange`]);
      orders.set(++last, { id: last, fault, since: fault.from ?? at, seen: 0, struck: 0 });
      return last;
    },
    remove: id => orders.delete(id),
    clear: () => orders.clear(),
    list: () => [...orders.values()].map(({ id, fault, struck }) => ({ id, fault, struck })),
    strike: target =>
      [...orders.values()].flatMap(order => {
        const { id, fault, since } = order;
        const kind = kindOf(fault);
        const isThere = fault.endpoint
          ? fault.endpoint === target.endpoint
          : (kind.endpoints?.includes(target.endpoint) ?? true);
        const isNow =
          target.at >= since && target.at < (fault.to ?? Infinity) && order.struck < (fault.count ?? Infinity);
        if (!isThere || !isNow || !meetsPair(fault, kind, target, directory)) return [];
        const draw = drawsOf(seed, `fault/${id}/${fault.kind}`, order.seen++);
        if (uniform(draw) >= (fault.probability ?? 1)) return [];
        order.struck++;
        const lasting = (what: string, place: number) => drawsOf(seed, `fault/${id}/${fault.kind}/${what}`, place);
        return [{ kind, fault, since, at: target.at, draw, lasting }];
      }),
  };
};
