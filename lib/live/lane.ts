import { SETTLE_MS } from '../exchange/ohlc.js';
import type { ExchangeFailure } from '../exchange/failure.js';
import type { OhlcAnswer, OhlcRow, TradesAnswer } from '../exchange/ports.js';
import { isQuiet } from '../series/bad-row.js';
import { CandleColumns } from '../series/candles.js';
import { judgeFrom, type Judge } from '../series/judge.js';
import type { SeriesState } from '../series/series.js';
import { MINUTE_MS, type EpochMs, type Price, type Ratio, wholeMinute } from '../units.js';
import { candlesOfTrades } from './from-trades.js';
import { Repair, type RepairRules } from './repair.js';
import { pushRow, sameValues } from './rows.js';
import type { SeenRow } from './seen.js';

export interface LaneRules extends RepairRules {
  readonly maxJump: Ratio;
  /** After so many answers that lack a minute although they go on behind it, its trades are asked for. */
  readonly mostMisses: number;
  /** Minutes of the latest past that are asked for again each time, to see whether they were revised. */
  readonly overlapMinutes: number;
}

export const LANE_RULES: Omit<LaneRules, 'maxJump'> = {
  mostMisses: 3,
  overlapMinutes: 5,
  mostMinutes: 3 * 1_440,
  mostPages: 500,
  mostTries: 5,
  patienceMs: 60 * MINUTE_MS,
};

/** The exchange has so many of the latest minutes, the forming one included. */
const REACH_MINUTES = 720;
/** What trades are asked for ends so long ago: until it is repaired the exchange's own candles still reach back to there. */
const BRIDGED_MINUTES = 600;
const MOST_PAUSE_MINUTES = 16;
/** Whoever goes on from what is stored asks for so much of it again. */
export const LOOK_BACK_MS = 60 * MINUTE_MS;

/** What an answer brought. */
export interface News {
  readonly source: 'ohlc' | 'trades';
  /** Minutes that follow the last known one, flags set. */
  readonly rows: CandleColumns;
  readonly revised: CandleColumns;
  readonly gaps: { readonly from: EpochMs; readonly to: EpochMs }[];
  readonly troubles: { readonly reason: string; readonly at: EpochMs | null }[];
}

