import type { UsableBook } from '../exchange/ports.js';
import type { Market } from '../market.js';
import type { EpochMs, Money, Price, SizeBase } from '../units.js';
import type { Opportunity, Trade } from './events.js';
import { DEFAULT_EXITS } from './exit-catalogue.js';
import { emptyPortfolio, type Portfolio } from './portfolio.js';

/** An open trade as plain data: markets by symbol, since their lanes change with the list of markets. */
export interface HeldTrade {
  readonly symbol: string;
  readonly trade: Readonly<Omit<Trade, 'market' | 'opportunity' | 'highest'>>;
  readonly opportunity: Omit<Opportunity, 'market'>;
  /** Null until a candle was seen. */
  readonly highest: Price | null;
  /** Null where none was seen while it was held. */
  readonly lastPrice: Price | null;
  /** The observations of its market up to here have been taken into account. */
  readonly observedAt: EpochMs;
  /** Since when its market cannot be traded; absent where it can. */
  readonly suspendedSince?: EpochMs;
  /** The best of its market's last usable book, for the case that the market goes; absent where none is known. */
  readonly lastBook?: LastBook;
}

type Level = readonly [price: Price, size: SizeBase];

/** What of an order book a sale needs. */
export interface LastBook {
  readonly at: EpochMs;
  readonly ask: Price;
  /** Best first. */
  readonly bids: readonly Level[];
}

/** Bids of a last book that are kept. */
const LAST_BIDS = 20;

const lastBookOf = ({ bids, asks, newest }: UsableBook): LastBook => ({
  at: newest,
  ask: asks[0]!.price,
  bids: bids.slice(0, LAST_BIDS).map(({ price, size }) => [price, size]),
});

/** The last books of a state, as books on the lanes of `markets`; markets that are not among them are left out. */
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

/** A portfolio's cash and holdings at a moment, as JSON keeps them to the last bit. */
export interface PortfolioState {
  readonly cash: Money;
  readonly held: readonly HeldTrade[];
}

/** What of a portfolio's past is known from its stored trades and opportunities. */
export interface PortfolioPast {
  /** Trades entered so far. */
  readonly entered: number;
  /** By symbol: when the last stop closed a trade. */
  readonly stoppedAt: ReadonlyMap<string, EpochMs>;
  /** Opportunities that wait for their market's next candle, the oldest first. */
  readonly pending: readonly Opportunity[];
}

/** What of a held market's state the portfolio does not hold. */
export interface MarketState {
  /** Null where there is none. */
  readonly lastBook: UsableBook | null;
  readonly suspendedSince: EpochMs | null;
}

const NO_STATE: MarketState = { lastBook: null, suspendedSince: null };

/** The portfolio's state as of now. Later changes of the portfolio do not reach it; `observedAt` and `stateAt` are asked by lane. */
export const stateOf = (
  portfolio: Portfolio,
  observedAt: (market: number) => EpochMs,
  stateAt: (market: number) => MarketState = () => NO_STATE,
): PortfolioState => ({
  cash: portfolio.cash,
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

/** The held markets that a list of markets lacks, by symbol. */
export const marketsLacking = ({ held }: PortfolioState, markets: readonly Market[]): string[] =>
  held.map(({ symbol }) => symbol).filter(symbol => !markets.some(market => market.symbol === symbol));

/**
 * The portfolio of a state and its past, on the lanes of `markets`: it goes on as the one that `stateOf` was taken of.
 * Throws `RangeError` if a held market is not among them.
 */
export const restorePortfolio = (
  { cash, held }: PortfolioState,
  markets: readonly Market[],
  { entered, stoppedAt, pending }: PortfolioPast,
): Portfolio => {
  const lacking = marketsLacking({ cash, held }, markets);
  if (lacking.length > 0) throw new RangeError(`held, but not among the markets: ${lacking.join(', ')}`);
  const portfolio = emptyPortfolio(markets, cash);
  portfolio.entered = entered;
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
