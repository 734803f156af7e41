import { defer, exhaustMap, from, map, merge, switchMap, takeWhile, repeat, type Observable } from 'rxjs';
import { Standing } from '../../lib/exchange/standing.js';
import type { PositionEvent } from '../../lib/position/events.js';
import { minutesAfter } from '../../lib/position/missed-minutes.js';
import { LiveBroker } from '../../lib/position/live-broker.js';
import { hasCheck } from '../../lib/position/missed-trades.js';
import { openValue } from '../../lib/position/portfolio.js';
import { walkedBooks, type WalkedBook } from '../../lib/position/stored-books.js';
import { Suspensions } from '../../lib/position/suspension.js';
import { stateOf } from '../../lib/position/restore.js';
import type { Settings } from '../../lib/settings/settings.js';
import { HOUR_MS, MINUTE_MS, type EpochMs, wholeMinute } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { randomHex } from '../../lib/world/random.js';
import type { EquityMark } from '../../lib/world/store/index.js';
import { asked } from '../../streams/asked.js';
import { poll } from '../../streams/poll.js';
import { CONTACT_MS, firstContact } from './contact.js';
import { ratesOf } from './live-rates.js';
import { openLooks } from './looks.js';
import { hasMissedCandles } from './missed-candles.js';
import { replayMissed } from './replay.js';
import { narrator } from './tell.js';
import { inForceOf, type RunWorld } from './world.js';

/** The table is the truth: it is looked at this often, whatever the nudges say. */
const LOOK_EVERY_MS = 1_000;

/** A check that is overdue by so much, of our own time, was missed: then what it would have seen is made up for. */
const OVERDUE_MS = MINUTE_MS;

/** What the lives of a portfolio in one process share. */
interface Shared {
  readonly writer: string;
  readonly standing: Standing;
  readonly suspensions: Suspensions;
  /** When what is held was last looked at, or made up for; -Infinity before that. */
  checkedAt: EpochMs;
}

