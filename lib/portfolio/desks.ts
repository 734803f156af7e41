import type { InForce, Settings } from '../settings/settings.js';
import { isMain, settingsFor } from '../settings/settings-for.js';
import { wholeMinute, type DurationMs, type EpochMs, type Price } from '../units.js';
import { PositionDesk, type BookChange, type BooksTogether, type Decided, type DeskOpening } from './desk.js';
import { hasExpired } from './entry.js';
import type { Opportunity, Trade } from './events.js';
import { exitSignalsOf } from './exit-signals.js';
import type { RateOf } from './portfolio.js';
import type { Suspensions } from './suspension.js';

/** Opportunities by the names of their strategies. */
export type OpportunitiesByStrategy = ReadonlyMap<string, readonly Opportunity[]>;

/** An open trade whose exit signals are wanted, by the wallet's strategy. */
export interface WaitsForExit {
  readonly strategy: string;
  readonly market: number;
  /** Open time of the first candle that may sell it. */
  readonly from: EpochMs;
}

/** A candle with an exit signal for a strategy, by its open time. */
export interface WalletExitSignal {
  readonly strategy: string;
  readonly market: number;
  readonly at: EpochMs;
}

/** A strategy's wallet as it resumes. */
export interface WalletOpening extends DeskOpening {
  readonly strategy: string;
}

/** The effect of a round of order books on a strategy's wallet. */
export interface WalletChange extends BookChange {
  readonly strategy: string;
  /** Whether the strategy has the main wallet. */
  readonly isMain: boolean;
  /** Whether the wallet ends: its strategy was removed, and it is empty now. */
  readonly isEnded: boolean;
}

/** The order books of a round. */
export interface RoundBooks extends BooksTogether {
  /** The lanes with a book whose markets take no orders that buy. */
  readonly sellOnly: ReadonlySet<number>;
}

/** A decided round of all wallets, before the rates of its marks are known. */
export interface DecidedRound {
  /** Whether a whole minute has passed since the last marks. */
  readonly isMinute: boolean;
  readonly inForce: InForce;
  readonly wallets: readonly (readonly [strategy: string, decided: Decided])[];
}

/** Whether a strategy is on the list. */
const isListed = ({ strategies }: Settings, strategy: string): boolean =>
  strategies.some(({ name }) => name === strategy);

/**
 * The wallets of a live run, each with a desk of its own: the order books that all of them need,
 * and the effect of a round on each (semantics §5). No wallet depends on another: a desk sees the
 * books that it wants itself, under the settings of its strategy.
 *
 * The wallet of a strategy that was taken off the list buys nothing, and is gone once everything in
 * it is sold.
 */
export class Desks {
  private readonly desks: Map<string, PositionDesk>;
  private readonly suspensions: Suspensions;

  /** `suspensions` are by symbol and outlive the desks. */
  constructor(wallets: readonly WalletOpening[], rates: RateOf, suspensions: Suspensions) {
    this.suspensions = suspensions;
    this.desks = new Map(wallets.map(wallet => [wallet.strategy, new PositionDesk(wallet, rates, suspensions)]));
  }

  /** The names of the strategies with a wallet. */
  get strategies(): readonly string[] {
    return [...this.desks.keys()];
  }

  /** The open trades of all wallets. */
  get open(): readonly Trade[] {
    return this.all.flatMap(({ open }) => open);
  }

  /** The markets that some wallet holds. */
  get held(): readonly number[] {
    return [...new Set(this.all.flatMap(({ held }) => held))];
  }

  /** Whether some wallet holds a market. */
  isHeld(market: number): boolean {
    return this.all.some(desk => desk.isHeld(market));
  }

  /** Whether some wallet would buy on a market that it does not hold. */
  isSought(market: number): boolean {
    return this.all.some(desk => !desk.isHeld(market) && desk.wanted(false).includes(market));
  }

  /** The last known price of a market; NaN if none was seen while it was held. */
  lastPrice(market: number): Price {
    const knowing = this.all.filter(({ lastPrices }) => !Number.isNaN(lastPrices[market]!));
    const desk = knowing.find(each => each.isHeld(market)) ?? knowing[0];
    return desk?.lastPrices[market] ?? NaN;
  }

