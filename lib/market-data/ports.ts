import type { Observable, ObservableInput } from 'rxjs';
import type {
  MarketsAnswer,
  OhlcAnswer,
  OrderBook,
  TickersAnswer,
  TradesAnswer,
  ExchangeMarket,
} from '../exchange/ports.js';
import type { CandleHistory } from '../exchange/candle-history.js';
import type { Priority } from '../exchange/request-budget.js';
import type { TimeframeHistory } from '../indicators/timeframe-history.js';
import type { ExchangeListing } from '../reference/listings.js';
import type { CoinsAnswer } from '../reference/coin.js';
import type { MarketCap } from '../reference/market-caps.js';
import type {
  OpportunitiesByStrategy,
  WalletChange,
  WalletOpening,
  WaitsForExit,
  WalletExitSignal,
} from '../portfolio/desks.js';
import type { PositionEvent, Trade } from '../portfolio/events.js';
import type { RateOf } from '../portfolio/portfolio.js';
import type { PortfolioState } from '../portfolio/restore.js';
import type { DiskSpace } from '../ops/disk.js';
import type { MonthOutcome } from '../ops/plan.js';
import type { FilteringSettings, InForce, IndicatorSettings } from '../settings/settings.js';
import type { Tape } from '../tape.js';
import type { Tracked } from '../universe/tracked.js';
import type { LaneVerdicts } from '../universe/recorded.js';
import type { RuleVerdict } from '../universe/verdict.js';
import type { Listing } from '../universe/universe.js';
import type { DurationMs, EpochMs, Ratio } from '../units.js';
import type { CoinChange, MarketRow, OwnCoins } from './directory.js';
import type { LaneStart } from './lanes.js';
import type { StoredStretch } from './timeframe-history.js';
import type { Scan } from './scans.js';
import type { Snapshot } from './snapshots.js';

/** The exchange's clock and ours. */
export interface Clock {
  /** The exchange's time. */
  readonly now: () => EpochMs;
  /** How many times faster than ours it runs. */
  readonly speed: number;
  /** Our own time since an arbitrary moment; it never jumps. */
  readonly elapsed: () => DurationMs;
}

/** The exchange's public market data. Unsubscribing cancels the request. */
export interface MarketSource {
  markets(): ObservableInput<MarketsAnswer>;
  /** All markets in one request. */
  tickers(): ObservableInput<TickersAnswer>;
  /** Closed candles of `minutes` that open at or after `since`. */
  candles(symbol: string, minutes: number, since: EpochMs, rank?: Priority): ObservableInput<OhlcAnswer>;
  /** A page of trades. */
  trades(symbol: string, sinceNs: string): ObservableInput<TradesAnswer>;
  /** At most `depth` levels a side. */
  book(symbol: string, depth: number, rank: Priority): ObservableInput<OrderBook>;
}

/** Facts about coins from other sources than the exchange. */
export interface CoinSource {
  /**
   * The largest coins with their market caps, down to the smallest that matters for the settings.
   */
  caps(filtering: FilteringSettings): ObservableInput<CoinsAnswer>;
  /** The listings of these other exchanges. */
  listings(exchanges: readonly string[]): ObservableInput<readonly ExchangeListing[]>;
}

/** The stored markets and coins. */
export interface MarketStore {
  markets(): ObservableInput<readonly MarketRow[]>;
  /** The market caps that an earlier process stored, by base. */
  caps(): ObservableInput<ReadonlyMap<string, MarketCap>>;
  /** The user's own names and sectors. */
  ownCoins(): ObservableInput<OwnCoins>;
  saveCoins(changes: readonly CoinChange[]): ObservableInput<unknown>;
  /** The symbols that the run holds. */
  held(): ObservableInput<readonly string[]>;
}

/** Markets to follow, as they are stored. */
export interface OpenedMarkets extends Tracked {
  /** By lane: the traded markets, then those that only give prices. */
  readonly symbols: readonly string[];
  readonly ids: readonly number[];
  readonly listings: readonly Listing[];
  /** Where each lane resumes. */
  readonly starts: readonly LaneStart[];
  readonly period: { readonly from: EpochMs; readonly to: EpochMs };
  /**
   * By lane: the first minute without a decision. A kill leaves some markets a minute ahead of
   * others.
   */
  readonly undecided: readonly EpochMs[];
  /** By lane: this run's verdicts on the market since its last decided candle. */
  readonly said: readonly LaneVerdicts[];
  /** By lane: whether the run holds it. */
  readonly held: readonly boolean[];
}

