import type { Opportunity, WithheldReason } from '../portfolio/events.js';
import type { Candles } from './candles.js';
import { Decision, decisionsOf } from '../strategy/decisions.js';
import type { StrategySetup } from '../strategy/setup.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs, type Price, type SizeBase } from '../units.js';
import type { LaneRows, TapeEvent } from './events.js';

/** A closed minute of a market, with the caller's decision whether it is quiet or suspect. */
export interface LiveCandle {
  readonly marketId: number;
  /** Open time, a whole minute. */
  readonly at: EpochMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  readonly volume: SizeBase;
  readonly vwap: Price | null;
  /** Null if unknown. */
  readonly trades: number | null;
  readonly quiet: boolean;
  readonly suspect: boolean;
}

/** The decision on a stored candle. */
export interface StoredDecision {
  readonly marketId: number;
  /** Open time of the candle. */
  readonly at: EpochMs;
  /** One of the main strategy's decisions. */
  readonly decision: string;
  /** The decisions of the shadow strategies by name; missing without any. */
  readonly shadows?: Readonly<Record<string, string>>;
  /** The strategies with an exit signal; missing if there is none. */
  readonly exits?: readonly string[];
  /** By indicator key; values that are not finite count as null and are left out. */
  readonly indicators: Readonly<Record<string, number>>;
}

/**
 * An opportunity, and why it is rejected at once, if it is: the reason is stored and it is not
 * handed over.
 */
export interface FoundOpportunity extends Opportunity {
  /** The name of its strategy; default the main one. */
  readonly strategy?: string;
  readonly withheld?: WithheldReason | null;
}

/** A tape's results, stored in one transaction. */
export interface Scan {
  readonly candles: readonly LiveCandle[];
  readonly source: 'ohlc' | 'trades';
  /** For candles that are stored or among `candles`. */
  readonly decisions: readonly StoredDecision[];
  readonly opportunities: readonly FoundOpportunity[];
  /** When the decisions were made, by the exchange's clock; missing if unknown. */
  readonly decidedAt?: EpochMs;
}

/** An opportunity with the name of its strategy. */
export interface NamedOpportunity extends Opportunity {
  readonly strategy: string;
}

/** What a strategy decided on a tape. */
export interface DecidedBy {
  readonly setup: Pick<StrategySetup, 'name' | 'strategy'>;
  /** For each cell the code of one of the strategy's decisions. */
  readonly decision: Uint8Array;
  readonly opportunities: readonly Opportunity[];
  /** 1 for each cell with an exit signal; null for a strategy without exits. */
  readonly exits: Uint8Array | null;
}

/** A tape with its values by cell. */
export interface MeasuredTape extends Tape {
  /** By key, a value for each cell; NaN if unknown. */
  readonly indicators: ReadonlyMap<string, Float64Array>;
  readonly context?: ReadonlyMap<string, Float64Array>;
  /** One of `Verdict` for each cell. */
  readonly verdict: Uint8Array;
}

/** A tape with the decisions of the scanner's graph. */
export interface DecidedTape extends MeasuredTape {
  /** Of each strategy, the main one first. */
  readonly signals: readonly DecidedBy[];
}

/**
 * From this many rows on, the next minute begins another transaction; a minute's rows are never
 * split.
 */
const MAX_ROWS = 600;

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

const candleOf = (marketId: number, rows: Candles, i: number): LiveCandle => ({
  marketId,
  at: rows.at[i]!,
  open: rows.open[i]!,
  high: rows.high[i]!,
  low: rows.low[i]!,
  close: rows.close[i]!,
  volume: rows.volume[i]!,
  vwap: orNull(rows.vwap[i]!),
  trades: orNull(rows.trades[i]!),
  quiet: rows.quiet[i] === 1,
  suspect: rows.suspect[i] === 1,
});

/** Rows of one lane as candles of a market; `ids` are the market ids by lane. */
export const candlesOf = ({ market, candles }: LaneRows, ids: readonly number[]): readonly LiveCandle[] =>
  Array.from({ length: candles.length }, (_, i) => candleOf(ids[market]!, candles, i));