  /** Whether a strategy on the list has no wallet yet. */
  lacks({ strategies }: Settings): boolean {
    return strategies.some(({ name }) => !this.desks.has(name));
  }

  /**
   * Hands opportunities that the scanner has found to the wallets of their strategies; those
   * already handed over are ignored. Returns the strategies without a wallet that have one that has
   * expired: a wallet may still come before.
   */
  found(opportunities: OpportunitiesByStrategy, now: EpochMs, { risk }: Settings): readonly string[] {
    for (const [strategy, desk] of this.desks) desk.found(opportunities.get(strategy) ?? [], now);
    return [...opportunities].flatMap(([strategy, found]) =>
      !this.desks.has(strategy) && found.some(each => hasExpired(each, now, risk)) ? [strategy] : [],
    );
  }

  /** The open trades without an exit signal so far. */
  get waitForExit(): readonly WaitsForExit[] {
    return [...this.desks].flatMap(([strategy, { open }]) =>
      open
        .filter(({ exitSignalAt }) => exitSignalAt === undefined)
        .map(({ market, entryAt }) => ({ strategy, market, from: wholeMinute(entryAt) })),
    );
  }

  /** Notes exit signals that the scanner has stored, ascending. */
  signalled(signals: readonly WalletExitSignal[]): void {
    for (const [strategy, desk] of this.desks)
      desk.signalled(exitSignalsOf(signals.filter(signal => signal.strategy === strategy)));
  }

  /** The markets whose order books a round needs, each once. */
  wanted(isCheck: boolean): readonly number[] {
    return [...new Set(this.all.flatMap(desk => desk.wanted(isCheck)))];
  }

  /** Whether some wallet missed time: a market that it holds was last observed longer ago than this. */
  isOverdue(together: RoundBooks, at: EpochMs, isCheck: boolean, overdueMs: DurationMs): boolean {
    return this.all.some(desk => desk.isOverdue(this.booksOf(desk, together, isCheck), at, overdueMs));
  }

  /** Decides a round for each wallet, at one moment: those on the list first, in its order. */
  decide(together: RoundBooks, at: EpochMs, isCheck: boolean, inForce: InForce): DecidedRound {
    const { settings } = inForce;
    const listed = settings.strategies.map(({ name }) => name);
    const wallets = [...new Set([...listed, ...this.desks.keys()])].flatMap(
      (strategy): readonly (readonly [string, Decided])[] => {
        const desk = this.desks.get(strategy);
        if (!desk) return [];
        const own = { ...inForce, settings: settingsFor(settings, strategy) };
        const books = this.booksOf(desk, together, isCheck);
        return [[strategy, desk.decide(books, at, isCheck, own, isListed(settings, strategy))]];
      },
    );
    this.suspensions.keep(this.all.flatMap(desk => desk.heldSymbols));
    return { inForce, wallets, isMinute: wallets.some(([, { minutes }]) => minutes.length > 0) };
  }

  /**
   * The changes that a decided round makes, at the current rates. Wallets that are off the list and
   * empty are gone afterwards.
   */
  change({ wallets, inForce }: DecidedRound, rates: RateOf | null): readonly WalletChange[] {
    return wallets.map(([strategy, decided]) => {
      const desk = this.desks.get(strategy)!;
      const change = desk.change(decided, rates);
      const isEnded = desk.held.length === 0 && !isListed(inForce.settings, strategy);
      if (isEnded) this.desks.delete(strategy);
      return { strategy, isMain: isMain(inForce.settings, strategy), isEnded, ...change };
    });
  }

  private get all(): readonly PositionDesk[] {
    return [...this.desks.values()];
  }

  /** The books of a round that a desk wants itself, and may use. */
  private booksOf(desk: PositionDesk, { books, requestedAt, sellOnly }: RoundBooks, isCheck: boolean): BooksTogether {
    const wanted = new Set(desk.wanted(isCheck));
    const isOwn = (market: number) => wanted.has(market) && (desk.isHeld(market) || !sellOnly.has(market));
    return { requestedAt, books: new Map([...books].filter(([market]) => isOwn(market))) };
  }
}