/** Followed markets, with all that is stored of them. */
export interface Session extends OpenedMarkets {
  readonly timeframeHistory: TimeframeHistory | undefined;
  /** The stored tapes of the warm-up. */
  readonly stored: () => AsyncIterable<Tape> | Iterable<Tape>;
}

/** Recovery: where a run resumes. */
export interface RecoveryStore {
  /** Stores new markets, creates partitions, and reads the state of each market. */
  open(tracked: Tracked, markets: readonly ExchangeMarket[]): ObservableInput<OpenedMarkets>;
  /**
   * The stored candles of higher timeframes from before the warm-up, and the stored minutes that
   * follow them.
   */
  timeframeHistory(opened: OpenedMarkets, indicators: IndicatorSettings): ObservableInput<StoredTimeframes>;
  savePrimes(marketId: number, minutes: number, rows: OhlcAnswer['rows']): ObservableInput<unknown>;
  /**
   * All that is stored of the markets; call after the available candles of higher timeframes are
   * stored.
   */
  session(opened: OpenedMarkets, indicators: IndicatorSettings): ObservableInput<Session>;
}

/** The stored candles of higher timeframes, and the minutes that they precede. */
export interface StoredTimeframes {
  readonly known: TimeframeHistory | undefined;
  /** By lane; undefined without stored minutes. */
  readonly stretches: readonly (StoredStretch | undefined)[];
}

/**
 * A tape's results to store: its scans in order, each in one transaction, none before the verdicts
 * that it uses.
 */
export interface ScansToStore {
  readonly configurationId: number;
  /** The name of the main strategy. */
  readonly strategy: string;
  /** The strategies' versions in force (`InForce`). */
  readonly versions?: ReadonlyMap<string, number>;
  /** The market ids by lane. */
  readonly ids: readonly number[];
  readonly scans: readonly Scan[];
  readonly verdicts: readonly RuleVerdict[];
}

/** A value that differs from the reference's. */
export interface Difference {
  readonly market: number;
  readonly key: string;
  readonly at: EpochMs;
  readonly ours: number;
  readonly reference: number;
  /** The differences of the market, this one included. */
  readonly count: number;
}

/** Which markets' indicators agree with the reference, by lane. */
export interface Verification {
  readonly agreeing: ReadonlySet<number>;
  readonly differences: readonly Difference[];
  /** Markets that were compared. */
  readonly markets: number;
}

/** Where the scanner stores its results. */
export interface ScanStore {
  save(found: ScansToStore): ObservableInput<unknown>;
  /** Marks the stored minutes from ≤ t < to of a market as confirmed (semantics §1). */
  saveConfirmed(marketId: number, from: EpochMs, to: EpochMs): ObservableInput<unknown>;
  saveSnapshots(snapshots: readonly Snapshot[]): ObservableInput<unknown>;
  /**
   * Compares the indicators of the first `traded` lanes with the reference, on their latest stored
   * candles up to `now`.
   */
  verify(opened: OpenedMarkets, indicators: IndicatorSettings, now: EpochMs): ObservableInput<Verification>;
}