/** The values of a cell of a tape, by the keys of indicators and context; NaN if unknown. */
export const indicatorsAt = (
  { indicators, context }: Pick<MeasuredTape, 'indicators' | 'context'>,
  cell: number,
): Readonly<Record<string, number>> => {
  const values: Record<string, number> = {};
  for (const [key, column] of [...indicators, ...(context ?? [])]) values[key] = column[cell]!;
  return values;
};

interface Minute {
  readonly candles: LiveCandle[];
  readonly decisions: StoredDecision[];
  readonly opportunities: NamedOpportunity[];
}

/** The opportunities of all strategies, those of the main one first. */
export const opportunitiesOf = ({ signals }: Pick<DecidedTape, 'signals'>): readonly NamedOpportunity[] =>
  signals.flatMap(({ setup: { name }, opportunities }) => opportunities.map(one => ({ ...one, strategy: name })));

/**
 * A tape's results as transactions of limited size, in the order of time. Decisions are stored with
 * their candles; decisions on minutes before a lane's `undecided` are left out, since an earlier
 * process stored them.
 */
export const scansOf = (
  event: Pick<TapeEvent, 'rows'>,
  signal: DecidedTape,
  ids: readonly number[],
  undecided: readonly EpochMs[],
): readonly Scan[] => {
  const [main, ...shadows] = signal.signals.map(({ setup: { name, strategy }, decision }) => {
    const names = decisionsOf(strategy);
    return { name, decision, at: (cell: number): string => names[decision[cell]!]! };
  });
  const shadowsAt = (cell: number): Pick<StoredDecision, 'shadows'> =>
    shadows.length === 0 ? {} : { shadows: Object.fromEntries(shadows.map(({ name, at }) => [name, at(cell)])) };
  const exiting = signal.signals.flatMap(({ setup: { name }, exits }) => (exits ? [{ name, exits }] : []));
  const exitsAt = (cell: number): Pick<StoredDecision, 'exits'> => {
    const names = exiting.filter(({ exits }) => exits[cell] === 1).map(({ name }) => name);
    return names.length === 0 ? {} : { exits: names };
  };
  const minutes = new Map<EpochMs, Minute>();
  const minuteAt = (at: EpochMs): Minute => {
    const there = minutes.get(at) ?? { candles: [], decisions: [], opportunities: [] };
    minutes.set(at, there);
    return there;
  };
  const repaired: LiveCandle[] = [];
  for (const rows of event.rows)
    for (const candle of candlesOf(rows, ids))
      if (rows.source === 'trades') repaired.push(candle);
      else minuteAt(candle.at).candles.push(candle);
  for (let cell = 0; main && cell < signal.cell.length; cell++) {
    if (signal.cell[cell] === Cell.absent || main.decision[cell] === Decision.outside) continue;
    const market = Math.floor(cell / signal.minutes);
    const at = signal.start + (cell - market * signal.minutes) * MINUTE_MS;
    if (at < undecided[market]!) continue;
    minuteAt(at).decisions.push({
      marketId: ids[market]!,
      at,
      decision: main.at(cell),
      ...shadowsAt(cell),
      ...exitsAt(cell),
      indicators: indicatorsAt(signal, cell),
    });
  }
  for (const opportunity of opportunitiesOf(signal))
    if (opportunity.at >= undecided[opportunity.market]!) minuteAt(opportunity.at).opportunities.push(opportunity);

  const scans: Scan[] = [];
  for (let i = 0; i < repaired.length; i += MAX_ROWS)
    scans.push({ candles: repaired.slice(i, i + MAX_ROWS), source: 'trades', decisions: [], opportunities: [] });
  let scan: Minute & { readonly source: 'ohlc' } = { candles: [], decisions: [], opportunities: [], source: 'ohlc' };
  for (const [, minute] of [...minutes].sort(([a], [b]) => a - b)) {
    if (scan.candles.length + scan.decisions.length >= MAX_ROWS) {
      scans.push(scan);
      scan = { candles: [], decisions: [], opportunities: [], source: 'ohlc' };
    }
    scan.candles.push(...minute.candles);
    scan.decisions.push(...minute.decisions);
    scan.opportunities.push(...minute.opportunities);
  }
  if (scan.candles.length + scan.decisions.length > 0) scans.push(scan);
  return scans;
};
