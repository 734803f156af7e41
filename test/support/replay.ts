import { from } from 'rxjs';
import type { Context } from '../../lib/cross-market/context.js';
import { SuspectFlattener } from '../../lib/market-data/suspect-flattener.js';
import { marketOf, type Market } from '../../lib/market.js';
import type { PositionEvent, Trade } from '../../lib/portfolio/events.js';
import type { StoredBooks } from '../../lib/portfolio/stored-books.js';
import { CandleColumns } from '../../lib/market-data/candles.js';
import type { Settings } from '../../lib/settings/settings.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import type { Comparison, Strategy, StrategyTerms } from '../../lib/strategy/condition.js';
import { DECISIONS } from '../../lib/strategy/decisions.js';
import { emptyTape, sliceTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { Listing } from '../../lib/universe/universe.js';
import { backtest } from '../../streams/backtest.js';
import type { Period } from '../../streams/strategies.js';
import type { OracleExits, OracleInput } from '../oracle/types.js';

/** A market's past as a backtest receives it. */
export interface History {
  readonly tape: Tape;
  readonly listings: readonly Listing[];
  readonly period: Period;
  readonly settings: Settings;
  /** Stored order books, if there are any. */
  readonly books?: StoredBooks;
  /** With this its tapes have context columns. */
  readonly context?: Context;
  /** Default momentum alone. */
  readonly strategies?: readonly StrategySetup[];
}

/** What a backtest came to, in a form that can be compared. */
export interface Replay {
  readonly events: readonly PositionEvent[];
  readonly trades: readonly Trade[];
  /** Name of the decision of each minute of the period, by symbol. */
  readonly decisions: Readonly<Record<string, string[]>>;
  /** At the close of each minute of the period. */
  readonly equity: readonly number[];
  readonly finalCash: number;
  /** Fills that walked a stored order book. */
  readonly walked: number;
}

/** The momentum strategy with the oracle's exits. */
const withExits = ({ rsiAbove }: OracleExits): StrategySetup => {
  const exit = (name: string, comparisons: (terms: StrategyTerms) => readonly Comparison[]): Strategy => ({
    name,
    isExit: true,
    conditions: [{ name, comparisons }],
  });
  const histogram = { column: 'macd_histogram' };
  const exits = [
    exit('hot', ({ indicators }) => [
      { value: { column: `rsi_${indicators.rsi.period}` }, sign: '>', threshold: rsiAbove },
    ]),
    exit('weak', () => [
      { value: { column: 'close' }, sign: '<', threshold: { column: 'bb_middle' } },
      { value: histogram, sign: '<', threshold: { ...histogram, lag: 1 } },
    ]),
  ];
  return { ...MOMENTUM_SETUP, strategy: { ...MOMENTUM_SETUP.strategy, exits } };
};

/**
 * The oracle's input as one tape from the start of the warm-up, suspect cells flattened, lanes in
 * symbol order.
 */
export const historyOf = (input: OracleInput): History => {
  const markets = [...input.markets].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const start = input.from - 10_800 * MINUTE_MS;
  const tape = emptyTape(start, (input.to - start) / MINUTE_MS, markets.length);
  markets.forEach(({ candles }, market) => {
    const rows = new CandleColumns(candles.length);
    for (const { at, open, high, low, close, volume, kind } of candles) {
      if (at < start || at >= input.to) continue;
      const row = rows.push(at, open, high, low, close, volume);
      rows.quiet[row] = kind === 'quiet' ? 1 : 0;
      rows.suspect[row] = kind === 'suspect' ? 1 : 0;
    }
    const lane = new SuspectFlattener(NaN, NaN);
    for (let i = 0; i < rows.length; i++) lane.put(rows, i, tape, market);
  });
  const listings = markets.map(
    ({ symbol, candles, firstCandleAt, amountStep, minimumAmount, minimumCost }): Listing => {
      const known = marketOf(symbol);
      const market: Market = {
        ...known,
        amountStep: amountStep ?? known.amountStep,
        minimumAmount: minimumAmount ?? 0,
        minimumCost: minimumCost ?? 0,
      };
      return { market, firstCandleAt: firstCandleAt ?? candles[0]?.at ?? NaN };
    },
  );
  const { from: first, to, settings, exits } = input;
  return {
    tape,
    listings,
    period: { from: first, to },
    settings,
    ...(exits && { strategies: [withExits(exits)] }),
  };
};

/** The tape in pieces of the given lengths, taken in turn. */
export const cut = (tape: Tape, lengths: readonly number[]): Tape[] => {
  const pieces: Tape[] = [];
  for (let at = 0, i = 0; at < tape.minutes; i++) {
    const to = Math.min(tape.minutes, at + lengths[i % lengths.length]!);
    pieces.push(sliceTape(tape, at, to));
    at = to;
  }
  return pieces;
};

/**
 * Plays a history through the real graph, whole or cut into tapes of the given lengths. The result is
 * that of its strategy with this name.
 */
export const replay = (
  { tape, listings, period, settings, books, context, strategies = [MOMENTUM_SETUP] }: History,
  lengths: readonly number[] = [1440],
  name: string = strategies[0]!.name,
): Replay => {
  const events: PositionEvent[] = [];
  const equity: number[] = [];
  const decisions = Object.fromEntries(listings.map(({ market }) => [market.symbol, [] as string[]]));
  let finalCash = NaN;
  let walked = 0;
  const past = { listings, period, settings, context, strategies, ...(books && { books }) };
  backtest({ tape$: from(cut(tape, lengths)), ...past }).subscribe(step => {
    if ((step.kind === 'ended' ? step : step.change).strategy !== name) return;
    if (step.kind === 'ended') {
      events.push(...step.events);
      finalCash = step.equity;
      return;
    }
    const { change } = step;
    events.push(...change.events);
    equity.push(...change.equity);
    walked += change.walked;
    const { minutes, decision } = change.tape;
    listings.forEach(({ market }, lane) => {
      for (let i = lane * minutes; i < (lane + 1) * minutes; i++)
        if (decision[i] !== 0) decisions[market.symbol]!.push(DECISIONS[decision[i]!]!);
    });
  });
  const trades = events.flatMap(event => (event.kind === 'opened' ? [event.trade] : []));
  return { events, trades, decisions, equity, finalCash, walked };
};

/** Everything that was decided and traded, to the last bit. */
export const outcome = ({ events, trades, decisions, equity, finalCash, walked }: Replay) => ({
  events: events.map(event => ({ ...event, trade: 'trade' in event ? event.trade.number : null })),
  trades,
  decisions,
  equity,
  finalCash,
  walked,
});
