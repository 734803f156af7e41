import { defer, exhaustMap, from, map, merge, switchMap, takeWhile, repeat, type Observable } from 'rxjs';
import { Standing } from '../../lib/exchange/standing.js';
import type { PositionEvent } from '../../lib/position/events.js';
import { LiveBroker } from '../../lib/position/live-broker.js';
import { openValue } from '../../lib/position/portfolio.js';
import { walkedBooks, type WalkedBook } from '../../lib/position/stored-books.js';
import { stateOf } from '../../lib/position/restore.js';
import { HOUR_MS, MINUTE_MS, type EpochMs, wholeMinute } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { randomHex } from '../../lib/world/random.js';
import type { EquityMark } from '../../lib/world/store/index.js';
import { asked } from '../../streams/asked.js';
import { poll } from '../../streams/poll.js';
import { CONTACT_MS, firstContact } from './contact.js';
import { ratesOf } from './live-rates.js';
import { openLooks } from './looks.js';
import { replayMissed } from './replay.js';
import { narrator } from './tell.js';
import { inForceOf, type RunWorld } from './world.js';

/** The table is the truth: it is looked at this often, whatever the nudges say. */
const LOOK_EVERY_MS = 1_000;

/** One life of the portfolio: from what is stored until the list of markets changes. */
const holding = (world: RunWorld, writer: string, standing: Standing): Observable<unknown> => {
  const { live, store, link, now, stored, run } = world;

  const open = async () => {
    const markets = await stored('reading the markets', () => store.markets());
    const ids = markets.map(({ id }) => id);
    await stored('expiring what has no market', () => live.expireStrays(run.id, ids, now()));
    const rates = ratesOf(world, markets);
    await rates.refresh();
    const opening = await replayMissed(world, markets, writer, rates.of, symbol => standing.isListed(symbol));
    return { markets, ids, rates, opening };
  };

  return defer(() => from(open())).pipe(
    switchMap(({ markets, ids, rates, opening }) => {
      const broker = new LiveBroker(opening.portfolio, opening.observedAt, rates.of, opening.lastBooks);
      const { portfolio } = broker;
      const looks = openLooks(world, markets, broker, standing);
      const tell = narrator(world, markets);
      let { version } = opening;
      let [checkedAt, markedAt, measuredAt] = [-Infinity, -Infinity, now()];
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
        const settledUntil = Math.ceil(at / MINUTE_MS) * MINUTE_MS;
        const next = { version: version + 1, writer, settledUntil, state };
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
        const isCheck = now() - checkedAt >= settings.application.positionCheckIntervalMs - LOOK_EVERY_MS / 2;
        const wanted = new Set([...broker.waiting, ...(isCheck ? broker.held : [])]);
        const books = await looks.books(wanted, signal);
        if (isCheck) {
          checkedAt = now();
          counters.checks++;
        }
        const at = now();
        const events = [...broker.look(books, at, settings), ...looks.leaveGone(at, settings)];
        const isMinute = at - markedAt >= MINUTE_MS;
        if (isMinute) {
          await rates.refresh();
          markedAt = wholeMinute(at);
        }
        const mark = (kind: EquityMark['kind'], when: EpochMs): EquityMark => ({
          ...{ at: when, kind, cash: portfolio.cash, openValue: openValue(portfolio, rates.of) },
        });
        const kinds = new Set(
          events.flatMap(({ kind }) =>
            kind === 'opened' ? ['entry' as const] : kind === 'exited' ? ['exit' as const] : [],
          ),
        );
        const equity = [...[...kinds].map(kind => mark(kind, at)), ...(isMinute ? [mark('minute', markedAt)] : [])];
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
        return isMinute ? (await stored('reading the markets', () => store.markets())).length === markets.length : true;
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
  const writer = `positions ${randomHex(8)}`;
  const standing = new Standing();
  const withinMs = CONTACT_MS * world.settings().exchange.clockSpeed;
  const begin = async () => {
    await world.exchange.serverTime({ withinMs });
    standing.take((await world.exchange.markets({ rank: 'held' })).markets);
    standing.asked(world.now());
  };
  return defer(() => from(firstContact(world, begin))).pipe(
    switchMap(() => defer(() => holding(world, writer, standing)).pipe(repeat())),
    map(() => null),
  );
};
