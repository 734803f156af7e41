import { AbsenceBroker, type Left, type MadeUp } from '../../lib/position/absence.js';
import { minutesAfter } from '../../lib/position/missed-minutes.js';
import type { PositionEvent } from '../../lib/position/events.js';
import type { RateOf } from '../../lib/position/portfolio.js';
import { stateOf } from '../../lib/position/restore.js';
import type { StoredBooks } from '../../lib/position/stored-books.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS, wholeMinute, type DurationMs, type EpochMs } from '../../lib/units.js';
import { readTapesApart } from '../../lib/world/store/candles/read-apart.js';
import type { EquityMark, StoredMarket } from '../../lib/world/store/index.js';
import type { Opening } from '../../lib/world/store/live/index.js';
import { openBookShelf } from '../../lib/world/store/stored-books.js';
import { fromDatabase, waitForCandles } from './missed-candles.js';
import { tradesAfter } from './missed-trades.js';
import { marketTime } from './mode.js';
import { storedTapes } from '../../lib/world/store/candles/stored-tapes.js';
import { narrator } from './tell.js';
import { inForceOf, type RunWorld } from './world.js';

/** Minutes that are made up for and stored at once. */
const MINUTES_AT_ONCE = 720;
/** Some minutes before are read as well, for the rates of other currencies. */
const BEFORE_MS = 30 * MINUTE_MS;
/** Making up for missed time takes time itself, which is made up for in another turn. */
const MOST_TURNS = 5;

/** How missed time is made up for. */
export interface ReplayOptions {
  /** Names this process for good. */
  readonly writer: string;
  readonly rateOf: RateOf;
  /** Whether the exchange lists a market: no candles are waited for of one that it does not. */
  readonly isListed: (symbol: string) => boolean;
  /** Time was missed where something that is held was not looked at for longer than this. */
  readonly missedAfterMs: DurationMs;
}

/** The first minute of which something is to be made up for. */
const firstMinute = ({ portfolio, observedAt, settledUntil }: Left): EpochMs =>
  wholeMinute(Math.min(settledUntil, ...portfolio.open.map(({ market }) => observedAt[market]!)));

const minuteMarks = ({ marks }: Pick<MadeUp, 'marks'>): readonly EquityMark[] =>
  marks.map(mark => ({ ...mark, kind: 'minute' }));

/** Where a run goes on. */
export interface Replayed extends Opening {
  /** Until when missed time was made up for; null where none was missed. */
  readonly madeUpUntil: EpochMs | null;
}

/**
 * Opens the portfolio where it was left and makes up for the time that was missed since, in order (semantics §5, missed time): by
 * the exchange's trades since each held market was last looked at, as far as these can be had, else by candles. Whatever was made
 * up for is stored as it goes on: a start that is killed meanwhile leaves less for the next one.
 */
