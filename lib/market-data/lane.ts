import type { CandleHistory } from '../exchange/candle-history.js';
import type { ExchangeFailure } from '../exchange/failure.js';
import type { OhlcAnswer, OhlcRow, TradesAnswer } from '../exchange/ports.js';
import { isQuiet } from './bad-row.js';
import { CandleColumns, type Candles } from './candles.js';
import { jumpFilter, type JumpFilter } from './jump-filter.js';
import type { SeriesState } from './series.js';
import { HOUR_MS, MINUTE_MS, type DurationMs, type EpochMs, type Price, type Ratio, wholeMinute } from '../units.js';
import { candlesOfTrades } from './from-trades.js';
import { LaneMemory, type Minutes, type StoredMinutes } from './memory.js';
import { Repair, type RepairRules } from './repair.js';
import { pushRow } from './rows.js';

/** The rules by which a market's answers become candles. */
export interface LaneRules extends RepairRules, Pick<CandleHistory, 'candlesBack' | 'settleMs'> {
  readonly maxJump: Ratio;
  /** After this many answers without a minute but with later ones, its trades are requested. */
  readonly maxMisses: number;
  /** The latest minutes that every request repeats, to find revisions. */
  readonly overlapMinutes: number;
}

/** The rules that depend neither on settings nor on the exchange. */
export const LANE_RULES: Omit<LaneRules, 'maxJump' | keyof CandleHistory> = {
  maxMisses: 3,
  overlapMinutes: 5,
  maxMinutes: 3 * 1_440,
  maxPages: 500,
  maxTries: 5,
  timeoutMs: 60 * MINUTE_MS,
};

/**
 * How often all served minutes are compared, and how long after its close a minute counts as final.
 */
const COMPARE_EVERY_MS = HOUR_MS;
const FINAL_AFTER_MS = HOUR_MS;
/**
 * By this age every minute has been compared as final. A start does not know when the last
 * comparison was.
 */
const UNCONFIRMED_MS = FINAL_AFTER_MS + COMPARE_EVERY_MS;
/**
 * Trades are requested up to this share of the candles' reach ago: until they have come, the
 * exchange's own candles still reach back to there.
 */
const BRIDGED_SHARE = 5 / 6;
const MAX_PAUSE_MINUTES = 16;
/** On restart, this much stored history is requested again, to find revisions. */
export const LOOK_BACK_MS = 60 * MINUTE_MS;

/** The result of an answer. */
export interface LaneUpdate {
  readonly source: 'ohlc' | 'trades';
  /** Minutes after the last known one, with their flags. */
  readonly rows: CandleColumns;
  /** Earlier minutes to be stored with other values, and former gaps. */
  readonly revised: Candles;
  readonly confirmed: readonly Minutes[];
  readonly gaps: { readonly from: EpochMs; readonly to: EpochMs }[];
  readonly troubles: { readonly reason: string; readonly at: EpochMs | null }[];
}

const NOTHING = new CandleColumns(0);

/** News under construction. */
type Draft = { -readonly [Name in keyof LaneUpdate]: LaneUpdate[Name] };

const newsFrom = (source: LaneUpdate['source']): Draft => {
  return { source, rows: new CandleColumns(16), revised: NOTHING, confirmed: [], gaps: [], troubles: [] };
};

/**
 * One market's minutes as a state machine: how far they have been emitted, and what to request
 * next. A missing minute holds back those after it until it has been repaired or given up.
 */
export class Lane {
  private readonly rules: LaneRules;
  private readonly judge: JumpFilter;
  /** The next minute to emit. */
  private next: EpochMs;
  /**
   * Whether the next minute need not follow the last one: at a market's start, and after minutes
   * that were given up.
   */
  private open: boolean;
  /** Whether there is a last minute. */
  private known: boolean;
  /** The price of a quiet minute right after the last one: the last close that is not suspect. */
  private close: Price;
  /**
   * The last minute that the exchange surely has a row of, so that a minute missing after it is
   * known to be quiet.
   */
  private anchor: EpochMs;
  /** The first minute of the last answer: every minute is requested twice. */
  private seenOnce: EpochMs = Infinity;
  private readonly memory: LaneMemory;
  /** When all served minutes are compared next, and how long after a whole hour. */
  private compareAt: EpochMs = -Infinity;
  private readonly compareOffsetMs: DurationMs;
  /** The first minute that is not confirmed yet. */
  private confirmedTo: EpochMs;
  private reported: ReadonlySet<string> = new Set();
  private misses = 0;
  private repair: Repair | null = null;
  private refusals = 0;
  private pausedUntil: EpochMs = -Infinity;

