import type { Market } from '../market.js';
import { sellTo } from '../portfolio/book-fills.js';
import type { PositionEvent, Trade } from '../portfolio/events.js';
import { deadlineOf, firstStopOf, STOP_REASONS, TARGET_REASON, targetOf } from '../portfolio/exit-catalogue.js';
import { emptyPortfolio } from '../portfolio/portfolio.js';
import { declared as protections } from '../portfolio/protections/index.js';
import { CandleBroker } from '../portfolio/settle.js';
import { declared as sizings } from '../portfolio/sizing/index.js';
import type { StoredBook, StoredBooks } from '../portfolio/stored-books.js';
import { defaultSettingsOf } from '../settings/fragment.js';
import type { Settings } from '../settings/settings.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, wholeMinute, type EpochMs, type Price } from '../units.js';
import { figureOf } from './figures.js';
import type { StoredExit, StoredTrade } from './stored-trade.js';
import { isoTime } from './time.js';

/** A fill of a live trade that its replay on candles and stored order books does not repeat. */
export interface FillDifference {
  readonly at: EpochMs;
  readonly what: 'entry' | 'exit';
  readonly live: string;
  readonly replay: string;
  readonly reason: string | null;
}

/** Of a stored price: the database keeps every digit, a walk of the same book may round otherwise. */
const PRICE_TOLERANCE = 1e-9;
/** More than the last bits that a walk of the same book may lose: a size must not lose a step. */
const BUDGET_MARGIN = 1e-10;
/** A bid is near its minute's trades: where all of them are this far below a stop, it is below too. */
const BELOW_A_STOP = 0.005;
/**
 * A check may be late by a minute before its time counts as missed and is replayed, and at an
 * accelerated clock its order book takes minutes to come: a late check does not explain as many.
 */
const MINUTES_BELOW = 5;

const isSame = (a: Price, b: Price): boolean => Math.abs(a / b - 1) < PRICE_TOLERANCE;
const clock = (at: EpochMs): string => isoTime(at).slice(11, at % MINUTE_MS === 0 ? 16 : 19);
const words = (reason: string): string => reason.replaceAll('_', ' ');
const saleText = (exit: StoredExit | undefined): string =>
  exit ? `${words(exit.reason)} ${figureOf(exit.price)} at ${clock(exit.at)}` : 'open';

/**
 * Replays one live trade by itself, as a backtest does: bought for what it cost, on the same
 * opportunity, then sold by the exits that it was entered with. Of the live trade it checks each
 * sale against the order book and the stop that made it.
 */
export class TradeReplay {
  readonly live: StoredTrade;
  private readonly lane: number;
  private readonly market: Market;
  private readonly books: StoredBooks | null;
  private readonly terms: Pick<Settings, 'risk' | 'costs'>;
  private readonly broker: CandleBroker;
  private readonly events: PositionEvent[] = [];
  private readonly entryBooks: StoredBook[] = [];
  private readonly exitBooks = new Map<EpochMs, StoredBook>();
  private overlooked: EpochMs | null = null;
  private minutesBelow = 0;
  private to: EpochMs = -Infinity;

  /** `settings` are those of the trade's strategy at its entry; `market` is one of `markets`. */
  constructor(
    live: StoredTrade,
    { risk, costs }: Pick<Settings, 'risk' | 'costs'>,
    { markets, currency, books }: { markets: readonly Market[]; currency: string; books: StoredBooks | null },
  ) {
    this.live = live;
    this.lane = markets.findIndex(({ symbol }) => symbol === live.market);
    this.market = markets[this.lane]!;
    this.books = books;
    const unlimited = {
      ...risk,
      ...defaultSettingsOf(sizings),
      maxPositionSize: 1,
      maxOpenPositions: 1,
      cooldownMs: 0,
      protections: defaultSettingsOf(protections),
    };
    this.terms = { costs, risk: unlimited };
    const cost = live.size * live.entryPrice * live.quoteRate * (1 + BUDGET_MARGIN);
    this.broker = new CandleBroker(emptyPortfolio(markets, cost * (1 + costs.takerFee)), currency, books);
  }

