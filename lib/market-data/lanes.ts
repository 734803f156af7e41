import type { ExchangeFailure } from '../exchange/failure.js';
import type { OhlcAnswer, TradesAnswer } from '../exchange/ports.js';
import { sliceCandles } from './candles.js';
import type { SeriesState } from './series.js';
import { emptyTape, type Tape } from '../tape.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import type { CandleEvent, LaneRows, TapeEvent } from './events.js';
import { SuspectFlattener } from './suspect-flattener.js';
import { Lane, type LaneRules, type LaneUpdate } from './lane.js';
import type { StoredMinutes } from './memory.js';
import { FairScheduler } from './fair-scheduler.js';

/** A market's state before the first request. */
export interface LaneStart {
  /** The state after the market's stored candles; `EMPTY_SERIES` without any. */
  readonly series: SeriesState;
  /** The first minute to request without any. */
  readonly from: EpochMs;
  /** The last stored minutes: the exchange may have revised them since. */
  readonly stored?: StoredMinutes;
}

/** The answer to a request about a market, or its failure. */
export type LaneAnswer = { readonly market: number } &
  /** `since`: the first minute that was requested. */
  (
    | {
        readonly kind: 'candles';
        readonly answer: OhlcAnswer;
        readonly askedAt: EpochMs;
        readonly since: EpochMs;
        /** When the answer arrived, if tapes have to carry it. */
        readonly cameAt?: EpochMs;
      }
    | { readonly kind: 'trades'; readonly page: TradesAnswer; readonly askedAt: EpochMs }
    | { readonly kind: 'failed'; readonly of: LaneUpdate['source']; readonly failure: ExchangeFailure }
  );

/**
 * A market that has waited for this share of what the exchange's candles reach back comes before
 * any rank.
 */
const OVERDUE_SHARE = 1 / 2;

type Rows = TapeEvent['rows'][number];

const minutesOf = (rows: readonly LaneRows[]): { readonly start: EpochMs; readonly minutes: number } => {
  const start = Math.min(...rows.map(({ candles }) => candles.at[0]!));
  const last = Math.max(...rows.map(({ candles }) => candles.at[candles.length - 1]!));
  return { start, minutes: (last - start) / MINUTE_MS + 1 };
};

/**
 * The tracked markets, in the fixed order of their lanes: which requests are due, and which events
 * their answers become.
 */
export class Lanes {
  private readonly lanes: readonly Lane[];
  private readonly flats: readonly SuspectFlattener[];
  private readonly candleTurns = new FairScheduler<number>();
  private readonly repairTurns = new FairScheduler<number>();
  /** Markets that have had all their minutes at some moment. */
  private readonly caughtUp = new Set<number>();
  /** The end of the tapes so far. */
  private frontier: EpochMs = -Infinity;
  private readonly overdueMs: DurationMs;
  /** How long after its end a candle is requested. */
  readonly settleMs: DurationMs;

  constructor(starts: readonly LaneStart[], rules: LaneRules) {
    this.overdueMs = rules.candlesBack * OVERDUE_SHARE * MINUTE_MS;
    this.settleMs = rules.settleMs;
    // The hourly comparisons are spread evenly over the hour.
    this.lanes = starts.map(
      ({ series, from, stored }, i) =>
        new Lane(series, from, rules, stored, Math.floor((60 * i) / starts.length) * MINUTE_MS),
    );
    this.flats = starts.map(({ series: { at, close } }) => new SuspectFlattener(at + MINUTE_MS, close));
  }

  /** Records a tape that was emitted from the store. */
  advanceTo({ start, minutes }: Tape): void {
    this.frontier = Math.max(this.frontier, start + minutes * MINUTE_MS);
  }

  /**
   * At most `most` markets whose candles are due, and from where; of equal rank, those that have
   * waited longest.
   */
  due(now: EpochMs, most: number, rankOf: (market: number) => number) {
    const since = new Map(
      this.lanes.flatMap((lane, market) => {
        const from = lane.candlesSince(now);
        return from === null ? [] : [[market, from] as const];
      }),
    );
    const applicants = [...since].map(([key, from]) => ({ key, rank: now - from > this.overdueMs ? -1 : rankOf(key) }));
    return this.candleTurns.next(applicants, most).map(market => ({ market, since: since.get(market)! }));
  }