export const replayMissed = async (
  world: RunWorld,
  markets: readonly StoredMarket[],
  { writer, rateOf, isListed, missedAfterMs }: ReplayOptions,
): Promise<Replayed> => {
  const { live, now, run, stored, log, link, mode } = world;
  const { connection } = world.database;
  const { settings, configurationId } = inForceOf(world);
  const opening = await stored('reading the portfolio', () => live.opening(run.id, markets));
  const { portfolio, lastBooks } = opening;
  const ids = markets.map(({ id }) => id);
  const tell = narrator(world, markets);
  let { version } = opening;

  const save = async (
    events: readonly PositionEvent[],
    equity: readonly EquityMark[],
    { settledUntil, observedAt }: Pick<Left, 'settledUntil' | 'observedAt'>,
  ): Promise<void> => {
    const stateAt = (market: number) => ({ lastBook: lastBooks.get(market) ?? null, suspendedSince: null });
    const state = stateOf(portfolio, market => observedAt[market]!, stateAt);
    const next = { version: ++version, writer, settledUntil, state };
    await stored('saving what was made up for', () =>
      live.savePositions({ runId: run.id, configurationId, ids }, { events, equity, offline: true, next }),
    );
    tell.events(events);
    link.beat();
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
    const tapes = storedTapes(stored, next => readTapesApart(connection, markets, next, to, MINUTES_AT_ONCE), from);
    for await (const tape of tapes) {
      const end = tape.start + tape.minutes * MINUTE_MS;
      const books = await fromDatabase(world, 'reading order books', async client => {
        const shelf = await openBookShelf(client, ids, tape.start, end);
        await shelf?.fetch(tape.start, end);
        return shelf;
      });
      await use(tape, books);
    }
  };

  // Of what was not seen before the candles may be there by now.
  const unseen = portfolio.open.flatMap(trade => trade.unseen ?? []);
  if (unseen.length > 0) {
    const from = wholeMinute(Math.min(...unseen.map(stretch => stretch.from))) - BEFORE_MS;
    const broker = new AbsenceBroker(left, settings, rateOf);
    const events: PositionEvent[] = [];
    const to = Math.max(...unseen.map(stretch => stretch.to));
    await read(from, wholeMinute(to) + MINUTE_MS, tape => void events.push(...broker.makeUpUnseen(tape, now())));
    await save(events, [], left);
  }

  const isMissed = (at: EpochMs) => now() - at > missedAfterMs;
  if (![left.settledUntil, ...portfolio.open.map(({ market }) => left.observedAt[market]!)].some(isMissed)) {
    portfolio.pending.push(...left.waiting);
    return { ...opening, version, waiting: [], madeUpUntil: null };
  }

  const since = left.settledUntil;
  const missedSince = portfolio.open.map(({ market }) => [markets[market]!.symbol, left.observedAt[market]!] as const);
  /** Lanes whose trades cannot be had. */
  const silent = new Set<number>();

  /** Hands in the trades of what is held: since it was looked at, and where these do not reach so far, of the minute under way. */
  const fetchTrades = async (broker: AbsenceBroker, until: EpochMs): Promise<void> => {
    const minute = wholeMinute(until);
    const requests = broker.lacking(until).map(async market => {
      if (silent.has(market)) return;
      const { symbol } = markets[market]!;
      const from = broker.observedAt[market]!;
      const first = await tradesAfter(world, symbol, from, wholeMinute(from) + MINUTE_MS);
      if (first) broker.know(market, first);
      else silent.add(market);
      if (!first || first.to >= until) return;
      const last = await tradesAfter(world, symbol, minute, until);
      if (last) broker.know(market, last);
      else silent.add(market);
    });
    await Promise.all(requests);
  };

  /** Makes up for all time until now, and says until when that was. */
  const makeUp = async (): Promise<EpochMs> => {
    const until = Math.floor(now());
    const isIdle = portfolio.open.length + portfolio.pending.length + left.waiting.length === 0;
    if (isIdle) {
      const minutes = minutesAfter(left.settledUntil, until);
      const pieces = Math.ceil(minutes.length / MINUTES_AT_ONCE) || 1;
      for (let n = 0; n < pieces; n++) {
        const piece = minutes.slice(n * MINUTES_AT_ONCE, (n + 1) * MINUTES_AT_ONCE);
        const marks = piece.map(at => ({ at, cash: portfolio.cash, openValue: 0 }));
        left = { ...left, settledUntil: n === pieces - 1 ? until : piece.at(-1)! };
        await save([], minuteMarks({ marks }), left);
      }
      return until;
    }
    const broker = new AbsenceBroker(left, settings, rateOf);
    await fetchTrades(broker, until);
    const minute = wholeMinute(until);
    const hasEntries = minute - MINUTE_MS >= left.settledUntil;
    const needed = new Set([
      ...broker.lacking(minute).filter(market => !broker.isKnown(market, minute)),
      ...(hasEntries ? [...portfolio.pending, ...left.waiting].map(({ market }) => market) : []),
    ]);
    const listed = [...needed].map(market => markets[market]!).filter(({ symbol }) => isListed(symbol));
    await waitForCandles(world, listed, minute);
    const first = firstMinute(left);
    await read(first - BEFORE_MS, minute + MINUTE_MS, async (tape, books) => {
      const made = broker.settle(tape, until, books);
      left = broker.left;
      if (tape.start + tape.minutes * MINUTE_MS > first) await save(made.events, minuteMarks(made), left);
    });
    return until;
  };

  const lacks = (until: EpochMs) =>
    portfolio.open.some(({ market }) => left.observedAt[market]! < until && !silent.has(market));
  let until = await makeUp();
  const ownMinute = MINUTE_MS * settings.exchange.clockSpeed;
  for (let turns = 1; turns < MOST_TURNS && (now() - until >= ownMinute || lacks(until)); turns++)
    until = await makeUp();

  const broker = new AbsenceBroker(left, settings, rateOf);
  if (broker.lacking(until).length > 0) {
    broker.giveUp(until);
    await save([], [], broker.left);
  }
  if (missedSince.length > 0) {
    const iso = (at: EpochMs) => new Date(at).toISOString();
    const missedBySymbol = Object.fromEntries(missedSince.map(([symbol, at]) => [symbol, iso(at)]));
    const symbols = missedSince.map(([symbol]) => symbol).join(', ');
    log.info(
      { missed: missedBySymbol, missedUntil: iso(until) },
      `made up for the time since ${marketTime(mode, since)}, in which ${symbols} were not watched`,
    );
  }
  portfolio.pending.push(...left.waiting);
  for (const { market } of portfolio.open)
    if (!(rateOf(market) > 0))
      log.warn(`no rate for the currency of ${markets[market]!.symbol}: it is worth nothing known`);
  const { observedAt } = broker;
  return { portfolio, version, settledUntil: until, observedAt, lastBooks, waiting: [], madeUpUntil: until };
};
