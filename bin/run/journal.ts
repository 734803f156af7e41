import { concatMap, finalize, map, merge, type Observable } from 'rxjs';
import { BookWatch } from '../../lib/exchange/book-watch.js';
import type { UsableBook } from '../../lib/exchange/ports.js';
import { hasExpired } from '../../lib/position/entry.js';
import type { WithheldReason } from '../../lib/position/events.js';
import { Decision } from '../../lib/strategy/decisions.js';
import { HOUR_MS, MINUTE_MS, type DurationMs, type EpochMs } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { guarded } from '../../lib/world/store/errors.js';
import type { Snapshot } from '../../lib/world/store/live/index.js';
import { asked } from '../../streams/asked.js';
import { poll } from '../../streams/poll.js';
import type { ScanStep } from '../../streams/scan.js';
import { books } from '../../streams/sources/books.js';
import { priceOf } from '../report/format.js';
import { openDiskGuard } from './disk.js';
import type { Facts } from './facts.js';
import type { Following } from './following.js';
import { latencyOf } from './latency.js';
import { latestOf } from './latest.js';
import { marketTime } from './mode.js';
import { openRetention } from './retention.js';
import { lateWords, recoveredWords, type LateOpportunity } from './scan-words.js';
import { candlesOf, scansOf } from './scans.js';
import { openTrust } from './trust.js';
import type { RunWorld } from './world.js';

/** What the scanner finds, kept. */
export interface Journal {
  /** Keeps each step in order, and snapshots of every market besides; gives a value for each that is stored. */
  keep(step$: Observable<ScanStep>, following: Following): Observable<unknown>;
  /** Bytes, roughly, of what is not stored yet. */
  backlog(): number;
  /** The exchange has answered about the candles of the market in this lane. */
  answered(market: number): void;
}

/** Books that the budget allows for in a minute, besides the candles. */
const BOOKS_PER_MINUTE = 10;
/** As many as there may be: what a book comes to is measured on all of them. */
const BOOK_DEPTH = 500;
/** An order book older than this is not put beside a candle. */
const BOOK_AGE_MS = 10 * MINUTE_MS;
/** A cell of a tape with its indicators, once it is an object, and anything else. */
const DECIDED_BYTES = 4_000;
const SMALL_BYTES = 250;

