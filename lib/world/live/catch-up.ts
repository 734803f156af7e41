import type { Exchange } from '../../exchange/ports.js';
import { AbsenceBroker, type Left } from '../../portfolio/absence.js';
import type { EquityMark } from '../../portfolio/mark.js';
import { minutesAfter } from '../../portfolio/missed-minutes.js';
import type { CatchUpEvent } from '../../market-data/ports.js';
import type { PositionEvent } from '../../portfolio/events.js';
import type { RateOf } from '../../portfolio/portfolio.js';
import { pausesAt } from '../../portfolio/history.js';
import { stateOf } from '../../portfolio/restore.js';
import type { StoredBooks } from '../../portfolio/stored-books.js';
import { constantWait } from '../../retry.js';
import type { InForce } from '../../settings/settings.js';
import type { Tape } from '../../tape.js';
import { MINUTE_MS, wholeMinute, type DurationMs, type EpochMs } from '../../units.js';
import { withClient } from '../database/connection.js';
import type { Connection } from '../database/index.js';
import { withRetry } from '../retry.js';
import { readTapesOnOwnConnection } from '../store/candles/read-apart.js';
import type { StoredMarket } from '../store/index.js';
import type { LiveStore, Opening, WalletKey } from '../store/live/index.js';
import { storedTapes } from '../store/candles/stored-tapes.js';
import { guarded } from '../store/errors.js';
import { marketsWithoutCandles } from '../store/live/missed-candles.js';
import type { Persistent } from '../store/persistent.js';
import { openBookShelf } from '../store/stored-books.js';
import { tradesAfter } from './missed-trades.js';

const READING_BOOKS = 'reading order books';
/** Minutes that are replayed and stored at once. */
const MINUTES_AT_ONCE = 720;
/** Some minutes before are read too, for the rates of other currencies. */
const BEFORE_MS = 30 * MINUTE_MS;
/** Replaying missed time takes time itself, which another turn replays. */
const MAX_TURNS = 5;

/** How missed time is replayed. */
export interface CatchUpOptions {
  readonly live: Pick<LiveStore, 'opening' | 'savePositions'>;
  readonly connection: Connection;
  readonly exchange: Pick<Exchange, 'trades'>;
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  readonly wallet: WalletKey;
  /** By lane. */
  readonly markets: readonly StoredMarket[];
  readonly persistent: Persistent;
  readonly inForce: InForce;
  /** Permanent name of this process. */
  readonly writer: string;
  readonly rateOf: RateOf;
  /** Whether the exchange lists a market: candles of unlisted ones are not awaited. */
  readonly isListed: (symbol: string) => boolean;
  /** Time was missed if a held market was not checked for longer than this. */
  readonly missedAfterMs: DurationMs;
  readonly emit: (event: CatchUpEvent) => void;
  readonly signal: AbortSignal;
}

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

/** The first minute to replay. */
const firstMinute = ({ portfolio, observedAt, settledUntil }: Left): EpochMs =>
  wholeMinute(Math.min(settledUntil, ...portfolio.open.map(({ market }) => observedAt[market]!)));

/** Where a run resumes. */
export interface CaughtUp extends Opening {
  /** The end of the replayed time; null if none was missed. */
  readonly madeUpUntil: EpochMs | null;
}

/**
 * Opens the portfolio as it was left and replays the time missed since, in order (semantics §5,
 * missed time): with the exchange's trades since each held market was last checked, where they are
 * available, else with candles. Progress is stored step by step: if this start is killed, the next
 * one has less to do.
 */