  /** The next page of trades to request; null if nothing has to be repaired. */
  repair(now: EpochMs): { readonly market: number; readonly sinceNs: string } | null {
    const since = this.lanes.map(lane => lane.tradesSince(now));
    const applicants = since.flatMap((from, key) => (from === null ? [] : [{ key, rank: 0 }]));
    const market = this.repairTurns.next(applicants, 1)[0];
    return market === undefined ? null : { market, sinceNs: since[market]! };
  }

  /** Whether all minutes that are over by now have come, of all markets. */
  isCaughtUp(now: EpochMs): boolean {
    return this.lanes.every(lane => !lane.isBehind(now));
  }

  /** The markets that have been behind ever since the start. */
  neverCaughtUp(now: EpochMs): readonly number[] {
    this.lanes.forEach((lane, market) => {
      if (!lane.isBehind(now)) this.caughtUp.add(market);
    });
    return this.lanes.flatMap((_, market) => (this.caughtUp.has(market) ? [] : [market]));
  }

  /**
   * Processes answers that came together, at most one per market, so that their rows share tapes.
   */
  take(answers: readonly LaneAnswer[], now: EpochMs): readonly CandleEvent[] {
    const events: CandleEvent[] = [];
    const rows: Rows[] = [];
    let answeredAt = -Infinity;
    for (const answer of answers) {
      const { market } = answer;
      const lane = this.lanes[market]!;
      if (answer.kind === 'failed') {
        lane.fail(answer.failure, answer.of, now);
        events.push({ kind: 'trouble', market, reason: answer.failure.message, at: null });
        continue;
      }
      const news =
        answer.kind === 'candles'
          ? lane.takeCandles(answer.answer, answer.askedAt, answer.since)
          : lane.takeTrades(answer.page, answer.askedAt);
      if (!lane.isBehind(answer.askedAt)) this.caughtUp.add(market);
      for (const trouble of news.troubles) events.push({ kind: 'trouble', market, ...trouble });
      for (const gap of news.gaps) events.push({ kind: 'gap', market, ...gap });
      if (news.revised.length > 0) events.push({ kind: 'revised', source: news.source, market, candles: news.revised });
      for (const minutes of news.confirmed) events.push({ kind: 'confirmed', market, ...minutes });
      if (news.rows.length === 0) continue;
      rows.push({ market, candles: news.rows, source: news.source });
      if (answer.kind === 'candles') answeredAt = Math.max(answeredAt, answer.cameAt ?? -Infinity);
    }
    const tapes = this.tapesOf(rows);
    return [...events, ...(answeredAt === -Infinity ? tapes : tapes.map(tape => ({ ...tape, answeredAt })))];
  }

  /**
   * Separates minutes that other markets have already had from new ones, so that no new minute is
   * split.
   */
  private tapesOf(rows: readonly Rows[]): readonly TapeEvent[] {
    const isLate = (at: EpochMs) => at < this.frontier;
    const parts = rows.map(({ candles, ...rest }) => {
      let cut = candles.at.subarray(0, candles.length).findIndex(at => !isLate(at));
      if (cut < 0) cut = candles.length;
      return {
        late: { ...rest, candles: sliceCandles(candles, 0, cut) },
        fresh: { ...rest, candles: sliceCandles(candles, cut, candles.length) },
      };
    });
    return (['late', 'fresh'] as const).flatMap(part => {
      const some = parts.map(each => each[part]).filter(({ candles }) => candles.length > 0);
      return some.length === 0 ? [] : [this.tapeOf(some, part === 'late')];
    });
  }

  private tapeOf(rows: readonly Rows[], late: boolean): TapeEvent {
    const { start, minutes } = minutesOf(rows);
    const tape = emptyTape(start, minutes, this.lanes.length);
    for (const { market, candles } of rows)
      for (let i = 0; i < candles.length; i++) this.flats[market]!.put(candles, i, tape, market);
    this.advanceTo(tape);
    return { kind: 'tape', tape, late, rows };
  }
}
