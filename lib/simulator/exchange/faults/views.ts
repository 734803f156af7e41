import { UserError } from '../../../errors.js';
import { MINUTE_MS, type EpochMs } from '../../../units.js';
import type { Endpoint } from '../endpoints.js';
import { PAIR_STATUSES, directoryOf, listingsOf, type Listing } from '../listing.js';
import { SYSTEM_STATUSES, type Advisory, type View } from '../view.js';
import type { Fault, Kind, Strike } from './fault.js';

const PRICES: readonly Endpoint[] = ['Ticker', 'OHLC', 'Depth', 'Trades', 'CoinMarkets'];
const PAIRS: readonly Endpoint[] = [...PRICES, 'Assets', 'AssetPairs'];

/** Names that have broken programs: they end up in file names, tables, terminals and web pages. */
const HOSTILE = [
  '=cmd()',
  '<img src=x onerror=alert(1)>',
  '../../etc/passwd',
  'A\u0000B',
  '\u001b[2Jclear',
  '\u202eDSU',
  "';DROP TABLE run;--",
  '__proto__',
  'X'.repeat(10_000),
];

/** The status that a fault names. Throws `UserError` if it is not one of these. */
const statusOf = <T extends string>(allowed: readonly T[], { kind, status }: Fault, standard: T): T => {
  const found = allowed.find(each => each === (status ?? standard));
  if (found) return found;
  throw new UserError([`${kind}: found status ${JSON.stringify(status)}, expected one of ${allowed.join(', ')}`]);
};
const systemStatusOf = (fault: Fault) => statusOf(SYSTEM_STATUSES, fault, 'maintenance');
const pairStatusOf = (fault: Fault) => statusOf(PAIR_STATUSES, fault, 'cancel_only');
const newListingsOf = ({ pair }: Fault) => listingsOf([pair ?? 'NEWCOIN/USD']);

const withListings = (view: View, change: (all: readonly Listing[]) => readonly Listing[]): View => ({
  ...view,
  directory: directoryOf(change(view.directory.all)),
});

/** Changes the listings that a fault names, or all; null removes one. */
const eachNamed = (view: View, { fault }: Strike, change: (listing: Listing) => Listing | null): View => {
  const only = fault.pair === undefined ? null : view.directory.find(fault.pair);
  return withListings(view, all =>
    all.flatMap(listing => (only !== null && listing !== only ? listing : (change(listing) ?? []))),
  );
};

const renamed = (listing: Listing, name: string): Listing => ({
  ...listing,
  id: `${name}USD`,
  altname: `${name}USD`,
  wsname: `${name}/USD`,
  symbol: `${name}/USD`,
  base: name,
});

const advisory = ({ text }: Fault, standard: string, from: EpochMs): Advisory => ({
  name: text ?? standard,
  scheduled_for: new Date(from).toISOString(),
  scheduled_until: new Date(from + 30 * MINUTE_MS).toISOString(),
});

/** Faults of the exchange itself. */
export const VIEW_FAULTS = {
  /** Prices stand still at the moment the fault began, `minutes` before it. */
  stale: {
    level: 'view',
    endpoints: PRICES,
    spoil: (view, { fault, since }) => ({ ...view, at: Math.min(view.at, since - (fault.minutes ?? 0) * MINUTE_MS) }),
  },
  /** The server's clock is `milliseconds` ahead (or behind, if negative); default an hour. */
  clock_skew: {
    level: 'view',
    endpoints: ['Time', 'SystemStatus'],
    spoil: (view, { fault }) => ({ ...view, skew: fault.milliseconds ?? 60 * MINUTE_MS }),
  },
  system_status: {
    level: 'view',
    endpoints: ['SystemStatus'],
    check: systemStatusOf,
    spoil: (view, { fault }) => ({ ...view, systemStatus: systemStatusOf(fault) }),
  },
  /** Maintenance is announced for the next hour; the status stays as it is. */
  upcoming_maintenance: {
    level: 'view',
    endpoints: ['SystemStatus'],
    spoil: (view, { fault, since }) => ({
      ...view,
      upcomingMaintenance: [advisory(fault, 'Scheduled maintenance', since + 60 * MINUTE_MS)],
    }),
  },
  /** An incident that is not resolved; the status stays as it is. */
  emergency: {
    level: 'view',
    endpoints: ['SystemStatus'],
    spoil: (view, { fault, since }) => ({ ...view, emergencies: [advisory(fault, 'Degraded performance', since)] }),
  },
  /** `since` of trades includes its own moment. */
  inclusive_since: { level: 'view', endpoints: ['Trades'], spoil: view => ({ ...view, inclusiveSince: true }) },
  pair_status: {
    level: 'view',
    endpoints: PAIRS,
    check: pairStatusOf,
    spoil: (view, strike) => {
      const status = pairStatusOf(strike.fault);
      return eachNamed(view, strike, listing => ({ ...listing, status }));
    },
  },
  delisted: { level: 'view', endpoints: PAIRS, spoil: (view, strike) => eachNamed(view, strike, () => null) },
  /** A new pair without a history. */
  new_listing: {
    level: 'view',
    endpoints: PAIRS,
    check: newListingsOf,
    spoil: (view, { fault, since }) =>
      withListings(view, all => [
        ...all,
        ...newListingsOf(fault).map(listing => ({
          ...listing,
          listedAt: Math.max(since - (since % MINUTE_MS), listing.listedAt),
        })),
      ]),
  },
  /** Additional pairs with hostile names. */
  hostile_names: {
    level: 'view',
    endpoints: ['Assets', 'AssetPairs'],
    spoil: view =>
      withListings(view, all => [...all, ...HOSTILE.flatMap(name => (all[0] ? renamed(all[0], name) : []))]),
  },
} as const satisfies Record<string, Kind>;