/** The outcome for old months, or why there is none. */
export type RetentionOutcome =
  | { readonly kind: 'months'; readonly months: readonly MonthOutcome[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** Periodic work. */
export interface Maintenance {
  /** Creates the partitions of the coming weeks. */
  makePartitions(at: EpochMs): ObservableInput<unknown>;
  /** Drops old months, after archiving them if configured. */
  retain(at: EpochMs, inForce: InForce): ObservableInput<RetentionOutcome>;
  /** Free space on the database's disk; null if it is not ours or cannot be measured. */
  disk(): ObservableInput<DiskSpace | null>;
}

/** The exchange's answers at a start. */
export interface FirstAnswers {
  readonly markets: MarketsAnswer;
  readonly tickers: TickersAnswer;
}

/** The ports of a live scanner. */
export interface ScannerPorts {
  readonly clock: Clock;
  /** The current settings: emits them on subscription, then after each edit. */
  readonly settings$: Observable<InForce>;
  /**
   * Records the strategies that decide from now on; answers with the ids of their versions by name.
   */
  readonly recordStrategies: (inForce: InForce) => ObservableInput<ReadonlyMap<string, number>>;
  readonly exchange: MarketSource & { readonly name: string; readonly history: CandleHistory };
  /** Whether the exchange is simulated: no other source lists its coins. */
  readonly isSimulated: boolean;
  /** Markets whose candles may be requested in a minute. */
  readonly perMinute: number;
  /** Requests the exchange's time, its markets and their tickers. */
  readonly contact: () => ObservableInput<FirstAnswers>;
  /** Jitter, from 0 up to 1. */
  readonly random: () => Ratio;
  readonly coins: CoinSource;
  readonly markets: MarketStore;
  readonly recovery: RecoveryStore;
  readonly scans: ScanStore;
  readonly maintenance: Maintenance;
}

/** A strategy's wallet as it resumes: the stored state, after replaying the missed time. */
export interface OpenedWallet extends WalletOpening {
  /** The version of the stored state. */
  readonly version: number;
  /** The end of the replayed time; null if none was missed. */
  readonly madeUpUntil: EpochMs | null;
}

/** The wallets as they resume: those of the strategies on the list, and others that hold something. */
export interface OpenedWallets {
  /** By lane. */
  readonly symbols: readonly string[];
  readonly ids: readonly number[];
  readonly wallets: readonly OpenedWallet[];
  /** The price of each market's quote currency in the portfolio's currency. */
  readonly rates: RateOf;
}

/** Options for opening the wallets. */
export interface OpenWallets extends InForce {
  /** Whether the exchange lists a market: candles of an unlisted one are not awaited. */
  readonly isListed: (symbol: string) => boolean;
  /** Time was missed if an open trade was not checked for longer than this. */
  readonly missedAfterMs: DurationMs;
}

/** A round's change of a wallet to store. */
export interface ChangeToStore {
  readonly configurationId: number;
  readonly ids: readonly number[];
  /** One more than the wallet's former state's. */
  readonly version: number;
  readonly change: WalletChange;
  /** The resulting state. */
  readonly state: PortfolioState;
}

/** Events while missed time is replayed; `symbols` are those of the lanes. */
export type CatchUpEvent =
  /** Replayed events of a wallet, which are stored. */
  | {
      readonly kind: 'made_up';
      readonly strategy: string;
      readonly isMain: boolean;
      readonly events: readonly PositionEvent[];
      readonly symbols: readonly string[];
    }
  /** The scanner has not fetched the candles of these markets yet. */
  | { readonly kind: 'waits_for_candles'; readonly symbols: readonly string[] }
  | { readonly kind: 'candles_missing'; readonly symbols: readonly string[] }
  | { readonly kind: 'no_missed_trades'; readonly symbol: string; readonly reason: string }
  /** A wallet's replay is complete: since when each held market was not checked, and until when. */
  | {
      readonly kind: 'caught_up';
      readonly strategy: string;
      readonly isMain: boolean;
      readonly since: EpochMs;
      readonly until: EpochMs;
      readonly missed: readonly { readonly symbol: string; readonly at: EpochMs }[];
    }
  /** The currency of a held market has no rate. */
  | { readonly kind: 'no_rate'; readonly symbol: string };

/** The store of the wallets of a live run. */
export interface PositionStore {
  /** Emits the events of the replay, then the wallets. */
  open(
    options: OpenWallets,
  ): ObservableInput<CatchUpEvent | { readonly kind: 'opened'; readonly opened: OpenedWallets }>;
  /** Pending opportunities by strategy, the oldest first. */
  pending(ids: readonly number[]): ObservableInput<OpportunitiesByStrategy>;
  /** The exit signals of open trades, ascending; `ids` are the market ids by lane. */
  exitSignals(ids: readonly number[], open: readonly WaitsForExit[]): ObservableInput<readonly WalletExitSignal[]>;
  /** Expires the opportunities of strategies without a wallet, as far as their age demands it. */
  expire(strategies: readonly string[], inForce: InForce): ObservableInput<unknown>;
  /** The current rates. */
  rates(opened: OpenedWallets): ObservableInput<RateOf>;
  save(change: ChangeToStore): ObservableInput<unknown>;
  /**
   * Whether the wallets have to be reopened: the listed markets changed, or candles of missed time
   * arrived.
   */
  isOutdated(opened: OpenedWallets, open: readonly Trade[]): ObservableInput<boolean>;
  /** Stores the metrics of a strategy's wallet so far. */
  measure(strategy: string, at: EpochMs, configurationId: number): ObservableInput<unknown>;
}

/** The ports of a live position manager. */
export interface PositionsPorts {
  readonly clock: Clock;
  readonly settings$: Observable<InForce>;
  readonly random: () => Ratio;
  /** Requests the exchange's time and its list of markets. */
  readonly contact: () => ObservableInput<MarketsAnswer>;
  readonly exchange: Pick<MarketSource, 'markets' | 'book'>;
  /** Fires when there may be new opportunities. */
  readonly nudge$: Observable<unknown>;
  readonly portfolio: PositionStore;
}
