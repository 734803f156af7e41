import type { CatchUpEvent, OpenedWallet } from '../../market-data/ports.js';
import { AbsenceBroker, type Left } from '../../portfolio/absence.js';
import type { PositionEvent } from '../../portfolio/events.js';
import { exitSignalsOf } from '../../portfolio/exit-signals.js';
import { pausesAt } from '../../portfolio/history.js';
import type { EquityMark } from '../../portfolio/mark.js';
import { minutesAfter } from '../../portfolio/missed-minutes.js';
import type { RateOf } from '../../portfolio/portfolio.js';
import { stateOf } from '../../portfolio/restore.js';
import type { StoredBooks } from '../../portfolio/stored-books.js';
import { isMain } from '../../settings/settings-for.js';
import type { InForce } from '../../settings/settings.js';
import type { Tape } from '../../tape.js';
import { MINUTE_MS, wholeMinute, type DurationMs, type EpochMs } from '../../units.js';
import type { StoredMarket } from '../store/index.js';
import type { LiveStore, Opening, WalletKey } from '../store/live/index.js';
import type { Persistent } from '../store/persistent.js';
import { MINUTES_AT_ONCE, type TradesOf } from './missed-reads.js';

/** What a wallet needs to replay missed time. */
export interface AbsentTerms extends Pick<InForce, 'settings' | 'configurationId'> {
  readonly live: Pick<LiveStore, 'savePositions'>;
  readonly wallet: WalletKey;
  /** By lane. */
  readonly markets: readonly StoredMarket[];
  readonly persistent: Persistent;
  /** Permanent name of this process. */
  readonly writer: string;
  readonly rateOf: RateOf;
  readonly emit: (event: CatchUpEvent) => void;
}

/** Where a wallet was left; one that was never settled begins. */
type LeftOpening = Opening & { readonly settledUntil: EpochMs };

/**
 * A wallet whose markets were not watched for a while: replays the time and stores what it makes of
 * it, step by step.
 */
export class AbsentWallet {
  private readonly terms: AbsentTerms;
  private readonly opening: LeftOpening;
  private left: Left;
  private version: number;
  private broker: AbsenceBroker;
  private isNew = false;
  /** Lanes whose trades are unavailable. */
  private readonly silent = new Set<number>();
  private readonly since: EpochMs;
  private readonly missed: readonly { readonly symbol: string; readonly at: EpochMs }[];

  constructor(opening: LeftOpening, terms: AbsentTerms) {
    this.terms = terms;
    this.opening = opening;
    this.left = opening;
    this.version = opening.version;
    this.broker = this.newBroker();
    this.since = opening.settledUntil;
    this.missed = opening.portfolio.open.map(({ market }) => ({
      symbol: terms.markets[market]!.symbol,
      at: opening.observedAt[market]!,
    }));
  }

  /** Stores the start of a wallet that was never settled: it has missed nothing. */
  async begin(): Promise<void> {
    const { settledUntil: at, portfolio } = this.left;
    await this.save([], [{ at, kind: 'start', cash: portfolio.cash, openValue: 0 }]);
    this.isNew = true;
  }

  /** The name of its strategy. */
  get strategy(): string {
    return this.terms.wallet.strategy;
  }

  /** The markets whose exit signals it needs, each from a candle's open time on. */
  get waitForExit(): readonly { readonly market: number; readonly from: EpochMs }[] {
    const { portfolio, waiting } = this.left;
    return [
      ...portfolio.open.map(({ market, entryAt }) => ({ market, from: wholeMinute(entryAt) })),
      ...[...portfolio.pending, ...waiting].map(({ market, at }) => ({ market, from: at + MINUTE_MS })),
    ];
  }

  /** Sets the exit signals of these markets, ascending. */
  knowExits(signals: readonly { readonly market: number; readonly at: EpochMs }[]): void {
    this.broker.knowExits(exitSignalsOf(signals));
  }

  /** The held markets. */
  get held(): readonly number[] {
    return this.left.portfolio.open.map(({ market }) => market);
  }

  /** Whether nothing can happen to it: it holds nothing and nothing waits to be bought. */
  get isIdle(): boolean {
    const { portfolio, waiting } = this.left;
    return portfolio.open.length + portfolio.pending.length + waiting.length === 0;
  }

  /** The first minute to replay. */
  get first(): EpochMs {
    const { observedAt, settledUntil } = this.left;
    return wholeMinute(Math.min(settledUntil, ...this.held.map(market => observedAt[market]!)));
  }

  /** Whether some of its time was not watched for longer than this. */
  isBehind(now: EpochMs, missedAfterMs: DurationMs): boolean {
    const { observedAt, settledUntil } = this.left;
    if (this.isNew) return false;
    return [settledUntil, ...this.held.map(market => observedAt[market]!)].some(at => now - at > missedAfterMs);
  }

  /** Whether a market that it holds is not replayed up to then, though its trades can be had. */
  isMissing(until: EpochMs): boolean {
    return this.held.some(market => this.left.observedAt[market]! < until && !this.silent.has(market));
  }

