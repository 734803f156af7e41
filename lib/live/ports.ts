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
import type { Rank } from '../exchange/gate.js';
import type { Primes } from '../indicators/primes.js';
import type { ExchangeListing } from '../listings/listings.js';
import type { CoinsAnswer } from '../market-caps/coin.js';
import type { MarketCap } from '../market-caps/market-caps.js';
import type { BookChange, DeskOpening } from '../position/desk.js';
import type { Opportunity, PositionEvent, Trade } from '../position/events.js';
import type { RateOf } from '../position/portfolio.js';
import type { PortfolioState } from '../position/restore.js';
import type { DiskSpace } from '../retention/disk.js';
import type { MonthOutcome } from '../retention/plan.js';
import type { FilteringSettings, InForce, IndicatorSettings } from '../settings/settings.js';
import type { Tape } from '../tape.js';
import type { Tracked } from '../universe/tracked.js';
import type { LaneVerdicts } from '../universe/recorded.js';
import type { RuleVerdict } from '../universe/verdict.js';
import type { Listing } from '../universe/universe.js';
import type { DurationMs, EpochMs, Ratio } from '../units.js';
import type { CoinChange, MarketRow, OwnCoins } from './directory.js';
import type { LaneStart } from './lanes.js';
import type { Stretch } from './primes.js';
import type { Scan } from './scans.js';
import type { Snapshot } from './snapshots.js';

/** The exchange's clock and ours. */
export interface Clock {
  /** The exchange's time. */
  readonly now: () => EpochMs;
  /** How many times faster than ours it runs. */
  readonly speed: number;
  /** Our own time, from any beginning; it never jumps. */
  readonly elapsed: () => DurationMs;
}

/** The exchange's public market data. A request is cancelled when its answer is unsubscribed from. */
export interface MarketSource {
  markets(): ObservableInput<MarketsAnswer>;
  /** All markets in one request. */
  tickers(): ObservableInput<TickersAnswer>;
  /** Closed candles of `minutes` that open at or after `since`. */
  candles(symbol: string, minutes: number, since: EpochMs, rank?: Rank): ObservableInput<OhlcAnswer>;
  /** A page of trades. */
  trades(symbol: string, sinceNs: string): ObservableInput<TradesAnswer>;
  /** At most `depth` levels a side. */
  book(symbol: string, depth: number, rank: Rank): ObservableInput<OrderBook>;
}

/** What others than the exchange know of coins. */
export interface CoinSource {
  /** The largest coins with their market capitalisations, down to what the settings make of interest. */
  caps(filtering: FilteringSettings): ObservableInput<CoinsAnswer>;
  /** What these other exchanges list. */
  listings(exchanges: readonly string[]): ObservableInput<readonly ExchangeListing[]>;
}

/** What is stored of markets and their coins. */
export interface MarketStore {
  markets(): ObservableInput<readonly MarketRow[]>;
  /** By base: what an earlier process stored. */
  caps(): ObservableInput<ReadonlyMap<string, MarketCap>>;
  /** The user's own names and sectors. */
  ownCoins(): ObservableInput<OwnCoins>;
  saveCoins(changes: readonly CoinChange[]): ObservableInput<unknown>;
  /** The symbols that the run holds. */
  held(): ObservableInput<readonly string[]>;
}

/** Markets that are to be followed, as they are stored. */
export interface OpenedMarkets extends Tracked {
  /** By lane: those that are decided on, then those that only give prices. */
  readonly symbols: readonly string[];
  readonly ids: readonly number[];
  readonly listings: readonly Listing[];
  /** Where each lane goes on. */
  readonly starts: readonly LaneStart[];
  readonly period: { readonly from: EpochMs; readonly to: EpochMs };
  /** By lane: the first minute that is to be decided on. A kill leaves some markets a minute further than others. */
  readonly undecided: readonly EpochMs[];
  /** By lane: what this run said of the market at the refreshes since the last candle that it decided on. */
  readonly said: readonly LaneVerdicts[];
  /** By lane: whether the run holds it. */
  readonly held: readonly boolean[];
}