  /**
   * `from` is the first minute of a market without stored minutes; `stored` are the last minutes of
   * one that has some. All served minutes are compared `compareOffsetMs` after each whole hour.
   */
  constructor(
    series: SeriesState,
    from: EpochMs,
    rules: LaneRules,
    stored: StoredMinutes | null = null,
    compareOffsetMs: DurationMs = 0,
  ) {
    this.rules = rules;
    this.compareOffsetMs = compareOffsetMs;
    this.memory = new LaneMemory(rules.candlesBack, stored?.before ?? series, rules.maxJump, stored);
    this.judge = jumpFilter(series, rules.maxJump);
    this.known = !Number.isNaN(series.at);
    this.open = !this.known;
    this.next = this.known ? series.at + MINUTE_MS : from;
    this.anchor = this.known ? series.at - LOOK_BACK_MS : from; // the last stored minute may have had no row
    this.close = series.close;
    this.confirmedTo = this.next - UNCONFIRMED_MS;
  }

  /** Whether a minute that has not come yet is over by now. */
  isBehind(now: EpochMs): boolean {
    return this.next + MINUTE_MS + this.rules.settleMs <= now;
  }

  /** The start of the next request for candles; null if none is due. */
  candlesSince(now: EpochMs): EpochMs | null {
    if (this.repair || now < this.pausedUntil || !this.isBehind(now)) return null;
    if (!this.known) return this.next;
    return this.comparesAll(now) ? Math.min(this.looksBackTo(), this.comparesFrom(now)) : this.looksBackTo();
  }

  /** The start of the next request for trades, in nanoseconds; null if none is due. */
  tradesSince(now: EpochMs): string | null {
    if (this.repair?.isHopeless(now)) this.giveUp();
    return this.repair?.cursor ?? null;
  }

  /**
   * Processes the answer to a request sent at `askedAt` for candles from `since` on. A minute that
   * settled only afterwards may be incomplete: it is left for the next answer.
   */
  takeCandles(answer: OhlcAnswer, askedAt: EpochMs, since: EpochMs): LaneUpdate {
    const news = newsFrom('ohlc');
    const rows = answer.rows.filter(({ at }) => at + MINUTE_MS + this.rules.settleMs <= askedAt);
    this.refusals = 0;
    this.reportBadRows(answer, news);
    if (this.verify(answer.newest, askedAt)) return news;
    news.revised = this.memory.compare(rows, this.state, news.source);
    const isWhole = since <= this.comparesFrom(askedAt);
    if (isWhole && this.comparesAll(askedAt)) {
      const asOf = Math.min(askedAt, answer.newest ?? -Infinity);
      this.confirm(rows, since, wholeMinute(asOf - FINAL_AFTER_MS), news);
    }
    if (isWhole || this.memory.isEmpty) this.planComparison(askedAt);
    this.appendContiguous(rows, news);
    if (this.findHole(rows, answer.newest, askedAt)) this.appendContiguous(rows, news);
    this.seenOnce = news.rows.length > 0 ? news.rows.at[0]! : Infinity;
    return news;
  }

  /** Processes a page of trades that was requested at `askedAt`. */
  takeTrades(page: TradesAnswer, askedAt: EpochMs): LaneUpdate {
    const news = newsFrom('trades');
    const { repair } = this;
    if (!repair) return news;
    const over = wholeMinute(askedAt - this.rules.settleMs);
    const from = repair.reached;
    const whole = repair.take(page, over);
    if (whole) {
      const to = Math.min(whole.to, repair.until); // after it, the exchange's own candles are better
      const again = candlesOfTrades(whole.trades, from, Math.min(to, this.next), this.close);
      news.revised = this.memory.compare(again, this.state, news.source);
      this.confirm(again, from, this.next, news);
      this.appendContiguous(candlesOfTrades(whole.trades, this.next, to, this.close), news);
    }
    if (repair.reached >= Math.min(repair.until, over)) this.mended();
    else if (repair.isHopeless(askedAt)) this.giveUp();
    return news;
  }

  /**
   * Processes a failed request. A market unknown to the exchange is not requested for a growing
   * while.
   */
  fail(failure: ExchangeFailure, of: LaneUpdate['source'], now: EpochMs): void {
    if (of === 'trades') this.repair?.fail(failure);
    else if (failure.next === 'skip')
      this.pausedUntil = now + Math.min(2 ** this.refusals++, MAX_PAUSE_MINUTES) * MINUTE_MS;
  }

  /** How far back the exchange's candles reach, the forming one included. */
  private get reachMs(): DurationMs {
    return this.rules.candlesBack * MINUTE_MS;
  }

  private get bridgedMs(): DurationMs {
    return Math.floor(this.rules.candlesBack * BRIDGED_SHARE) * MINUTE_MS;
  }

