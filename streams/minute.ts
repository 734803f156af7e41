import { last, map, scan, type Observable } from 'rxjs';
import type { Opportunity } from '../lib/portfolio/events.js';
import { settingsFor } from '../lib/settings/settings-for.js';
import { columnsOf, comparisonsOf, laggedIn, valueNameOf, type Lagged } from '../lib/strategy/condition.js';
import { decisionsOf } from '../lib/strategy/decisions.js';
import { columnNamed } from '../lib/strategy/evaluator.js';
import type { StrategySetup } from '../lib/strategy/setup.js';
import { Cell, type Candle } from '../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../lib/units.js';
import type { RuleVerdict } from '../lib/universe/verdict.js';
import { scanner, type GraphInputs } from './bot.js';
import type { SignalTape, StrategySignal } from './strategies.js';

/** The graph's results for one minute of a market. */
export interface DecidedMinute {
  /** Null in a gap. */
  readonly candle: Omit<Candle, 'market'> | null;
  /** One of the first strategy's decisions. */
  readonly decision: string;
  /** Whether an exit of the first strategy held; null if it has none. */
  readonly hasExit: boolean | null;
  /** Every known indicator, by key. */
  readonly indicators: Readonly<Record<string, number>>;
  /** The values of earlier minutes that the strategy reads, by name; null if unknown. */
  readonly before: Readonly<Record<string, number | null>>;
  /**
   * The results of the rules at the refresh in force, in their order; empty if a stored verdict was
   * in force.
   */
  readonly verdicts: readonly RuleVerdict[];
  /** The opportunity, if the minute is one. */
  readonly opportunity: Opportunity | null;
  /** What the other strategies decided, by name. */
  readonly others: readonly { readonly strategy: string; readonly decision: string }[];
}

const known = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value);

/** State of the tapes before the last one. */
interface Seen {
  readonly signal: SignalTape | null;
  /**
   * Values of the lane's last minutes by column, the newest last; read at once, as the next tape may
   * overwrite the columns.
   */
  readonly lately: ReadonlyMap<string, readonly number[]>;
  /** Those before the last tape. */
  readonly earlier: ReadonlyMap<string, readonly number[]>;
  /** The lane's rule results at the refresh in force in this minute. */
  readonly verdicts: readonly RuleVerdict[];
}

const NOTHING: Seen = { signal: null, lately: new Map(), earlier: new Map(), verdicts: [] };

/** The columns of earlier candles that a strategy reads. */
const laggedOf = ({ name, strategy }: StrategySetup, { settings }: SignalTape): readonly Lagged[] =>
  laggedIn(columnsOf(comparisonsOf(strategy, settingsFor(settings, name))));

/** The lane's last values of each of those columns, as many as the strategy looks back. */
const latelyIn = (
  signal: SignalTape,
  lane: number,
  before: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, readonly number[]> => {
  const lately = new Map<string, readonly number[]>();
  for (const { column, lag } of laggedOf(signal.signals[0]!.setup, signal)) {
    const values = columnNamed(signal, column)?.subarray(lane * signal.minutes, (lane + 1) * signal.minutes) ?? [];
    const kept = Math.max(lag, lately.get(column)?.length ?? 0);
    lately.set(column, [...(before.get(column) ?? []), ...values.slice(-kept)].slice(-kept));
  }
  return lately;
};

/** The results of one refresh. */
const atRefresh = (verdicts: readonly RuleVerdict[], lane: number, at: EpochMs): readonly RuleVerdict[] =>
  verdicts.filter(verdict => verdict.market === lane && verdict.at === at);

const decidedAt = ({ signal, earlier, verdicts }: Seen, lane: number, at: EpochMs): DecidedMinute => {
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
  const [{ setup, exits }, ...shadows] = signal!.signals as readonly [StrategySignal, ...StrategySignal[]];
  const ofMinute = signal!.candles.get(1)!;
  const before = laggedOf(setup, signal!).map(({ column, lag }) => {
    const value =
      row >= lag
        ? columnNamed(signal!, column)?.[i - lag]
        : earlier.get(column)?.[earlier.get(column)!.length - (lag - row)];
    return [valueNameOf({ column, lag }), ofMinute[i]! > lag ? known(value) : null] as const;
  });
  const values = [...indicators, ...(signal!.context ?? [])].flatMap(([key, column]) => {
    const value = known(column[i]);
    return value === null ? [] : [[key, value] as const];
  });
  return {
    candle: cell[i] === Cell.absent ? null : candle,
    decision: decisionsOf(setup.strategy)[decision[i]!]!,
    hasExit: exits && exits[i] === 1,
    indicators: Object.fromEntries(values),
    before: Object.fromEntries(before),
    verdicts,
    opportunity: opportunities.find(found => found.market === lane && found.at === at) ?? null,
    others: shadows.map(other => ({
      strategy: other.setup.name,
      decision: decisionsOf(other.setup.strategy)[other.decision[i]!]!,
    })),
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
        lately: latelyIn(signal, lane, before.lately),
        earlier: before.lately,
        verdicts: refreshed.length > 0 ? refreshed : before.verdicts,
      };
    }, NOTHING),
    last(),
    map(seen => decidedAt(seen, lane, at)),
  );