const newsFrom = (source: News['source']): News => {
  return { source, rows: new CandleColumns(16), revised: new CandleColumns(0), gaps: [], troubles: [] };
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
  /** The first minute that the last answer brought. */
  private unconfirmed: EpochMs = Infinity;
  private readonly seen: Map<EpochMs, SeenRow>;
  private told: ReadonlySet<string> = new Set();
  private misses = 0;
  private repair: Repair | null = null;
  private refusals = 0;
  private pausedUntil: EpochMs = -Infinity;

  /** `from` is the first minute that is wanted of a market of which nothing is known; `seen` are the last rows of one that is. */
  constructor(series: SeriesState, from: EpochMs, rules: LaneRules, seen: readonly SeenRow[] = []) {
    this.rules = rules;
    this.seen = new Map(seen.map(each => [each.row.at, each]));
    this.judge = judgeFrom(series, rules.maxJump);
    this.known = !Number.isNaN(series.at);
    this.open = !this.known;
    this.next = this.known ? series.at + MINUTE_MS : from;
    this.anchor = this.known ? series.at - LOOK_BACK_MS : from; // what is stored last may have had no row
    this.close = series.close;
  }

  /** Whether a minute that is not known yet is over by now. */
  isBehind(now: EpochMs): boolean {
    return this.next + MINUTE_MS + SETTLE_MS <= now;
  }

  /** From where candles are to be asked for; null where none are. */
  candlesSince(now: EpochMs): EpochMs | null {
    if (this.repair || now < this.pausedUntil || !this.isBehind(now)) return null;
    return this.known ? this.looksBackTo() : this.next;
  }

  /** From where trades are to be asked for, in nanoseconds; null where none are. */
  tradesSince(now: EpochMs): string | null {
    if (this.repair?.isHopeless(now)) this.giveUp();
    return this.repair?.cursor ?? null;
  }

  /** Takes what was asked for at `askedAt`. A minute that was settled only afterwards may be half told: it is left for the next time. */
  takeCandles(answer: OhlcAnswer, askedAt: EpochMs): News {
    const news = newsFrom('ohlc');
    const rows = answer.rows.filter(({ at }) => at + MINUTE_MS + SETTLE_MS <= askedAt);
    this.refusals = 0;
    this.complain(answer, news);
    for (const row of rows) if (row.at < this.next) this.compare(row, news);
    this.follow(rows, news);
    if (this.findHole(rows, answer.newest, askedAt)) this.follow(rows, news);
    this.unconfirmed = news.rows.length > 0 ? news.rows.at[0]! : Infinity;
    this.forget();
    return news;
  }

  /** Takes a page that was asked for at `askedAt`. */
  takeTrades(page: TradesAnswer, askedAt: EpochMs): News {
    const news = newsFrom('trades');
    const { repair } = this;
    if (!repair) return news;
    const over = wholeMinute(askedAt - SETTLE_MS);
    const whole = repair.take(page, over);
    const to = Math.min(whole?.to ?? 0, repair.until); // behind the hole, the exchange's own candles are better
    if (whole) this.follow(candlesOfTrades(whole.trades, this.next, to, this.close), news);
    if (this.next >= Math.min(repair.until, over)) this.mended();
    else if (repair.isHopeless(askedAt)) this.giveUp();
    return news;
  }

  /** A question was not answered. A market that the exchange does not know is left alone for a growing while. */
  fail(failure: ExchangeFailure, of: News['source'], now: EpochMs): void {
    if (of === 'trades') this.repair?.fail(failure);
    else if (failure.next === 'skip')
      this.pausedUntil = now + Math.min(2 ** this.refusals++, MOST_PAUSE_MINUTES) * MINUTE_MS;
  }

  /** Everything is looked at twice at least: a row that lacks in one answer makes its minute look quiet. */
  private looksBackTo(): EpochMs {
    return Math.min(this.anchor, this.unconfirmed, this.next - this.rules.overlapMinutes * MINUTE_MS);
  }

  private push(row: OhlcRow, news: News): void {
    if (news.source === 'ohlc') this.seen.set(row.at, { row, good: this.judge.good });
    const isGap = row.at > this.next && this.known;
    if (isGap) news.gaps.push({ from: this.next, to: row.at });
    const quiet = isQuiet(row.volume, row.trades);
    const flat = quiet && this.known && !isGap ? this.close : null;
    const suspect = !quiet && this.judge.isSuspect(row.close);
    pushRow(news.rows, row, { quiet, flat, suspect });
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
    const isOutOfReach = newest !== null && this.next <= newest - REACH_MINUTES * MINUTE_MS;
    if (!isOutOfReach && this.misses < this.rules.mostMisses) return false;
    const until = isOutOfReach ? newest - BRIDGED_MINUTES * MINUTE_MS : after;
    this.repair = new Repair(this.next, until, now, this.rules);
    if (!this.repair.isHopeless(now)) return false;
    this.giveUp();
    return true;
  }

  private mended(): void {
    this.repair = null;
    this.misses = 0;
  }

  private giveUp(): void {
    this.mended();
    this.open = true;
  }

  /** A row that came before with other values is a revision; the claim that a traded minute was quiet is none. */
  private compare(row: OhlcRow, news: News): void {
    const before = this.seen.get(row.at);
    if (!before || isQuiet(row.volume, row.trades) || sameValues(before.row, row)) return;
    const suspect = Math.abs(row.close - before.good) > this.rules.maxJump * before.good;
    pushRow(news.revised, row, { quiet: false, flat: null, suspect });
    this.seen.set(row.at, { row, good: before.good });
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

  /** What will not be asked for again need not be remembered. */
  private forget(): void {
    const from = this.looksBackTo();
    for (const at of this.seen.keys()) if (at < from) this.seen.delete(at);
  }
}
