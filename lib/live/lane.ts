import type { CandleHistory } from '../exchange/candle-history.js';
import type { ExchangeFailure } from '../exchange/failure.js';
import type { OhlcAnswer, OhlcRow, TradesAnswer } from '../exchange/ports.js';
import { isQuiet } from '../series/bad-row.js';
import { CandleColumns, type Candles } from '../series/candles.js';
import { judgeFrom, type Judge } from '../series/judge.js';
import type { SeriesState } from '../series/series.js';
import { HOUR_MS, MINUTE_MS, type DurationMs, type EpochMs, type Price, type Ratio, wholeMinute } from '../units.js';
import { candlesOfTrades } from './from-trades.js';
import { LaneMemory, type Minutes, type StoredMinutes } from './memory.js';
import { Repair, type RepairRules } from './repair.js';
import { pushRow } from './rows.js';

export interface LaneRules extends RepairRules, Pick<CandleHistory, 'candlesBack' | 'settleMs'> {
  readonly maxJump: Ratio;
  /** After so many answers that lack a minute although they go on behind it, its trades are asked for. */
  readonly mostMisses: number;
  /** Minutes of the latest past that are asked for again each time, to see whether they were revised. */
  readonly overlapMinutes: number;
}

/** The rules that depend neither on settings nor on the exchange. */
export const LANE_RULES: Omit<LaneRules, 'maxJump' | keyof CandleHistory> = {
  mostMisses: 3,
  overlapMinutes: 5,
  mostMinutes: 3 * 1_440,
  mostPages: 500,
  mostTries: 5,
  patienceMs: 60 * MINUTE_MS,
};

/** How often all of these are compared, and how long after its close a minute counts as final. */
const COMPARE_EVERY_MS = HOUR_MS;
const FINAL_AFTER_MS = HOUR_MS;
/** Every minute has been compared as final after this time. A start does not know when the last comparison was. */
const UNCONFIRMED_MS = FINAL_AFTER_MS + COMPARE_EVERY_MS;
/**
 * Trades are requested up to this share of the candles' reach ago: until they have come, the exchange's own candles still
 * reach back to there.
 */
const BRIDGED_SHARE = 5 / 6;
const MOST_PAUSE_MINUTES = 16;
/** Whoever goes on from what is stored asks for so much of it again. */
export const LOOK_BACK_MS = 60 * MINUTE_MS;

/** What an answer brought. */
export interface News {
  readonly source: 'ohlc' | 'trades';
  /** Minutes that follow the last known one, flags set. */
  readonly rows: CandleColumns;
  /** Minutes that came before and have to be stored with other values, and gaps that came after all. */
  readonly revised: Candles;
  readonly confirmed: readonly Minutes[];
  readonly gaps: { readonly from: EpochMs; readonly to: EpochMs }[];
  readonly troubles: { readonly reason: string; readonly at: EpochMs | null }[];
}

const NOTHING = new CandleColumns(0);

/** News under way. */
type Draft = { -readonly [Name in keyof News]: News[Name] };

const newsFrom = (source: News['source']): Draft => {
  return { source, rows: new CandleColumns(16), revised: NOTHING, confirmed: [], gaps: [], troubles: [] };
};

/**
 * What is known of one market's minutes: up to where they have been given out, and how to get on from there. A minute that
 * is lacking holds back those after it until it has been repaired or given up.
 */
export class Lane {
  private readonly rules: LaneRules;
  private readonly judge: Judge;
  /** The next minute to be given out. */
  private next: EpochMs;
  /** Whether the next minute need not follow the last one: at a market's beginning and after what was given up. */
  private open: boolean;
  /** Whether there is a last one. */
  private known: boolean;
  /** What a quiet minute right behind the last one is flat at: the last close that is not suspect. */
  private close: Price;
  /** The last minute of which the exchange surely has a row, so that what is missing after it is known to be quiet. */
  private anchor: EpochMs;
  /** The first minute that the last answer brought: every minute is asked for twice. */
  private seenOnce: EpochMs = Infinity;
  private readonly memory: LaneMemory;
  /** When everything that the exchange has is compared next, and how long after a whole hour. */
  private compareAt: EpochMs = -Infinity;
  private readonly compareOffsetMs: DurationMs;
  /** The minutes from here on have not been confirmed yet. */
  private confirmedTo: EpochMs;
  private told: ReadonlySet<string> = new Set();
  private misses = 0;
  private repair: Repair | null = null;
  private refusals = 0;
  private pausedUntil: EpochMs = -Infinity;

  /**
   * `from` is the first minute that is wanted of a market of which nothing is known; `stored` are the last minutes of one that
   * is. Everything is compared `compareOffsetMs` after each whole hour.
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
    this.judge = judgeFrom(series, rules.maxJump);
    this.known = !Number.isNaN(series.at);
    this.open = !this.known;
    this.next = this.known ? series.at + MINUTE_MS : from;
    this.anchor = this.known ? series.at - LOOK_BACK_MS : from; // what is stored last may have had no row
    this.close = series.close;
    this.confirmedTo = this.next - UNCONFIRMED_MS;
  }

  /** Whether a minute that is not known yet is over by now. */
  isBehind(now: EpochMs): boolean {
    return this.next + MINUTE_MS + this.rules.settleMs <= now;
  }