  /** Adds the next tape up to `to`, with the exit signals of the trade's strategy by cell. */
  add(tape: Tape, exits: Uint8Array | null, to: EpochMs): void {
    if (this.isOver(tape.start)) return;
    const { live, broker, events, lane, terms } = this;
    const end = tape.start + tape.minutes * MINUTE_MS;
    this.to = Math.min(to, end);
    const { at, close, score, values } = live.opportunity;
    const opportunity = { market: lane, at, close, score, values };
    const isHere = at >= tape.start && at < end;
    const played = { ...tape, opportunities: isHere ? [opportunity] : [], exits };
    events.push(...broker.settle(played, Math.max(at, tape.start), to, terms).events);
    this.look(tape, end);
  }

  /** The fills that differ, at most one entry and one exit, in the order of time. */
  differences(): readonly FillDifference[] {
    const opened = this.events.find(event => event.kind === 'opened');
    const entry = this.entryDifference(opened?.trade);
    const exit = this.exitDifference(opened?.trade);
    return [entry, exit].filter(one => one !== null);
  }

  /** Whether both the trade and its replay have ended by then. */
  private isOver(at: EpochMs): boolean {
    const last = this.events.at(-1);
    const hasEnded = last?.kind === 'exited' ? last.closed : last?.kind === 'expired' || last?.kind === 'rejected';
    return hasEnded && this.live.closedAt !== null && this.live.closedAt <= at;
  }

  /** Keeps the order books of the live fills, and when checks overlooked the stop. */
  private look(tape: Tape, end: EpochMs): void {
    const { live, lane, books } = this;
    const isHere = (at: EpochMs) => at >= tape.start && at < end;
    const walked = (at: EpochMs, kind: StoredBook['of']) =>
      (isHere(at) && books ? books.of(lane, wholeMinute(at)) : []).filter(book => book.of === kind);
    this.entryBooks.push(...walked(live.entryAt, 'entry'));
    for (const { at } of live.exits) {
      const book = walked(at, 'exit').find(one => one.at === at);
      if (book) this.exitBooks.set(at, book);
    }
    const from = Math.max(tape.start, wholeMinute(live.entryAt) + 2 * MINUTE_MS);
    const until = Math.min(end, this.to, live.closedAt ?? Infinity);
    for (let minute = from; this.overlooked === null && minute + MINUTE_MS < until; minute += MINUTE_MS) {
      const cell = lane * tape.minutes + (minute - tape.start) / MINUTE_MS;
      const isBelow = tape.high[cell]! < this.stopAt(minute) * (1 - BELOW_A_STOP);
      if (tape.cell[cell] !== Cell.traded) continue;
      this.minutesBelow = isBelow ? this.minutesBelow + 1 : 0;
      if (this.minutesBelow === MINUTES_BELOW) this.overlooked = minute;
    }
  }

  /** The live stop in force for an observation at a time. */
  private stopAt(at: EpochMs): Price {
    const { entryPrice, opportunity, raises } = this.live;
    const first = firstStopOf(entryPrice, this.terms.risk, opportunity.values).stop;
    return raises.reduce((stop, raise) => (raise.at < at ? Math.max(stop, raise.stop) : stop), first);
  }

  private entryDifference(replay: Trade | undefined): FillDifference | null {
    const { live, entryBooks } = this;
    const common = {
      at: live.entryAt,
      what: 'entry',
      live: `${figureOf(live.entryPrice)} at ${clock(live.entryAt)}`,
    } as const;
    const isStored = entryBooks.some(({ at }) => at === live.entryAt);
    const cause = isStored || live.filledOffline ? null : 'its order book is not stored any more';
    if (!replay) {
      const event = this.events.find(({ kind }) => kind === 'expired' || kind === 'rejected');
      const what = event?.kind === 'rejected' ? `rejected: ${words(event.reason)}` : 'expired';
      const reason = event?.kind === 'expired' ? 'no candle with a trade opened in time' : cause;
      return { ...common, replay: what, reason };
    }
    if (isSame(replay.entryPrice, live.entryPrice)) return null;
    const minute = wholeMinute(live.entryAt);
    const reason =
      replay.entryAt !== minute
        ? 'the order books of that minute came too late or could not be used'
        : entryBooks.length > 1
          ? 'the replay walks the first order book of the minute'
          : cause;
    return { ...common, replay: `${figureOf(replay.entryPrice)} at ${clock(replay.entryAt)}`, reason };
  }