export const catchUp = async (options: CatchUpOptions): Promise<CaughtUp> => {
  const { live, connection, now, wallet, markets, persistent, writer, rateOf, isListed, emit, signal } = options;
  const { settings, configurationId } = options.inForce;
  const opening = await persistent('reading the portfolio', () => live.opening(wallet, markets));
  const { portfolio, lastBooks } = opening;
  const ids = markets.map(({ id }) => id);
  const symbols = markets.map(({ symbol }) => symbol);
  const onFailure = (symbol: string, reason: string) => emit({ kind: 'no_missed_trades', symbol, reason });
  const trades = { exchange: options.exchange, now, signal, onFailure };
  let { version } = opening;

  const save = async (
    events: readonly PositionEvent[],
    equity: readonly EquityMark[],
    { settledUntil, observedAt }: Pick<Left, 'settledUntil' | 'observedAt'>,
  ): Promise<void> => {
    const stateAt = (market: number) => ({ lastBook: lastBooks.get(market) ?? null, suspendedSince: null });
    const pauses = pausesAt(portfolio.history, settings.risk, settledUntil);
    const state = stateOf(portfolio, market => observedAt[market]!, stateAt, pauses);
    const next = { version: ++version, writer, settledUntil, state };
    await persistent('saving replayed minutes', () =>
      live.savePositions({ ...wallet, configurationId, ids }, { events, equity, offline: true, next }),
    );
    emit({ kind: 'made_up', events, symbols });
  };

  if (opening.settledUntil === null) {
    const at = wholeMinute(now());
    const start: EquityMark = { at, kind: 'start', cash: portfolio.cash, openValue: 0 };
    await save([], [start], { settledUntil: at, observedAt: opening.observedAt });
    return { ...opening, version, settledUntil: at, madeUpUntil: null };
  }

  let left: Left = { ...opening, settledUntil: opening.settledUntil };
  const read = async (
    from: EpochMs,
    to: EpochMs,
    use: (tape: Tape, books: StoredBooks | null) => Promise<void> | void,
  ): Promise<void> => {
    const tapes = storedTapes(
      persistent,
      next => readTapesOnOwnConnection(connection, markets, next, to, MINUTES_AT_ONCE),
      from,
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

  // Candles of stretches that were not seen before may be stored by now.
  const unseen = portfolio.open.flatMap(trade => trade.unseen ?? []);
  if (unseen.length > 0) {
    const from = wholeMinute(Math.min(...unseen.map(stretch => stretch.from))) - BEFORE_MS;
    const broker = new AbsenceBroker(left, settings, rateOf);
    const events: PositionEvent[] = [];
    const to = Math.max(...unseen.map(stretch => stretch.to));
    await read(from, wholeMinute(to) + MINUTE_MS, tape => void events.push(...broker.makeUpUnseen(tape, now())));
    await save(events, [], left);
  }

  const isMissed = (at: EpochMs) => now() - at > options.missedAfterMs;
  if (![left.settledUntil, ...portfolio.open.map(({ market }) => left.observedAt[market]!)].some(isMissed)) {
    portfolio.pending.push(...left.waiting);
    return { ...opening, version, waiting: [], madeUpUntil: null };
  }

  const since = left.settledUntil;
  const missed = portfolio.open.map(({ market }) => ({ symbol: symbols[market]!, at: left.observedAt[market]! }));
  /** Lanes whose trades are unavailable. */
  const silent = new Set<number>();

  /** Waits until the candles of these markets reach `until`, for twenty minutes at most. */
  const waitForCandles = async (wanted: readonly StoredMarket[], minute: EpochMs): Promise<void> => {
    const most = Math.max(5, Math.ceil(CANDLES_MS / settings.exchange.clockSpeed / CHECK_INTERVAL_MS));
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

  /**
   * Fetches the trades of held markets since they were last checked and, if these do not reach the
   * current minute, of that minute.
   */
  const fetchTrades = async (broker: AbsenceBroker, until: EpochMs): Promise<void> => {
    const minute = wholeMinute(until);
    const requests = broker.missing(until).map(async market => {
      if (silent.has(market)) return;
      const { symbol } = markets[market]!;
      const from = broker.observedAt[market]!;
      const first = await tradesAfter(trades, symbol, from, wholeMinute(from) + MINUTE_MS);
      if (first) broker.know(market, first);
      else silent.add(market);
      if (!first || first.to >= until) return;
      const last = await tradesAfter(trades, symbol, minute, until);
      if (last) broker.know(market, last);
      else silent.add(market);
    });
    await Promise.all(requests);
  };

  /** Replays all time until now and returns its end. */
  const makeUp = async (): Promise<EpochMs> => {
    const until = Math.floor(now());
    const isIdle = portfolio.open.length + portfolio.pending.length + left.waiting.length === 0;
    if (isIdle) {
      const minutes = minutesAfter(left.settledUntil, until);
      const pieces = Math.ceil(minutes.length / MINUTES_AT_ONCE) || 1;
      for (let n = 0; n < pieces; n++) {
        const piece = minutes.slice(n * MINUTES_AT_ONCE, (n + 1) * MINUTES_AT_ONCE);
        const marks = piece.map((at): EquityMark => ({ at, kind: 'minute', cash: portfolio.cash, openValue: 0 }));
        left = { ...left, settledUntil: n === pieces - 1 ? until : piece.at(-1)! };
        await save([], marks, left);
      }
      return until;
    }
    const broker = new AbsenceBroker(left, settings, rateOf);
    await fetchTrades(broker, until);
    const minute = wholeMinute(until);
    const hasEntries = minute - MINUTE_MS >= left.settledUntil;
    const needed = new Set([
      ...broker.missing(minute).filter(market => !broker.isKnown(market, minute)),
      ...(hasEntries ? [...portfolio.pending, ...left.waiting].map(({ market }) => market) : []),
    ]);
    const listed = [...needed].map(market => markets[market]!).filter(({ symbol }) => isListed(symbol));
    await waitForCandles(listed, minute);
    const first = firstMinute(left);
    await read(first - BEFORE_MS, minute + MINUTE_MS, async (tape, books) => {
      const made = broker.settle(tape, until, books);
      left = broker.left;
      if (tape.start + tape.minutes * MINUTE_MS > first) await save(made.events, made.marks, left);
    });
    return until;
  };

  const isMissing = (until: EpochMs) =>
    portfolio.open.some(({ market }) => left.observedAt[market]! < until && !silent.has(market));
  let until = await makeUp();
  const ownMinute = MINUTE_MS * settings.exchange.clockSpeed;
  for (let turns = 1; turns < MAX_TURNS && (now() - until >= ownMinute || isMissing(until)); turns++)
    until = await makeUp();

  const broker = new AbsenceBroker(left, settings, rateOf);
  if (broker.missing(until).length > 0) {
    broker.giveUp(until);
    await save([], [], broker.left);
  }
  if (missed.length > 0) emit({ kind: 'caught_up', since, until, missed });
  portfolio.pending.push(...left.waiting);
  for (const { market } of portfolio.open)
    if (!(rateOf(market) > 0)) emit({ kind: 'no_rate', symbol: symbols[market]! });
  const { observedAt } = broker;
  return { portfolio, version, settledUntil: until, observedAt, lastBooks, waiting: [], madeUpUntil: until };
};
