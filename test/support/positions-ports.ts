import { NEVER, asyncScheduler, of } from 'rxjs';
import type { BookLevel, UsableBook } from '../../lib/exchange/ports.js';
import type { OpenedWallet, OpenedWallets, PositionsPorts } from '../../lib/market-data/ports.js';
import { marketOf } from '../../lib/market.js';
import type { Opportunity } from '../../lib/portfolio/events.js';
import { emptyPortfolio } from '../../lib/portfolio/portfolio.js';
import { unversioned } from '../../lib/settings/settings.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { listed } from './listed.js';
import { settingsOf } from './settings.js';

/** A whole minute; a marble test begins there, in the exchange's time and its own. */
export const BEGIN = Date.UTC(2026, 3, 12, 12);
export const now = (): EpochMs => BEGIN + asyncScheduler.now();

/** Markets are looked at every ten seconds, and opportunities never grow old. */
export const TERMS = `
application: { position_check_interval_seconds: 10 }
risk_management: { max_opportunity_age_seconds: 3600 }`;

/** An order book with much at one price a side, changed this very moment. */
export const bookAt = (bid: number, over: Partial<UsableBook> = {}): UsableBook => {
  const level = (price: number): BookLevel => ({ price, size: 1e6, at: now() });
  return { usable: true, bids: [level(bid)], asks: [level(bid * 1.0001)], newest: now(), ...over };
};

/** An opportunity of the minute that has just closed. */
export const found = (market: number, over: Partial<Opportunity> = {}): Opportunity => ({
  market,
  at: BEGIN - MINUTE_MS,
  close: 100,
  score: 0.5,
  values: {},
  ...over,
});

/** A strategy's wallet of 10,000 dollars that holds nothing. */
export const emptyWallet = (
  strategy: string,
  symbols: readonly string[],
  over: Partial<OpenedWallet> = {},
): OpenedWallet => ({
  strategy,
  portfolio: emptyPortfolio(symbols.map(marketOf), 10_000),
  observedAt: new Float64Array(symbols.length).fill(NaN),
  lastBooks: new Map(),
  settledUntil: BEGIN,
  version: 1,
  madeUpUntil: null,
  ...over,
});

/** Wallets of 10,000 dollars that hold nothing; by default that of momentum alone. */
export const opened = (
  symbols: readonly string[] = ['AAA/USD', 'BBB/USD'],
  wallets: readonly OpenedWallet[] = [emptyWallet('momentum', symbols)],
): OpenedWallets => ({ symbols, ids: symbols.map((_, lane) => lane + 1), wallets, rates: () => 1 });

type Group = 'clock' | 'exchange' | 'portfolio';

/** The ports that a test replaces; of a group it may replace some. */
export type PositionsOver = Partial<Omit<PositionsPorts, Group>> & {
  readonly [K in Group]?: Partial<PositionsPorts[K]>;
};

/**
 * Ports in virtual time: nothing is found, every book is at 100, and everything is stored at once,
 * unless a test says so.
 */
export const positionsPorts = (over: PositionsOver = {}): PositionsPorts => ({
  settings$: of(unversioned(settingsOf(TERMS))),
  random: () => 0,
  contact: () => of({ markets: ['AAA/USD', 'BBB/USD'].map(symbol => listed(symbol)), skipped: [] }),
  nudge$: NEVER,
  ...over,
  clock: { now, speed: 1, elapsed: () => asyncScheduler.now(), ...over.clock },
  exchange: {
    markets: () => of({ markets: ['AAA/USD', 'BBB/USD'].map(symbol => listed(symbol)), skipped: [] }),
    book: () => of(bookAt(100)),
    ...over.exchange,
  },
  portfolio: {
    open: () => of({ kind: 'opened' as const, opened: opened() }),
    pending: () => of(new Map()),
    exitSignals: () => of([]),
    expire: () => of(null),
    rates: () => of(() => 1),
    save: () => of(null),
    isOutdated: () => of(false),
    measure: () => of(null),
    ...over.portfolio,
  },
});