  private exitDifference(replay: Trade | undefined): FillDifference | null {
    const { live } = this;
    const unsound = this.unsound(replay);
    if (unsound) return unsound;
    const ours = live.exits.filter(({ at }) => at <= this.to);
    const theirs = replay?.exits ?? [];
    const n = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, i) => i).find(i => {
      const [one, other] = [ours[i], theirs[i]];
      if (!one || !other) return true;
      const isInTime = one.at > other.at - MINUTE_MS && one.at <= other.at;
      return one.reason !== other.reason || one.level !== other.level || !isInTime || !isSame(one.price, other.price);
    });
    if (n === undefined || !replay) return null;
    const [one, other] = [ours[n], theirs[n]];
    const at = one?.at ?? other!.at - MINUTE_MS;
    const reason = this.causeOf(one, other, replay);
    return { at, what: 'exit', live: saleText(one), replay: saleText(other), reason };
  }

  /** Why a sale that its order book confirms is another one on candles. */
  private causeOf(live: StoredExit | undefined, replay: StoredExit | undefined, trade: Trade): string {
    if (this.live.filledOffline) return 'missed time is filled at the worst price';
    if (live?.reason === 'delisted') return 'candles do not tell that a market is delisted';
    const isLater = replay && (!live || live.at > replay.at);
    if (isLater) return `the minute ${clock(replay.at - MINUTE_MS)} reached it between two checks`;
    const [ours, theirs] = [this.stopAt(live!.at), trade.stop];
    if (STOP_REASONS.includes(live!.reason) && !isSame(ours, theirs))
      return `the stop was ${figureOf(ours)} by the bids of checks, ${figureOf(theirs)} by the candles`;
    if (replay && live!.at > replay.at - MINUTE_MS) return 'a candle is sold at its level, a check at its bids';
    return 'the bid of a check reached it, no trade of the minute did';
  }

  /** The first live sale that neither its order book nor its rule explains; null if there is none. */
  private unsound(replay: Trade | undefined): FillDifference | null {
    const { live, terms, market, exitBooks, overlooked } = this;
    const fault = (exit: StoredExit, expected: string): FillDifference => ({
      at: exit.at,
      what: 'exit',
      live: saleText(exit),
      replay: expected,
      reason: null,
    });
    if (overlooked !== null)
      return {
        at: overlooked,
        what: 'exit',
        live: 'open',
        replay: `below its stop ${figureOf(this.stopAt(overlooked))} for ${MINUTES_BELOW} minutes`,
        reason: null,
      };
    let before: StoredExit | undefined;
    let sold: { readonly at: EpochMs; readonly sell: ReturnType<typeof sellTo> } | undefined;
    for (const exit of live.exits) {
      if (exit.at > this.to) break;
      const stored = exitBooks.get(exit.at);
      const isRest = before?.reason === exit.reason && before.level === exit.level;
      before = exit;
      if (!stored || exit.reason === 'delisted') continue;
      const bid = stored.book.bids[0]!.price;
      const trade = { ...live, remaining: 0, stop: 0, risk: terms.risk, nextLevel: exit.level ?? 0 };
      const stop = this.stopAt(exit.at);
      const target = exit.reason === TARGET_REASON ? targetOf(trade)?.price : undefined;
      const deadline = deadlineOf({
        ...trade,
        ...(replay?.exitSignalAt !== undefined && { exitSignalAt: replay.exitSignalAt }),
      });
      if (STOP_REASONS.includes(exit.reason) && !isRest && !(bid <= stop))
        return fault(exit, `its bid ${figureOf(bid)} is above the stop ${figureOf(stop)}`);
      if (target !== undefined && !isRest && !(bid > target))
        return fault(exit, `its bid ${figureOf(bid)} is not above the target ${figureOf(target)}`);
      if (deadline && deadline.reason === exit.reason && exit.at < deadline.at)
        return fault(exit, `its deadline is ${clock(deadline.at)}`);
      if (sold?.at !== exit.at)
        sold = { at: exit.at, sell: sellTo(stored.book, market, { costs: terms.costs, rate: 1 }) };
      const fill = sold.sell(bid, exit.size, () => true);
      if (!fill || !isSame(fill.price, exit.price))
        return fault(exit, `${fill ? figureOf(fill.price) : 'nothing'} by its order book`);
    }
    return null;
  }
}
