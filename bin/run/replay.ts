import type { Client } from 'pg';
import type { Opportunity } from '../../lib/position/events.js';
import { stateOf } from '../../lib/position/restore.js';
import { CandleBroker } from '../../lib/position/settle.js';
import type { RateOf } from '../../lib/position/portfolio.js';
import { MINUTE_MS, type EpochMs, wholeMinute } from '../../lib/units.js';
import { connectForBulk } from '../../lib/world/database/index.js';
import { seriesBefore } from '../../lib/world/store/candles/known.js';
import { readTapesApart } from '../../lib/world/store/candles/read-apart.js';
import type { EquityMark, StoredMarket } from '../../lib/world/store/index.js';
import { guarded } from '../../lib/world/store/errors.js';
import { openBookShelf, withBooks } from '../../lib/world/store/stored-books.js';
import type { Opening } from '../../lib/world/store/live/index.js';
import { rest } from '../../lib/world/rest.js';
import type { RunWorld } from './world.js';

/** How long the scanner is given to fetch what was missed, in the exchange's time. */
const PATIENCE_MS = 20 * MINUTE_MS;
const LOOK_EVERY_MS = 500;
/** Minutes that are replayed and stored at once. */
const MINUTES_AT_ONCE = 720;
/** Some minutes before are read as well, for the rates of other currencies. */
const BEFORE_MS = 30 * MINUTE_MS;
const FAR_MS = 400 * 86_400_000;

/** Waits until the candles of these markets reach up to `until`, or patience ends; says what is lacking. */
const waitForCandles = async (
  { database, log, link, settings }: RunWorld,
  markets: readonly StoredMarket[],
  until: EpochMs,
): Promise<void> => {
  const { clockSpeed } = settings().exchange;
  const most = Math.max(5, Math.ceil(PATIENCE_MS / clockSpeed / LOOK_EVERY_MS));
  const client = await connectForBulk(database.connection);
  try {
    let lacking: readonly string[] = [];
    for (let looks = 0; looks < most; looks++) {
      const lasts = [];
      for (const market of markets)
        lasts.push({ market, at: (await seriesBefore(client, market.id, until + FAR_MS)).at });
      lacking = lasts.filter(({ at }) => !(at + MINUTE_MS >= until)).map(({ market }) => market.symbol);
      if (lacking.length === 0) return;
      if (looks === 0) log.info(`waits for the candles that were missed of ${lacking.join(', ')}`);
      link.beat();
      await rest(LOOK_EVERY_MS, link.signal);
    }
    log.warn(`the candles of ${lacking.join(', ')} up to now have not come: their exits go on with what is there`);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/**
 * Opens the portfolio where it was left and replays, in order, the minutes that were missed: fills and exits by candles and by
 * the order books that are stored of them, as a backtest does, flagged as filled offline (semantics §5).
 */
export const replayMissed = async (
  world: RunWorld,
  markets: readonly StoredMarket[],
  writer: string,
  rateOf: RateOf,
  isListed: (symbol: string) => boolean,
): Promise<Opening> => {
  const { live, now, run, stored, settings, versionOf, log } = world;
  const opening = await stored('reading the portfolio', () => live.opening(run.id, markets));
  const { portfolio, settledUntil, lastBooks } = opening;
  const ids = markets.map(({ id }) => id);
  const origin = { runId: run.id, configurationId: versionOf(settings()), ids };
  let { version } = opening;
  const to = wholeMinute(now());

  if (settledUntil === null) {
    const state = stateOf(portfolio, () => NaN);
    const start: EquityMark = { at: to, kind: 'start', cash: portfolio.cash, openValue: 0 };
    const next = { version: ++version, writer, settledUntil: to, state };
    await stored('saving the start', () =>
      live.savePositions(origin, { events: [], equity: [start], offline: false, next }),
    );
    return { ...opening, version, settledUntil: to };
  }
  const isIdle = portfolio.open.length === 0 && portfolio.pending.length === 0 && opening.waiting.length === 0;
  if (settledUntil >= to || isIdle) {
    for (const opportunity of opening.waiting) portfolio.pending.push(opportunity);
    return opening;
  }

  const watched = new Set([...portfolio.open, ...portfolio.pending, ...opening.waiting].map(({ market }) => market));
  log.info(`replays the ${(to - settledUntil) / MINUTE_MS} minutes that were missed`);
  await waitForCandles(
    world,
    [...watched].map(market => markets[market]!).filter(({ symbol }) => isListed(symbol)),
    to,
  );

  const observedAt = Float64Array.from(opening.observedAt);
  let waiting: readonly Opportunity[] = opening.waiting;
  const { connection } = world.database;
  const tapes = readTapesApart(connection, markets, settledUntil - BEFORE_MS, to, MINUTES_AT_ONCE);
  const replay = async (client: Client): Promise<void> => {
    const books = await openBookShelf(client, ids, settledUntil, to);
    const broker = new CandleBroker(portfolio, settings().portfolio.currency, books);
    for await (const tape of books ? withBooks(tapes, books) : tapes) {
      const end = tape.start + tape.minutes * MINUTE_MS;
      const from = Math.max(settledUntil, tape.start);
      const due = waiting.filter(({ at }) => at < end && at >= from);
      const early = waiting.filter(({ at }) => at < from);
      portfolio.pending.push(...early);
      waiting = waiting.filter(({ at }) => at >= end);
      const settlement = broker.settle({ ...tape, opportunities: due }, from, to, settings());
      if (settlement.minutes === 0) continue;
      for (const { market } of portfolio.open) observedAt[market] = Math.max(observedAt[market] || 0, end);
      const equity = Array.from(settlement.equity, (value, i): EquityMark => ({
        ...{ at: settlement.start + (i + 1) * MINUTE_MS, kind: 'minute' },
        cash: value - settlement.exposed[i]!,
        openValue: settlement.exposed[i]!,
      }));
      const next = {
        version: ++version,
        writer,
        settledUntil: end,
        state: stateOf(
          portfolio,
          market => observedAt[market]!,
          market => ({
            lastBook: lastBooks.get(market) ?? null,
            suspendedSince: null,
          }),
        ),
      };
      await stored('saving what was replayed', () =>
        live.savePositions(origin, { events: settlement.events, equity, offline: true, next }),
      );
    }
  };
  await guarded('replaying the minutes that were missed', async () => {
    const client = await connectForBulk(connection);
    await replay(client).finally(() => client.end().catch(() => undefined));
  });
  portfolio.pending.push(...waiting);
  for (const { market } of portfolio.open)
    if (!(rateOf(market) > 0))
      log.warn(`no rate for the currency of ${markets[market]!.symbol}: it is worth nothing known`);
  return { portfolio, version, settledUntil: to, observedAt, lastBooks, waiting: [] };
};