  /** From where candles are to be asked for; null where none are. */
  candlesSince(now: EpochMs): EpochMs | null {
    if (this.repair || now < this.pausedUntil || !this.isBehind(now)) return null;
    if (!this.known) return this.next;
    return this.comparesAll(now) ? Math.min(this.looksBackTo(), this.comparesFrom(now)) : this.looksBackTo();
  }

  /** From where trades are to be asked for, in nanoseconds; null where none are. */
  tradesSince(now: EpochMs): string | null {
    if (this.repair?.isHopeless(now)) this.giveUp();
    return this.repair?.cursor ?? null;
  }

  /**
   * Takes what was asked for at `askedAt`, from `since` on. A minute that was settled only afterwards may be half told: it is
   * left for the next time.
   */
  takeCandles(answer: OhlcAnswer, askedAt: EpochMs, since: EpochMs): News {
    const news = newsFrom('ohlc');
    const rows = answer.rows.filter(({ at }) => at + MINUTE_MS + this.rules.settleMs <= askedAt);
    this.refusals = 0;
    this.complain(answer, news);
    if (this.verify(answer.newest, askedAt)) return news;
    news.revised = this.memory.compare(rows, this.state, news.source);
    const isWhole = since <= this.comparesFrom(askedAt);
    if (isWhole && this.comparesAll(askedAt)) {
      const asOf = Math.min(askedAt, answer.newest ?? -Infinity);
      this.confirm(rows, since, wholeMinute(asOf - FINAL_AFTER_MS), news);
    }
    if (isWhole || this.memory.isEmpty) this.planComparison(askedAt);
    this.follow(rows, news);
    if (this.findHole(rows, answer.newest, askedAt)) this.follow(rows, news);
    this.seenOnce = news.rows.length > 0 ? news.rows.at[0]! : Infinity;
    return news;
  }

  /** Takes a page that was asked for at `askedAt`. */
  takeTrades(page: TradesAnswer, askedAt: EpochMs): News {
    const news = newsFrom('trades');
    const { repair } = this;
    if (!repair) return news;
    const over = wholeMinute(askedAt - this.rules.settleMs);
    const from = repair.reached;
    const whole = repair.take(page, over);
    if (whole) {
      const to = Math.min(whole.to, repair.until); // behind it, the exchange's own candles are better
      const again = candlesOfTrades(whole.trades, from, Math.min(to, this.next), this.close);
      news.revised = this.memory.compare(again, this.state, news.source);
      this.confirm(again, from, this.next, news);
      this.follow(candlesOfTrades(whole.trades, this.next, to, this.close), news);
    }
    if (repair.reached >= Math.min(repair.until, over)) this.mended();
    else if (repair.isHopeless(askedAt)) this.giveUp();
    return news;
  }

  /** A question was not answered. A market that the exchange does not know is left alone for a growing while. */
  fail(failure: ExchangeFailure, of: News['source'], now: EpochMs): void {
    if (of === 'trades') this.repair?.fail(failure);
    else if (failure.next === 'skip')
      this.pausedUntil = now + Math.min(2 ** this.refusals++, MOST_PAUSE_MINUTES) * MINUTE_MS;
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

  /** Everything is looked at twice at least: a row that lacks in one answer makes its minute look quiet. */
  private looksBackTo(): EpochMs {
    return Math.min(this.anchor, this.seenOnce, this.next - this.rules.overlapMinutes * MINUTE_MS);
  }

  /** Whether a comparison of everything that the exchange has is due. */
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

  private push(row: OhlcRow, news: News): void {
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

  /** Gives out the rows that follow, up to the first minute that is lacking. */
  private follow(rows: readonly OhlcRow[], news: News): void {
    for (const row of rows) {
      if (row.at < this.next) continue;
      if (row.at > this.next && !this.open) break;
      this.push(row, news);
    }
  }

  /** Looks whether the next minute is lacking although the answer goes on behind it. True where it is given up at once. */
  private findHole(rows: readonly OhlcRow[], newest: EpochMs | null, now: EpochMs): boolean {
    const isPast = newest !== null && newest >= this.next + 2 * MINUTE_MS; // a minute before is not settled yet
    const after = rows.find(({ at }) => at > this.next)?.at ?? (isPast ? newest : null);
    if (this.open || after === null || !this.isBehind(now)) {
      this.misses = 0;
      return false;
    }
    this.misses++;
    const isOutOfReach = newest !== null && this.next <= newest - this.reachMs;
    if (!isOutOfReach && this.misses < this.rules.mostMisses) return false;
    const until = isOutOfReach ? newest - this.bridgedMs : after;
    this.repair = new Repair(this.next, until, now, this.rules);
    if (!this.repair.isHopeless(now)) return false;
    this.giveUp();
    return true;
  }

  /**
   * Asks for the trades of minutes that were not confirmed while candles still reached back to them, and of the missing ones
   * right behind them. True where that comes before anything else.
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

  private complain({ rejected }: OhlcAnswer, news: News): void {
    const telling = new Set<string>();
    for (const { reason, at } of rejected) {
      const key = `${String(at)} ${reason}`;
      if (!this.told.has(key) && !telling.has(key)) news.troubles.push({ reason, at });
      telling.add(key);
    }
    this.told = telling;
  }
}