/** Markets that are followed, with all that is stored of them. */
export interface Session extends OpenedMarkets {
  readonly primes: Primes | undefined;
  /** The stored tapes of the warm-up. */
  readonly stored: () => AsyncIterable<Tape> | Iterable<Tape>;
}

/** Recovery: where a run goes on. */
export interface RecoveryStore {
  /** Stores the markets that are new, makes their partitions, and reads where each of them stands. */
  open(tracked: Tracked, markets: readonly ExchangeMarket[]): ObservableInput<OpenedMarkets>;
  /** The candles of higher timeframes that are stored for the time before the warm-up, and the minutes that they lead to. */
  primes(opened: OpenedMarkets, indicators: IndicatorSettings): ObservableInput<StoredPrimes>;
  savePrimes(marketId: number, minutes: number, rows: OhlcAnswer['rows']): ObservableInput<unknown>;
  /** What is stored of them once all candles of higher timeframes are that could be had. */
  session(opened: OpenedMarkets, indicators: IndicatorSettings): ObservableInput<Session>;
}

export interface StoredPrimes {
  readonly known: Primes | undefined;
  /** By lane; undefined where no minute is stored. */
  readonly stretches: readonly (Stretch | undefined)[];
}

/** What a tape came to, to be stored: its scans in order, each whole or not at all, none before the verdicts that they go by. */
export interface ScansToStore {
  readonly configurationId: number;
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
  /** Of the market, this one included. */
  readonly count: number;
}

/** Which markets' indicators agree with the reference, by lane. */
export interface Verification {
  readonly agreeing: ReadonlySet<number>;
  readonly differences: readonly Difference[];
  /** Markets that were compared. */
  readonly markets: number;
}

/** Where the scanner keeps what it finds. */
export interface ScanStore {
  save(found: ScansToStore): ObservableInput<unknown>;
  /** The minutes from ≤ t < to of a market, all of them stored, are confirmed (semantics §1). */
  saveConfirmed(marketId: number, from: EpochMs, to: EpochMs): ObservableInput<unknown>;
  saveSnapshots(snapshots: readonly Snapshot[]): ObservableInput<unknown>;
  /** Compares the indicators of the first `traded` lanes with the reference, on their last stored candles up to `now`. */
  verify(opened: OpenedMarkets, indicators: IndicatorSettings, now: EpochMs): ObservableInput<Verification>;
}

