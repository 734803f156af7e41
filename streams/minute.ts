import { last, map, scan, type Observable } from 'rxjs';
import type { Opportunity } from '../lib/portfolio/events.js';
import { DECISIONS, type DecisionName } from '../lib/strategy/decisions.js';
import { Cell, type Candle } from '../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../lib/units.js';
import type { RuleVerdict } from '../lib/universe/verdict.js';
import { scanner, type GraphInputs } from './bot.js';
import type { SignalTape } from './strategies.js';

/** The graph's results for one minute of a market. */
export interface DecidedMinute {
  /** Null in a gap. */
  readonly candle: Omit<Candle, 'market'> | null;
  readonly decision: DecisionName;
  /** Every known indicator, by key. */
  readonly indicators: Readonly<Record<string, number>>;
  /** The MACD histogram of the previous minute; null if unknown. */
  readonly histogramBefore: number | null;
  /**
   * The results of the rules at the refresh in force, in their order; empty if a stored verdict was
   * in force.
   */
  readonly verdicts: readonly RuleVerdict[];
  /** The opportunity, if the minute is one. */
  readonly opportunity: Opportunity | null;
}

const HISTOGRAM = 'macd_histogram';

const known = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value);

/** State of the tapes before the last one. */
interface Seen {
  readonly signal: SignalTape | null;
  /**
   * The histogram at the end of the tape, and of the tape before; read at once, as the next tape
   * may overwrite the columns.
   */
  readonly histogram: number | null;
  readonly histogramBefore: number | null;
  /** The lane's rule results at the refresh in force in this minute. */
  readonly verdicts: readonly RuleVerdict[];
}

const NOTHING: Seen = { signal: null, histogram: null, histogramBefore: null, verdicts: [] };

const histogramAt = ({ indicators, minutes }: SignalTape, lane: number, row: number): number | null =>
  known(indicators.get(HISTOGRAM)?.[lane * minutes + row]);

/** The results of one refresh. */
const atRefresh = (verdicts: readonly RuleVerdict[], lane: number, at: EpochMs): readonly RuleVerdict[] =>
  verdicts.filter(verdict => verdict.market === lane && verdict.at === at);

const decidedAt = ({ signal, histogramBefore, verdicts }: Seen, lane: number, at: EpochMs): DecidedMinute => {
  const { start, minutes, cell, open, high, low, close, volume, decision, indicators, opportunities } = signal!;
  const row = (at - start) / MINUTE_MS;
  const i = lane * minutes + row;
  const candle = {
    at,
    open: open[i]!,
    high: high[i]!,
    low: low[i]!,
    close: close[i]!,
    volume: volume[i]!,
    cell: cell[i]!,
  };
  const values = [...indicators].flatMap(([key, column]) => {
    const value = known(column[i]);
    return value === null ? [] : [[key, value] as const];
  });
  return {
    candle: cell[i] === Cell.absent ? null : candle,
    decision: DECISIONS[decision[i]!]!,
    indicators: Object.fromEntries(values),
    histogramBefore: row > 0 ? histogramAt(signal!, lane, row - 1) : histogramBefore,
    verdicts,
    opportunity: opportunities.find(found => found.market === lane && found.at === at) ?? null,
  };
};

/**
 * The scanner graph's results for one minute of a lane, computed from tapes that end with that
 * minute, as a run that goes on from there computes them. Emits that one value; fails with
 * `EmptyError` if there is no tape.
 *
 *     tape      a--b--c|
 *     minute    -------(m|)    the last one of c
 */
export const decidedMinute = (
  world: Omit<GraphInputs, 'opening'>,
  lane: number,
  at: EpochMs,
): Observable<DecidedMinute> =>
  scanner({ ...world, reportsVerdicts: true }).pipe(
    scan((before: Seen, signal): Seen => {
      const { refreshMs } = signal.settings.filtering;
      const refresh = Math.floor((at + MINUTE_MS) / refreshMs) * refreshMs;
      const refreshed = atRefresh(signal.verdicts ?? [], lane, refresh);
      return {
        signal,
        histogram: histogramAt(signal, lane, signal.minutes - 1),
        histogramBefore: before.histogram,
        verdicts: refreshed.length > 0 ? refreshed : before.verdicts,
      };
    }, NOTHING),
    last(),
    map(seen => decidedAt(seen, lane, at)),
  );
