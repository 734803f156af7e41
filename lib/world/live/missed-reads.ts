import type { Exchange } from '../../exchange/ports.js';
import type { CatchUpEvent } from '../../market-data/ports.js';
import type { TradeStretch } from '../../portfolio/missed-trades.js';
import type { StoredBooks } from '../../portfolio/stored-books.js';
import { constantWait } from '../../retry.js';
import type { Tape } from '../../tape.js';
import { MINUTE_MS, type EpochMs } from '../../units.js';
import { withClient } from '../database/connection.js';
import type { Connection } from '../database/index.js';
import { withRetry } from '../retry.js';
import { readTapesOnOwnConnection } from '../store/candles/read-apart.js';
import { storedTapes } from '../store/candles/stored-tapes.js';
import { guarded } from '../store/errors.js';
import type { StoredMarket } from '../store/index.js';
import { marketsWithoutCandles } from '../store/live/missed-candles.js';
import type { Persistent } from '../store/persistent.js';
import { openBookShelf } from '../store/stored-books.js';
import { tradesAfter } from './missed-trades.js';

/** Minutes that are replayed and stored at once. */
export const MINUTES_AT_ONCE = 720;
/** Some minutes before are read too, for the rates of other currencies. */
const BEFORE_MS = 30 * MINUTE_MS;
const READING_BOOKS = 'reading order books';
/** How long the scanner has to fetch missed candles, in the exchange's time. */
const CANDLES_MS = 20 * MINUTE_MS;
const CHECK_INTERVAL_MS = 500;

/** Markets whose missed candles are not stored yet. */
class CandlesMissing extends Error {
  readonly symbols: readonly string[];

  constructor(symbols: readonly string[]) {
    super('candles missing');
    this.symbols = symbols;
  }
}

/** Where missed time is read. */
export interface MissedSources {
  readonly connection: Connection;
  readonly exchange: Pick<Exchange, 'trades'>;
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  /** By lane. */
  readonly markets: readonly StoredMarket[];
  readonly persistent: Persistent;
  readonly emit: (event: CatchUpEvent) => void;
  readonly signal: AbortSignal;
}

/** Trades after a moment up to a whole minute at or after a goal; see `tradesAfter`. */
export type TradesOf = (market: number, from: EpochMs, goal: EpochMs) => Promise<TradeStretch | null>;

/** The exchange's trades of missed time: the same request of several wallets is made once. */
export const tradesOnce = ({ exchange, now, markets, emit, signal }: MissedSources): TradesOf => {
  const onFailure = (symbol: string, reason: string) => emit({ kind: 'no_missed_trades', symbol, reason });
  const asked = new Map<string, Promise<TradeStretch | null>>();
  return (market, from, goal) => {
    const key = `${market} ${from} ${goal}`;
    const answer =
      asked.get(key) ?? tradesAfter({ exchange, now, signal, onFailure }, markets[market]!.symbol, from, goal);
    asked.set(key, answer);
    return answer;
  };
};

/** Reads the stored minutes from a while before `from` up to `to`, with the order books of their time. */
export const readMissed = async (
  { connection, markets, persistent }: MissedSources,
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
  use: (tape: Tape, books: StoredBooks | null) => Promise<void> | void,
): Promise<void> => {
  const ids = markets.map(({ id }) => id);
  const tapes = storedTapes(
    persistent,
    next => readTapesOnOwnConnection(connection, markets, next, to, MINUTES_AT_ONCE),
    from - BEFORE_MS,
  );
  for await (const tape of tapes) {
    const end = tape.start + tape.minutes * MINUTE_MS;
    const books = await persistent(READING_BOOKS, () =>
      guarded(READING_BOOKS, () =>
        withClient(connection, async client => {
          const shelf = await openBookShelf(client, ids, tape.start, end);
          await shelf?.fetch(tape.start, end);
          return shelf;
        }),
      ),
    );
    await use(tape, books);
  }
};

/** Waits until the candles of these markets reach `minute`, for twenty minutes at most. */
export const waitForCandles = async (
  { connection, persistent, emit, signal }: MissedSources,
  wanted: readonly StoredMarket[],
  minute: EpochMs,
  clockSpeed: number,
): Promise<void> => {
  const most = Math.max(5, Math.ceil(CANDLES_MS / clockSpeed / CHECK_INTERVAL_MS));
  const check = async (): Promise<void> => {
    const symbols = await persistent('looking for missed candles', () =>
      marketsWithoutCandles(connection, wanted, minute),
    );
    if (symbols.length > 0) throw new CandlesMissing(symbols);
  };
  await withRetry(check, {
    ...constantWait(CHECK_INTERVAL_MS),
    signal,
    mayRepeat: (error, tries) => error instanceof CandlesMissing && tries + 1 < most,
    onFailure: (error, _, tries) => {
      if (tries === 0) emit({ kind: 'waits_for_candles', symbols: (error as CandlesMissing).symbols });
    },
  }).catch((error: unknown) => {
    if (!(error instanceof CandlesMissing)) throw error;
    emit({ kind: 'candles_missing', symbols: error.symbols });
  });
};