/** One life of the portfolio: from what is stored until the list of markets changes, or until there is missed time to make up for. */
const holding = (world: RunWorld, shared: Shared): Observable<unknown> => {
  const { live, store, link, now, stored, run } = world;
  const { writer, standing, suspensions } = shared;
  const overdueMs = ({ application, exchange }: Settings) =>
    application.positionCheckIntervalMs + OVERDUE_MS * exchange.clockSpeed;

  const open = async () => {
    const markets = await stored('reading the markets', () => store.markets());
    const ids = markets.map(({ id }) => id);
    await stored('expiring what has no market', () => live.expireStrays(run.id, ids, now()));
    const rates = ratesOf(world, markets);
    await rates.refresh();
    const isStart = shared.checkedAt === -Infinity;
    const opening = await replayMissed(world, markets, {
      writer,
      rateOf: rates.of,
      isListed: symbol => standing.isListed(symbol),
      missedAfterMs: isStart ? 0 : overdueMs(world.settings()),
    });
    shared.checkedAt = Math.max(shared.checkedAt, opening.madeUpUntil ?? -Infinity);
    return { markets, ids, rates, opening };
  };

  return defer(() => from(open())).pipe(
    switchMap(({ markets, ids, rates, opening }) => {
      const broker = new LiveBroker(opening.portfolio, opening.observedAt, rates.of, opening.lastBooks);
      const { portfolio } = broker;
      const looks = openLooks(world, markets, broker, standing, suspensions);
      const tell = narrator(world, markets);
      let { version } = opening;
      let markedAt = wholeMinute(opening.settledUntil ?? now());
      let measuredAt = now();
      const counters = { checks: 0, entries: 0, exits: 0 };

      const save = async (
        at: EpochMs,
        configurationId: number,
        events: readonly PositionEvent[],
        equity: readonly EquityMark[],
        walked: readonly WalkedBook[],
      ) => {
        const stateAt = (market: number) => ({
          lastBook: broker.lastBook(market),
          suspendedSince: looks.suspendedSince(market),
        });
        const state = stateOf(portfolio, market => broker.observed(market), stateAt);
        const next = { version: version + 1, writer, settledUntil: Math.floor(at), state };
        await stored('saving positions', () =>
          live.savePositions({ runId: run.id, configurationId, ids }, { events, equity, walked, offline: false, next }),
        );
        version++;
      };

      const measure = async (at: EpochMs, configurationId: number) => {
        measuredAt = at;
        await stored('saving metrics', () => live.saveMetrics(run.id, at, configurationId));
      };

      const round = async (signal: AbortSignal): Promise<boolean> => {
        const { settings, configurationId } = inForceOf(world);
        const found = await stored('reading opportunities', () => live.pending(run.id, ids));
        broker.found(found, now());
        const startedAt = now();
        const isCheck = hasCheck(shared.checkedAt, startedAt, settings.application.positionCheckIntervalMs);
        const wanted = new Set([...broker.waiting, ...(isCheck ? broker.held : [])]);
        const { books, requestedAt } = await looks.books(wanted, signal);
        const at = now();
        const isOverdue = (market: number) =>
          books.get(market)?.usable && rates.of(market) > 0 && at - broker.observed(market) > overdueMs(settings);
        if (broker.held.some(isOverdue)) return false;
        if (isCheck) {
          shared.checkedAt = startedAt;
          counters.checks++;
        }
        const minutes = minutesAfter(markedAt, at);
        const isMinute = minutes.length > 0;
        const worth = () => ({ cash: portfolio.cash, openValue: openValue(portfolio, rates.of) });
        const before = worth();
        const events = [...broker.look(books, at, settings, requestedAt), ...looks.leaveGone(at, settings)];
        if (isMinute) await rates.refresh();
        const after = worth();
        const kinds = new Set(
          events.flatMap(({ kind }) =>
            kind === 'opened' ? ['entry' as const] : kind === 'exited' ? ['exit' as const] : [],
          ),
        );
        // Where a round took longer than a minute, what was known before it is what each minute but the last was worth.
        const equity: readonly EquityMark[] = [
          ...[...kinds].map(kind => ({ at, kind, ...after })),
          ...minutes.map((minute, n) => ({
            at: minute,
            kind: 'minute' as const,
            ...(n < minutes.length - 1 ? before : after),
          })),
        ];
        markedAt = minutes.at(-1) ?? markedAt;
        if (events.length > 0 || equity.length > 0 || (isCheck && books.size > 0))
          await save(at, configurationId, events, equity, walkedBooks(events, books));
        for (const event of events) {
          if (event.kind === 'opened') counters.entries++;
          if (event.kind === 'exited') counters.exits++;
        }
        tell.events(events);
        if (events.some(event => event.kind === 'exited' && event.closed) || at - measuredAt >= HOUR_MS)
          await measure(at, configurationId);
        if (isMinute) {
          tell.minute(broker, at);
          const heartbeat = {
            role: world.role,
            codeVersion: world.codeVersion,
            runId: run.id,
            lagMs: 0,
            error: looks.lastError(),
            counters: { ...counters, ...looks.counters, configuration: configurationId },
          };
          await stored('saying that the positions live', () => live.beat(heartbeat));
        }
        link.beat();
        if (!isMinute) return true;
        const hasSameMarkets = (await stored('reading the markets', () => store.markets())).length === markets.length;
        return hasSameMarkets && !(await hasMissedCandles(world, ids, portfolio.open));
      };

      const tick$ = poll({ now: () => elapsed(), periodMs: LOOK_EVERY_MS, eager: true, patienceMs: 60_000 }, () => [
        null,
      ]);
      return merge(live.nudges(), tick$).pipe(
        exhaustMap(() => asked(signal => round(signal))),
        takeWhile(same => same),
      );
    }),
  );
};

/** The position manager: opportunities in, positions out, for as long as it is listened to. */
export const positions = (world: RunWorld): Observable<unknown> => {
  const standing = new Standing();
  const shared: Shared = {
    writer: `positions ${randomHex(8)}`,
    standing,
    suspensions: new Suspensions(),
    checkedAt: -Infinity,
  };
  const withinMs = CONTACT_MS * world.settings().exchange.clockSpeed;
  const begin = async () => {
    await world.exchange.serverTime({ withinMs });
    standing.take((await world.exchange.markets({ rank: 'held' })).markets);
    standing.asked(world.now());
  };
  return defer(() => from(firstContact(world, begin))).pipe(
    switchMap(() => defer(() => holding(world, shared)).pipe(repeat())),
    map(() => null),
  );
};