/** Opens the journal of a run; nothing is kept before its stream is listened to. */
export const openJournal = (world: RunWorld, facts: Facts): Journal => {
  const { live, log, link, exchange, now, stored, run, versionOf } = world;
  const { clockSpeed: speed } = world.settings().exchange;
  let waiting = 0;
  const counters = {
    tapes: 0,
    candles: 0,
    decisions: 0,
    opportunities: 0,
    revised: 0,
    gaps: 0,
    troubles: 0,
    save_ms: 0,
  };
  const latency = latencyOf(elapsed);
  let until: EpochMs = NaN;
  let lastError: string | null = null;
  let lastTrouble: string | null = null;
  const timeOf = (at: EpochMs): string => marketTime(world.mode, at);

  const beat = async () => {
    const lagMs = Number.isNaN(until) ? null : Math.max(0, now() - until);
    const heartbeat = {
      role: world.role,
      codeVersion: world.codeVersion,
      runId: run.id,
      lagMs,
      error: lastError,
      counters: { ...counters, ...latency.counters(), configuration: versionOf(world.settings()) },
    };
    await stored('saying that the scanner lives', () => live.beat(heartbeat));
    lastError = null;
    link.beat();
  };

  const keep: Journal['keep'] = (step$, following) => {
    const { ids, symbols, listings, traded } = following;
    const latest = latestOf(symbols.length);
    const watch = new BookWatch(world.settings().data.maxJump);
    const bookOf = new Map<string, { readonly book: UsableBook; readonly at: EpochMs }>();

    const trust = openTrust({
      ...{ database: world.database, log, ids: ids.slice(0, traded), symbols },
      indicators: () => world.settings().indicators,
    });
    const disk = openDiskGuard(world);
    /** The check at the start: nothing is handed over before it is done. */
    let first: Promise<void> | null = null;
    const checkTrust = () =>
      stored('holding indicators against the reference', () => guarded('reading candles', () => trust.check(now())));

    const withheldBy = (market: number): WithheldReason | null =>
      disk.isFull() ? 'disk_full' : trust.of(market) ? null : 'untrusted';
    const originOf = (configurationId: number) => ({ runId: run.id, configurationId, ids });
    const scanned = async (step: Extract<ScanStep, { kind: 'scanned' }>, answeredAt: DurationMs) => {
      const { signal } = step;
      latest.take(signal);
      const origin = originOf(versionOf(signal.settings));
      const began = elapsed();
      if (signal.opportunities.length > 0) await (first ??= checkTrust());
      const withheld = new Map(signal.opportunities.map(({ market }) => [market, withheldBy(market)]));
      // Hundreds of markets have thousands of verdicts: they and the decisions that go by them are stored side by side.
      const { verdicts } = signal;
      const judged = verdicts?.length
        ? stored('saving verdicts', () => live.saveVerdicts(run.id, ids, verdicts))
        : Promise.resolve();
      const save = async () => {
        for (const found of scansOf(step, ids, following.undecided)) {
          const scan = {
            ...found,
            opportunities: found.opportunities.map(each => ({ ...each, withheld: withheld.get(each.market)! })),
            decidedAt: now(),
          };
          await stored('saving a scan', () => live.saveScan(origin, scan, judged));
          counters.candles += scan.candles.length;
          counters.decisions += scan.decisions.length;
          counters.opportunities += scan.opportunities.length;
        }
      };
      await Promise.all([judged, save()]);
      if (hasRecovered && signal.decision.some(decision => decision !== Decision.outside)) latency.stored(answeredAt);
      counters.tapes++;
      counters.save_ms = Math.round(elapsed() - began);
      until = Math.max(Number.isNaN(until) ? -Infinity : until, signal.start + signal.minutes * MINUTE_MS);
      for (const opportunity of signal.opportunities) {
        const { market, at, score, close } = opportunity;
        if (hasExpired(opportunity, now(), signal.settings.risk)) {
          late.push({ symbol: symbols[market]!, at });
          continue;
        }
        const reason = withheld.get(market);
        log.info(
          { market: symbols[market] },
          `opportunity at ${timeOf(at)}: close ${priceOf(close)}, score ${score.toFixed(2)}${reason ? `; turned away: ${reason}` : ''}`,
        );
      }
      if (hasRecovered) tellLate();
      await beat();
    };

    /** Nobody can take them: those of a recovery share a line. */
    const late: LateOpportunity[] = [];
    const tellLate = (): void => {
      if (late.length > 0) log.info(lateWords(late.splice(0), timeOf));
    };

    const tellRecovered = (behind: readonly number[]): void => {
      const { level, text } = recoveredWords(behind, symbols, lastTrouble);
      if (level === 'info') log.info(text);
      else log.warn(text);
    };

    /** What is caught up with was answered long before it could be decided. */
    let hasRecovered = false;
    const act = async (step: ScanStep, answeredAt: DurationMs): Promise<void> => {
      switch (step.kind) {
        case 'scanned':
          return scanned(step, answeredAt);
        case 'recovered':
          hasRecovered = true;
          await (first ??= checkTrust());
          tellLate();
          tellRecovered(step.behind);
          return beat();
        case 'revised':
          counters.revised += step.candles.length;
          return stored('saving revised candles', () =>
            live.saveScan(originOf(versionOf(world.settings())), {
              candles: candlesOf(step, ids),
              source: step.source,
              decisions: [],
              opportunities: [],
            }),
          );
        case 'confirmed':
          return stored('saving what is confirmed', () => live.saveConfirmed(ids[step.market]!, step.from, step.to));
        case 'gap': {
          counters.gaps++;
          const minutes = (step.to - step.from) / MINUTE_MS;
          log.warn(
            { market: symbols[step.market] },
            `${minutes} minutes from ${timeOf(step.from)} cannot be had: its indicators start anew`,
          );
          return;
        }
        case 'trouble':
          counters.troubles++;
          lastTrouble = `${symbols[step.market]}: ${step.reason}`;
          lastError = lastTrouble;
          log.warn({ market: symbols[step.market], repeatKey: `trouble ${step.reason}` }, step.reason);
          link.beat();
      }
    };

    const sizeOf = (step: ScanStep): number => {
      if (step.kind !== 'scanned') return SMALL_BYTES;
      const candles = step.event.rows.reduce((sum, { candles: rows }) => sum + rows.length, 0);
      const decided = step.signal.decision.reduce((sum, decision) => sum + (decision === Decision.outside ? 0 : 1), 0);
      return SMALL_BYTES * (1 + candles) + DECIDED_BYTES * decided;
    };
    let mine = 0;
    let isLeft = false;
    const wait = (bytes: number): void => {
      if (isLeft) return; // what was being stored when the markets changed
      mine += bytes;
      waiting += bytes;
    };
    const kept$ = step$.pipe(
      map(step => {
        wait(sizeOf(step));
        return { step, answeredAt: step.kind === 'scanned' ? latency.answeredAt(step.event) : NaN };
      }),
      concatMap(({ step, answeredAt }) => asked(() => act(step, answeredAt).finally(() => wait(-sizeOf(step))))),
      // What still waits when the markets change is never stored: it is asked for again.
      finalize(() => {
        waiting -= mine;
        isLeft = true;
      }),
    );

    const book$ = books({
      ...{ now, speed, periodMs: MINUTE_MS, delayMs: MINUTE_MS / 2, most: BOOKS_PER_MINUTE },
      wanted: () => latest.tradable().map(market => ({ symbol: symbols[market]!, rank: 'universe' as const })),
      ask: (symbol, rank) => asked(signal => exchange.book(symbol, BOOK_DEPTH, { rank, signal })),
    }).pipe(
      map(event => {
        const book = event.kind === 'book' ? watch.judge(event.symbol, event.book, now()) : null;
        if (book?.usable) bookOf.set(event.symbol, { book, at: now() });
        else bookOf.delete(event.symbol);
      }),
    );

    const snapshot = (market: number, at: EpochMs): Snapshot[] => {
      const known = latest.of(market);
      if (!known) return [];
      const found = bookOf.get(symbols[market]!);
      const volume = facts.volumeInUsd(listings[market]!.market);
      return [
        {
          ...{ marketId: ids[market]!, at, ...known },
          book:
            found && found.at <= at && at - found.at < BOOK_AGE_MS
              ? {
                  at: found.at,
                  bids: found.book.bids,
                  asks: found.book.asks,
                  asked: BOOK_DEPTH - (found.book.skipped ?? 0),
                }
              : null,
          tradingVolume: Number.isNaN(volume) ? null : volume,
        },
      ];
    };
    const retention = openRetention(world);
    const periodMs = world.settings().application.snapshotIntervalMs;
    const snapshot$ = poll({ now, speed, periodMs }, at =>
      asked(async () => {
        const all = Array.from({ length: traded }, (_, market) => snapshot(market, at)).flat();
        await stored('saving snapshots', () => live.saveSnapshots(all));
      }),
    );
    /** A new day needs its partitions, and lets old ones go. */
    const day$ = poll({ now, speed, periodMs: 6 * 60 * MINUTE_MS }, at =>
      asked(async () => {
        await stored('making partitions', () => live.ensurePartitions(at, at));
        await retention(at);
      }),
    );
    /** What was held against the reference at the start is so again each hour. */
    const trust$ = poll({ now, speed, periodMs: HOUR_MS, patienceMs: HOUR_MS }, () =>
      asked(async () => {
        await (first ??= checkTrust());
        await checkTrust();
      }),
    );
    const alive$ = poll({ now: () => elapsed(), periodMs: 10_000 }, () => asked(beat));
    return merge(kept$, book$, snapshot$, day$, trust$, alive$, disk.watch$);
  };

  return { keep, backlog: () => waiting, answered: market => latency.answered(market) };
};
