import type { Observable } from 'rxjs';
import type { Context } from '../lib/cross-market/context.js';
import type { TimeframeHistory } from '../lib/indicators/timeframe-history.js';
import type { CandleBroker } from '../lib/portfolio/settle.js';
import type { InForce } from '../lib/settings/settings.js';
import type { Tape } from '../lib/tape.js';
import type { UniverseData, LiveInputs, Listing } from '../lib/universe/universe.js';
import { withContext } from './context.js';
import { withIndicators } from './indicators.js';
import { strategies, type Period, type SignalTape } from './strategies.js';
import { holdPositions, type PositionChange } from './positions.js';
import { stamp } from './stamp.js';
import { stopValues } from './stop-values.js';
import { withUniverse } from './universe.js';

/**
 * Inputs of the bot. Live they come from the exchange and config.yaml, in a backtest from the
 * archive.
 */
export interface GraphInputs extends Omit<UniverseData, 'known'> {
  readonly tape$: Observable<Tape>;
  readonly settings$: Observable<InForce>;
  /**
   * Live only: data about a market besides its candles, as of a refresh, known when a tape arrives
   * (`UniverseData`).
   */
  readonly known$?: Observable<LiveInputs> | undefined;
  /** The lanes of every tape, sorted by symbol. */
  readonly listings: readonly Listing[];
  readonly period: Period;
  /** Whether each tape is used up when the next one arrives, so that its columns can be reused. */
  readonly passing?: boolean;
  /** Candles of higher timeframes from before the markets' 1-minute candles, by lane. */
  readonly timeframeHistory?: TimeframeHistory | undefined;
  /**
   * If set, tapes get context columns: for strategies that read them, and for what stores or shows
   * them, as the live scan and the export do; else a backtest saves the time.
   */
  readonly context?: Context | undefined;
  /** The initial wallet of the strategy of this name, with its broker. */
  readonly opening: (strategy: string) => CandleBroker;
}

/** First half: candles in, decisions and opportunities out. */
export const scanner = ({
  tape$,
  settings$,
  listings,
  period,
  passing,
  timeframeHistory,
  context,
  known$,
  recorded,
  reportsVerdicts,
}: Omit<GraphInputs, 'opening'>): Observable<SignalTape> =>
  tape$.pipe(
    stamp(settings$),
    withIndicators(listings.length, passing, timeframeHistory),
    withContext(context, passing),
    withUniverse(listings, { recorded, reportsVerdicts }, known$),
    strategies(listings, period),
    stopValues(),
  );

/** Second half: opportunities in, positions out. */
export const manager = (
  signals$: Observable<SignalTape>,
  { opening, period }: Pick<GraphInputs, 'opening' | 'period'>,
): Observable<PositionChange> => signals$.pipe(holdPositions(opening, period));

/** Both halves in one process. */
export const bot = (world: GraphInputs): Observable<PositionChange> => manager(scanner(world), world);
