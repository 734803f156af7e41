import type { UsableBook } from '../exchange/ports.js';
import type { Market } from '../market.js';
import type { EpochMs, Money, Price, SizeBase } from '../units.js';
import type { Opportunity, Trade } from './events.js';
import { DEFAULT_EXITS } from './exit-catalogue.js';
import type { PortfolioHistory, ReasonedPause } from './history.js';
import { emptyPortfolio, type Portfolio } from './portfolio.js';

/**
 * An open trade as plain data. Its market is named by symbol, since lanes change with the list of
 * markets.
 */
export interface HeldTrade {
  readonly symbol: string;
  readonly trade: Readonly<Omit<Trade, 'market' | 'opportunity' | 'highest'>>;
  readonly opportunity: Omit<Opportunity, 'market'>;
  /** Null before the first candle. */
  readonly highest: Price | null;
  /** Null if none was seen while it was held. */
  readonly lastPrice: Price | null;
  /** The observations of its market are processed up to this time. */
  readonly observedAt: EpochMs;
  /** Since when its market cannot be traded; absent if it can. */
  readonly suspendedSince?: EpochMs;
  /**
   * The best levels of its market's last usable book, in case the market is delisted; absent if
   * unknown.
   */
  readonly lastBook?: LastBook;
}

type Level = readonly [price: Price, size: SizeBase];

/** The part of an order book that a sale needs. */
export interface LastBook {
  readonly at: EpochMs;
  readonly ask: Price;
  /** Best first. */
  readonly bids: readonly Level[];
}

/** Number of bids kept of a last book. */
const LAST_BIDS = 20;

const lastBookOf = ({ bids, asks, newest }: UsableBook): LastBook => ({
  at: newest,
  ask: asks[0]!.price,
  bids: bids.slice(0, LAST_BIDS).map(({ price, size }) => [price, size]),
});

/** The last books of a state, by the lanes of `markets`; other markets are left out. */
export const lastBooksOf = ({ held }: PortfolioState, markets: readonly Market[]): ReadonlyMap<number, UsableBook> => {
  const books = held.flatMap(({ symbol, lastBook }) => {
    const market = markets.findIndex(listed => listed.symbol === symbol);
    if (!lastBook || market < 0) return [];
    const { at, ask } = lastBook;
    const bids = lastBook.bids.map(([price, size]) => ({ price, size, at }));
    return [[market, { usable: true, bids, asks: [{ price: ask, size: 0, at }], newest: at }] as const];
  });
  return new Map(books);
};

/** Cash and holdings of a portfolio, as JSON that keeps them to the last bit. */
export interface PortfolioState {
  readonly cash: Money;
  readonly held: readonly HeldTrade[];
  /** What protections remember; absent if that is nothing. */
  readonly history?: Readonly<PortfolioHistory>;
  /** The pauses in force when it was stored; absent if there were none. */
  readonly pauses?: readonly ReasonedPause[];
}

/** The past of a portfolio, from its stored trades and opportunities. */
export interface PortfolioPast {
  /** Trades entered so far. */
  readonly entered: number;
  /** By symbol: the last exit that starts a cooldown. */
  readonly stoppedAt: ReadonlyMap<string, EpochMs>;
  /** Opportunities that wait for their market's next candle, the oldest first. */
  readonly pending: readonly Opportunity[];
}

/** State of a held market outside the portfolio. */
export interface MarketState {
  /** Null if there is none. */
  readonly lastBook: UsableBook | null;
  readonly suspendedSince: EpochMs | null;
}

const NO_STATE: MarketState = { lastBook: null, suspendedSince: null };

/**
 * A snapshot of the portfolio's state, which later changes do not affect. `observedAt` and
 * `stateAt` are by lane; `pauses` are those in force.
 */
export const stateOf = (
  portfolio: Portfolio,
  observedAt: (market: number) => EpochMs,
  stateAt: (market: number) => MarketState = () => NO_STATE,
  pauses: readonly ReasonedPause[] = [],
): PortfolioState => ({
  cash: portfolio.cash,
  ...((portfolio.history.markedUntil !== null || portfolio.history.closes.length > 0) && {
    history: structuredClone(portfolio.history),
  }),
  ...(pauses.length > 0 && { pauses }),
  held: portfolio.open.map(({ market, opportunity: { at, close, score, values }, highest, exits, ...trade }) => {
    const lastPrice = portfolio.lastPrice[market]!;
    const { lastBook, suspendedSince } = stateAt(market);
    return {
      symbol: portfolio.markets[market]!.symbol,
      trade: { ...trade, exits: [...exits] },
      opportunity: { at, close, score, values },
      highest: Number.isFinite(highest) ? highest : null,
      lastPrice: Number.isNaN(lastPrice) ? null : lastPrice,
      observedAt: observedAt(market),
      ...(suspendedSince !== null && { suspendedSince }),
      ...(lastBook && { lastBook: lastBookOf(lastBook) }),
    };
  }),
});

/** The held markets missing from a list of markets, by symbol. */
export const marketsMissing = ({ held }: PortfolioState, markets: readonly Market[]): string[] =>
  held.map(({ symbol }) => symbol).filter(symbol => !markets.some(market => market.symbol === symbol));

/**
 * Restores a portfolio from its state and its past, on the lanes of `markets`. It continues as the
 * portfolio that `stateOf` was called with. Throws `RangeError` if a held market is missing from
 * `markets`.
 */
export const restorePortfolio = (
  { cash, held, history }: PortfolioState,
  markets: readonly Market[],
  { entered, stoppedAt, pending }: PortfolioPast,
): Portfolio => {
  const missing = marketsMissing({ cash, held }, markets);
  if (missing.length > 0) throw new RangeError(`held, but missing from the markets: ${missing.join(', ')}`);
  const portfolio = emptyPortfolio(markets, cash);
  portfolio.entered = entered;
  if (history) Object.assign(portfolio.history, structuredClone(history));
  portfolio.pending = [...pending];
  markets.forEach(({ symbol }, lane) => (portfolio.stoppedAt[lane] = stoppedAt.get(symbol) ?? -Infinity));
  for (const { symbol, trade, opportunity, highest, lastPrice } of held) {
    const market = markets.findIndex(listed => listed.symbol === symbol);
    portfolio.lastPrice[market] = lastPrice ?? NaN;
    const exits = [...trade.exits];
    portfolio.open.push({
      ...trade,
      risk: { ...DEFAULT_EXITS, ...trade.risk },
      market,
      opportunity: { ...opportunity, market },
      highest: highest ?? -Infinity,
      exits,
    });
  }
  portfolio.open.sort((a, b) => a.market - b.market);
  return portfolio;
};
