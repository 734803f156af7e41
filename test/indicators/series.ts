import type { IndicatorSettings } from '../../lib/settings/settings.js';
import { Cell, emptyTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';

/** 2026-01-01T00:00:00Z. */
export const START = Date.UTC(2026, 0, 1);

/** The periods of the defaults. */
export const PERIODS: IndicatorSettings = {
  rsi: { period: 14 },
  macd: { fast: 12, slow: 26, signal: 9 },
  roc: { periods: [1, 5, 15] },
  adx: { period: 14 },
  atr: { period: 14 },
  volume: { period: 10 },
  bollinger: { period: 20, deviations: 2 },
  timeframes: [5, 15],
};

/** What a generated market is like. */
export interface Character {
  readonly price: number;
  /** Smallest step of the price as a share of the first price; 0 for none. */
  readonly tick: number;
  /** Share of minutes at which a flat stretch of up to 100 minutes without volume begins. */
  readonly flat: number;
  /** Largest volume; volumes are whole eighths, so that sums of them are exact. */
  readonly volume: number;
}

export const CHARACTERS: Readonly<Record<string, Character>> = {
  ordinary: { price: 100, tick: 0, flat: 0, volume: 1000 },
  'flat for hours at a time': { price: 1.5, tick: 1e-3, flat: 0.05, volume: 1000 },
  'worth a hundred-millionth': { price: 1e-8, tick: 1e-4, flat: 0.01, volume: 1e12 },
  'worth a hundred million': { price: 1e8, tick: 1e-7, flat: 0.001, volume: 1 },
  'flat at the start': { price: 0.05424, tick: 1e-3, flat: 1, volume: 10 },
};

/** Numbers in [0, 1) that are the same for the same seed. */
export const numbers = (seed: number): (() => number) => {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
};

/** A lane of candles without a gap. Every fifth candle opens away from the close before. */
export const generated = (character: Character, minutes: number, seed: number, start = START): Tape => {
  const next = numbers(seed);
  for (let i = 0; i < 10; i++) next();
  const step = character.price * character.tick;
  const round = (price: number) => (step === 0 ? price : Math.max(1, Math.round(price / step)) * step);
  const tape = emptyTape(start, minutes, 1);
  let price = round(character.price);
  let flat = character.flat === 1 ? 100 : 0;
  for (let i = 0; i < minutes; i++) {
    if (flat === 0 && character.flat < 1 && next() < character.flat) flat = Math.ceil(100 * next());
    const quiet = flat > 0;
    if (quiet) flat--;
    const open = quiet || next() < 0.8 ? price : round(price * (1 + 0.004 * (next() - 0.5)));
    if (!quiet) price = round(price * (1 + 0.004 * (next() - 0.5)));
    tape.cell[i] = quiet ? Cell.quiet : Cell.traded;
    tape.open[i] = open;
    tape.close[i] = price;
    tape.high[i] = quiet ? price : round(Math.max(open, price) * (1 + 0.001 * next()));
    tape.low[i] = quiet ? price : round(Math.min(open, price) * (1 - 0.001 * next()));
    tape.volume[i] = quiet || next() < 0.05 ? 0 : Math.ceil(character.volume * next() * 8) / 8;
  }
  return tape;
};

/** Lanes of equal start and length side by side. */
export const together = (lanes: readonly Tape[]): Tape => {
  const tape = emptyTape(lanes[0]!.start, lanes[0]!.minutes, lanes.length);
  for (const [market, lane] of lanes.entries())
    for (const name of ['cell', 'open', 'high', 'low', 'close', 'volume'] as const)
      tape[name].set(lane[name], market * tape.minutes);
  return tape;
};

/** The open time of row `i` of a tape. */
export const at = (tape: Tape, i: number): number => tape.start + i * MINUTE_MS;

/**
 * The complete candles of a lane's timeframe, in plain arithmetic; `kept` says by open minute which
 * of them are known.
 */
export const higherOf = (tape: Tape, minutes: number, kept: (at: number) => boolean = () => true, market = 0) => {
  const [first, lane] = [tape.start / MINUTE_MS, market * tape.minutes];
  const bars: { at: number; high: number; low: number; close: number }[] = [];
  for (let at = Math.ceil(first / minutes) * minutes; at + minutes <= first + tape.minutes; at += minutes) {
    const [from, to] = [lane + at - first, lane + at - first + minutes];
    const [high, low] = [Math.max(...tape.high.slice(from, to)), Math.min(...tape.low.slice(from, to))];
    if (kept(at)) bars.push({ at: at * MINUTE_MS, high, low, close: tape.close[to - 1]! });
  }
  const column = (name: 'at' | 'high' | 'low' | 'close') => Float64Array.from(bars, bar => bar[name]);
  return { at: column('at'), high: column('high'), low: column('low'), close: column('close') };
};