  private get state(): SeriesState {
    return { at: this.next - MINUTE_MS, close: this.close, good: this.judge.good, pending: this.judge.pending };
  }

  /**
   * Every minute is requested at least twice: a row missing in one answer makes its minute look
   * quiet.
   */
  private looksBackTo(): EpochMs {
    return Math.min(this.anchor, this.seenOnce, this.next - this.rules.overlapMinutes * MINUTE_MS);
  }

  /** Whether a comparison of all served minutes is due. */
  private comparesAll(now: EpochMs): boolean {
    return now >= this.compareAt && !this.memory.isEmpty;
  }

  private comparesFrom(now: EpochMs): EpochMs {
    return Math.max(this.memory.oldest, wholeMinute(now) - this.reachMs);
  }

  private planComparison(now: EpochMs): void {
    const before = Math.floor((now - this.compareOffsetMs) / COMPARE_EVERY_MS) * COMPARE_EVERY_MS;
    this.compareAt = before + this.compareOffsetMs + COMPARE_EVERY_MS;
  }

  private confirm(rows: readonly OhlcRow[], from: EpochMs, to: EpochMs, news: Draft): void {
    news.confirmed = this.memory.agreeing(rows, from, to);
    this.confirmedTo = Math.max(this.confirmedTo, news.confirmed.at(-1)?.to ?? -Infinity);
  }

  private append(row: OhlcRow, news: LaneUpdate): void {
    const isGap = row.at > this.next && this.known;
    if (isGap) news.gaps.push({ from: this.next, to: row.at });
    const quiet = isQuiet(row.volume, row.trades);
    const flat = quiet && this.known && !isGap ? this.close : null;
    const suspect = !quiet && this.judge.isSuspect(row.close);
    pushRow(news.rows, row, { quiet, flat, suspect });
    this.memory.add(news.rows, news.rows.length - 1, news.source === 'ohlc');
    if (!suspect) this.close = flat ?? row.close;
    if (!quiet || !this.known) this.anchor = row.at;
    this.next = row.at + MINUTE_MS;
    [this.open, this.known] = [false, true];
  }

  /** Emits the rows that follow, up to the first missing minute. */
  private appendContiguous(rows: readonly OhlcRow[], news: LaneUpdate): void {
    for (const row of rows) {
      if (row.at < this.next) continue;
      if (row.at > this.next && !this.open) break;
      this.append(row, news);
    }
  }

  /**
   * Checks whether the next minute is missing although the answer has later ones. True if it is
   * given up at once.
   */
  private findHole(rows: readonly OhlcRow[], newest: EpochMs | null, now: EpochMs): boolean {
    const isPast = newest !== null && newest >= this.next + 2 * MINUTE_MS; // one minute earlier may not have settled yet
    const after = rows.find(({ at }) => at > this.next)?.at ?? (isPast ? newest : null);
    if (this.open || after === null || !this.isBehind(now)) {
      this.misses = 0;
      return false;
    }
    this.misses++;
    const isOutOfReach = newest !== null && this.next <= newest - this.reachMs;
    if (!isOutOfReach && this.misses < this.rules.maxMisses) return false;
    const until = isOutOfReach ? newest - this.bridgedMs : after;
    this.repair = new Repair(this.next, until, now, this.rules);
    if (!this.repair.isHopeless(now)) return false;
    this.giveUp();
    return true;
  }

  /**
   * Requests the trades of minutes that were not confirmed while candles still reached back to
   * them, and of the missing ones right after them. True if that has to come first.
   */
  private verify(newest: EpochMs | null, now: EpochMs): boolean {
    const from = Math.max(this.confirmedTo, this.memory.oldest);
    const reach = (newest ?? -Infinity) - this.reachMs;
    if (!(from < Math.min(reach, this.next))) return false;
    const bridged = reach + this.reachMs - this.bridgedMs;
    this.repair = new Repair(from, this.next > reach ? Math.min(bridged, this.next) : bridged, now, this.rules, true);
    if (!this.repair.isHopeless(now)) return true;
    this.giveUp();
    return false;
  }

  private mended(): void {
    if (this.repair!.verifies) this.confirmedTo = Math.max(this.confirmedTo, this.repair!.until);
    this.repair = null;
    this.misses = 0;
  }

  private giveUp(): void {
    this.open ||= this.next < this.repair!.until;
    this.mended();
  }

  private reportBadRows({ rejected }: OhlcAnswer, news: LaneUpdate): void {
    const telling = new Set<string>();
    for (const { reason, at } of rejected) {
      const key = `${String(at)} ${reason}`;
      if (!this.reported.has(key) && !telling.has(key)) news.troubles.push({ reason, at });
      telling.add(key);
    }
    this.reported = telling;
  }
}
