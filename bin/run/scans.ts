import type { LaneRows } from '../../lib/live/events.js';
import type { Opportunity } from '../../lib/position/events.js';
import type { Candles } from '../../lib/series/candles.js';
import { Decision, DECISIONS } from '../../lib/strategy/decisions.js';
import { Cell } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import type { LiveCandle, Scan, StoredDecision } from '../../lib/world/store/live/index.js';
import type { SignalTape } from '../../streams/momentum.js';
import type { ScanStep } from '../../streams/scan.js';

/** So many rows go into one transaction, a minute's rows never into two. */
const MOST_ROWS = 600;

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);

const candleOf = (marketId: number, rows: Candles, i: number): LiveCandle => ({
  ...{ marketId, at: rows.at[i]!, open: rows.open[i]!, high: rows.high[i]!, low: rows.low[i]!, close: rows.close[i]! },
  ...{ volume: rows.volume[i]!, vwap: known(rows.vwap[i]!), trades: known(rows.trades[i]!) },
  ...{ quiet: rows.quiet[i] === 1, suspect: rows.suspect[i] === 1 },
});

/** Rows of one lane as candles of a market. */
export const candlesOf = ({ market, candles }: LaneRows, ids: readonly number[]): readonly LiveCandle[] =>
  Array.from({ length: candles.length }, (_, i) => candleOf(ids[market]!, candles, i));

/** The values of a cell of a tape, by the keys of indicators and context; NaN where one is not known. */
export const indicatorsAt = ({ indicators, context }: SignalTape, cell: number): Readonly<Record<string, number>> => {
  const values: Record<string, number> = {};
  for (const [key, column] of [...indicators, ...(context ?? [])]) values[key] = column[cell]!;
  return values;
};

interface Minute {
  readonly candles: LiveCandle[];
  readonly decisions: StoredDecision[];
  readonly opportunities: Opportunity[];
}

/**
 * What a scanned tape came to, as transactions of a limited size, in the order of time. What is decided on is stored with its candle,
 * but for what each lane has decided before `undecided`.
 */
export const scansOf = (
  { event, signal }: Extract<ScanStep, { kind: 'scanned' }>,
  ids: readonly number[],
  undecided: readonly EpochMs[],
): readonly Scan[] => {
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
  for (let cell = 0; cell < signal.cell.length; cell++) {
    const decision = signal.decision[cell]!;
    if (signal.cell[cell] === Cell.absent || decision === Decision.outside) continue;
    const market = Math.floor(cell / signal.minutes);
    const at = signal.start + (cell - market * signal.minutes) * MINUTE_MS;
    if (at < undecided[market]!) continue;
    minuteAt(at).decisions.push({
      ...{ marketId: ids[market]!, at, decision: DECISIONS[decision]! },
      indicators: indicatorsAt(signal, cell),
    });
  }
  for (const opportunity of signal.opportunities)
    if (opportunity.at >= undecided[opportunity.market]!) minuteAt(opportunity.at).opportunities.push(opportunity);

  const scans: Scan[] = [];
  for (let i = 0; i < repaired.length; i += MOST_ROWS)
    scans.push({ candles: repaired.slice(i, i + MOST_ROWS), source: 'trades', decisions: [], opportunities: [] });
  let scan: Minute & { readonly source: 'ohlc' } = { candles: [], decisions: [], opportunities: [], source: 'ohlc' };
  for (const [, minute] of [...minutes].sort(([a], [b]) => a - b)) {
    if (scan.candles.length + scan.decisions.length >= MOST_ROWS) {
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