  /** The time of its trades that was not seen, from begin to end; null if there is none. */
  get unseen(): { readonly from: EpochMs; readonly to: EpochMs } | null {
    const unseen = this.left.portfolio.open.flatMap(trade => trade.unseen ?? []);
    if (unseen.length === 0) return null;
    return {
      from: wholeMinute(Math.min(...unseen.map(({ from }) => from))),
      to: wholeMinute(Math.max(...unseen.map(({ to }) => to))) + MINUTE_MS,
    };
  }

  /** Makes up for unseen time, as far as a tape has its candles. */
  makeUpUnseen(tape: Tape, now: EpochMs): readonly PositionEvent[] {
    return this.broker.makeUpUnseen(tape, now);
  }

  /** Stores events of unseen time. */
  saveUnseen(events: readonly PositionEvent[]): Promise<void> {
    return this.save(events, []);
  }

  /** Marks each minute until then at the same value. */
  async stayIdle(until: EpochMs): Promise<void> {
    const { cash } = this.left.portfolio;
    const minutes = minutesAfter(this.left.settledUntil, until);
    const pieces = Math.ceil(minutes.length / MINUTES_AT_ONCE) || 1;
    for (let n = 0; n < pieces; n++) {
      const piece = minutes.slice(n * MINUTES_AT_ONCE, (n + 1) * MINUTES_AT_ONCE);
      const marks = piece.map((at): EquityMark => ({ at, kind: 'minute', cash, openValue: 0 }));
      this.left = { ...this.left, settledUntil: n === pieces - 1 ? until : piece.at(-1)! };
      await this.save([], marks);
    }
  }

  /**
   * Fetches the trades of what it holds since the last check and, if these do not reach the current
   * minute, of that minute.
   */
  async fetchTrades(tradesOf: TradesOf, until: EpochMs): Promise<void> {
    const minute = wholeMinute(until);
    const broker = this.newBroker();
    this.broker = broker;
    const requests = broker.missing(until).map(async market => {
      if (this.silent.has(market)) return;
      const from = broker.observedAt[market]!;
      const first = await tradesOf(market, from, wholeMinute(from) + MINUTE_MS);
      if (first) broker.know(market, first);
      else this.silent.add(market);
      if (!first || first.to >= until) return;
      const last = await tradesOf(market, minute, until);
      if (last) broker.know(market, last);
      else this.silent.add(market);
    });
    await Promise.all(requests);
  }

  /** The lanes whose candles until a minute it needs. */
  needed(minute: EpochMs): readonly number[] {
    const hasEntries = minute - MINUTE_MS >= this.left.settledUntil;
    const { portfolio, waiting } = this.left;
    return [
      ...this.broker.missing(minute).filter(market => !this.broker.isKnown(market, minute)),
      ...(hasEntries ? [...portfolio.pending, ...waiting].map(({ market }) => market) : []),
    ];
  }

  /** Replays a tape up to a moment; `first` is the first minute that was to be replayed. */
  async settle(tape: Tape, books: StoredBooks | null, until: EpochMs, first: EpochMs): Promise<void> {
    const made = this.broker.settle(tape, until, books);
    this.left = this.broker.left;
    if (tape.start + tape.minutes * MINUTE_MS > first) await this.save(made.events, made.marks);
  }

  /** Gives up what could not be replayed, and reports what was missed. */
  async finish(until: EpochMs): Promise<void> {
    const broker = this.newBroker();
    if (broker.missing(until).length > 0) {
      broker.giveUp(until);
      this.left = broker.left;
      await this.save([], []);
    }
    const { missed, since } = this;
    const { strategy } = this.terms.wallet;
    if (missed.length > 0) this.terms.emit({ kind: 'caught_up', strategy, isMain: this.isMain, since, until, missed });
  }

  /** The wallet as it goes on, replayed until then; null: nothing was missed. */
  opened(madeUpUntil: EpochMs | null): OpenedWallet {
    const { portfolio, observedAt, settledUntil, waiting } = this.left;
    portfolio.pending.push(...waiting);
    const { lastBooks } = this.opening;
    const { strategy } = this.terms.wallet;
    return { strategy, portfolio, observedAt, lastBooks, settledUntil, version: this.version, madeUpUntil };
  }

  private get isMain(): boolean {
    return isMain(this.terms.settings, this.terms.wallet.strategy);
  }

  private newBroker(): AbsenceBroker {
    return new AbsenceBroker(this.left, this.terms.settings, this.terms.rateOf);
  }

  private async save(events: readonly PositionEvent[], equity: readonly EquityMark[]): Promise<void> {
    const { live, wallet, settings, configurationId, markets, persistent, writer, emit } = this.terms;
    const { portfolio, observedAt, settledUntil } = this.left;
    const { lastBooks } = this.opening;
    const stateAt = (market: number) => ({ lastBook: lastBooks.get(market) ?? null, suspendedSince: null });
    const pauses = pausesAt(portfolio.history, settings.risk, settledUntil);
    const state = stateOf(portfolio, market => observedAt[market]!, stateAt, pauses);
    const next = { version: ++this.version, writer, settledUntil, state };
    const ids = markets.map(({ id }) => id);
    await persistent('saving replayed minutes', () =>
      live.savePositions({ ...wallet, configurationId, ids }, { events, equity, offline: true, next }),
    );
    const { strategy } = wallet;
    emit({ kind: 'made_up', strategy, isMain: this.isMain, events, symbols: markets.map(({ symbol }) => symbol) });
  }
}