/** What became of old months, or why nothing did. */
export type RetentionOutcome =
  | { readonly kind: 'months'; readonly months: readonly MonthOutcome[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** Work that is due now and then. */
export interface Maintenance {
  /** Makes the partitions of the weeks to come. */
  makePartitions(at: EpochMs): ObservableInput<unknown>;
  /** Drops what is too old, archived before where that is configured. */
  retain(at: EpochMs, inForce: InForce): ObservableInput<RetentionOutcome>;
  /** The room on the database's disk; null where it is not ours, or cannot be measured. */
  disk(): ObservableInput<DiskSpace | null>;
}

/** The exchange's answers at a start. */
export interface FirstAnswers {
  readonly markets: MarketsAnswer;
  readonly tickers: TickersAnswer;
}

/** All that a live scanner works with. */
export interface ScannerPorts {
  readonly clock: Clock;
  /** The settings in force: emits them on subscription, then after each edit. */
  readonly settings$: Observable<InForce>;
  readonly exchange: MarketSource & { readonly name: string; readonly history: CandleHistory };
  /** Whether the exchange is a simulated one, whose coins no other source lists. */
  readonly isSimulated: boolean;
  /** Markets whose candles may be requested in a minute. */
  readonly perMinute: number;
  /** Asks for the exchange's time, its markets and their tickers. */
  readonly contact: () => ObservableInput<FirstAnswers>;
  /** Jitter, from 0 up to 1. */
  readonly random: () => Ratio;
  readonly coins: CoinSource;
  readonly markets: MarketStore;
  readonly recovery: RecoveryStore;
  readonly scans: ScanStore;
  readonly maintenance: Maintenance;
}

/** Where a portfolio goes on: what is stored, with the time that was missed made up for. */
export interface OpenedPortfolio extends DeskOpening {
  /** By lane. */
  readonly symbols: readonly string[];
  readonly ids: readonly number[];
  /** Of the state that is stored. */
  readonly version: number;
  /** Until when missed time was made up for; null where none was missed. */
  readonly madeUpUntil: EpochMs | null;
  /** What the portfolio's currency pays for a unit of each market's quote currency. */
  readonly rates: RateOf;
}

/** How a portfolio is opened. */
export interface OpenPortfolio extends InForce {
  /** Whether the exchange lists a market: no candles are waited for of one that it does not. */
  readonly isListed: (symbol: string) => boolean;
  /** Time was missed where something that is held was not looked at for longer than this. */
  readonly missedAfterMs: DurationMs;
}

/** Where a round's change is stored. */
export interface ChangeToStore {
  readonly configurationId: number;
  readonly ids: readonly number[];
  /** One more than that of the state before. */
  readonly version: number;
  readonly change: BookChange;
  /** What it led to. */
  readonly state: PortfolioState;
}

/** What happens while missed time is made up for; `symbols` are those of the lanes. */
export type CatchUpEvent =
  /** This happened to the portfolio, and is stored. */
  | { readonly kind: 'made_up'; readonly events: readonly PositionEvent[]; readonly symbols: readonly string[] }
  /** The scanner has not fetched the candles of these markets yet. */
  | { readonly kind: 'waits_for_candles'; readonly symbols: readonly string[] }
  | { readonly kind: 'candles_missing'; readonly symbols: readonly string[] }
  | { readonly kind: 'no_missed_trades'; readonly symbol: string; readonly reason: string }
  /** All time is made up for: since when each held market was not watched, and until when. */
  | {
      readonly kind: 'caught_up';
      readonly since: EpochMs;
      readonly until: EpochMs;
      readonly missed: readonly { readonly symbol: string; readonly at: EpochMs }[];
    }
  /** Nothing tells what the currency of a held market is worth. */
  | { readonly kind: 'no_rate'; readonly symbol: string };

/** What is stored of a live portfolio. */
export interface PositionStore {
  /** Emits what happens on the way, and the portfolio last. */
  open(
    options: OpenPortfolio,
  ): ObservableInput<CatchUpEvent | { readonly kind: 'opened'; readonly opened: OpenedPortfolio }>;
  /** The opportunities that are not decided yet, the oldest first. */
  pending(ids: readonly number[]): ObservableInput<readonly Opportunity[]>;
  /** The rates as they are now. */
  rates(opened: OpenedPortfolio): ObservableInput<RateOf>;
  save(change: ChangeToStore): ObservableInput<unknown>;
  /** Whether the portfolio has to be opened anew: other markets are listed, or candles came of what was not seen. */
  isOutdated(opened: OpenedPortfolio, open: readonly Trade[]): ObservableInput<boolean>;
  /** Stores what the run came to so far. */
  measure(at: EpochMs, configurationId: number): ObservableInput<unknown>;
}

/** All that a live position manager works with. */
export interface PositionsPorts {
  readonly clock: Clock;
  readonly settings$: Observable<InForce>;
  readonly random: () => Ratio;
  /** Asks for the exchange's time and its list of markets. */
  readonly contact: () => ObservableInput<MarketsAnswer>;
  readonly exchange: Pick<MarketSource, 'markets' | 'book'>;
  /** Fires where there may be new opportunities. */
  readonly nudge$: Observable<unknown>;
  readonly portfolio: PositionStore;
}
