import { optional, truth, whole } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { MINUTE_MS, type DurationMs } from '../../units.js';
import { declareProtection } from '../protection.js';
import { lastWhere } from './recent.js';

interface StopGuardSettings {
  readonly stopGuard: {
    /** Null: off. */
    readonly stops: number | null;
    readonly withinMs: DurationMs;
    readonly pauseMs: DurationMs;
    readonly perMarket: boolean;
  };
}

const minutes = whole({ from: 1, to: 10_080 });

/** Pauses after several stops in a short time. */
export const stopGuard = declareProtection({
  reason: 'stop_guard',
  keys: {
    stop_guard: {
      stops: key<number | null>(
        null,
        optional(whole({ from: 1, to: 100 })),
        'exits',
        'Number of exits at a stop with a loss that pauses entries; null: off.',
      ),
      within_minutes: key(120, minutes, 'minutes', 'Time within which they happen.'),
      pause_minutes: key(120, minutes, 'minutes', 'Duration of the pause after the last of them.'),
      per_market: key(false, truth, 'true/false', 'Whether each market counts, and pauses, alone.'),
    },
  },
  settings: ({ stop_guard: guard }): StopGuardSettings => ({
    stopGuard: {
      stops: guard.stops,
      withinMs: guard.within_minutes * MINUTE_MS,
      pauseMs: guard.pause_minutes * MINUTE_MS,
      perMarket: guard.per_market,
    },
  }),
  isOn: ({ stopGuard: { stops } }) => stops !== null,
  remembersMs: ({ stopGuard: { withinMs, pauseMs } }) => withinMs + pauseMs,
  pauses: ({ closes }, { stopGuard: { stops, withinMs, pauseMs, perMarket } }) =>
    lastWhere(
      closes.filter(({ isStopped, lastSale }) => isStopped && lastSale < 0),
      { count: stops!, withinMs, perMarket },
      () => true,
    ).map(({ symbol, at }) => ({ symbol, until: at + pauseMs })),
  doc: {
    when: '`stops` exits at a stop with a loss lie within `within_minutes`',
    where: 'all markets; with `per_market` that of the exits, which then count alone',
    until: '`pause_minutes` after the last of them',
  },
});
