import { number, optional, whole } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import {
  HOUR_MS,
  MINUTE_MS,
  ratioOf,
  wholeMinute,
  type DurationMs,
  type EpochMs,
  type Money,
  type Percent,
  type Ratio,
} from '../../units.js';
import { declareProtection } from '../protection.js';

interface MaxDrawdownSettings {
  readonly maxDrawdown: {
    /** Below the highest equity; null: off. */
    readonly depth: Ratio | null;
    readonly withinMs: DurationMs;
    readonly pauseMs: DurationMs;
  };
}

interface MaxDrawdownState {
  /**
   * The minutes of the window that no later one reaches, falling: the first is the highest of the
   * window.
   */
  readonly highs: readonly (readonly [at: EpochMs, equity: Money])[];
  /** The last minute that was too far under; null: none. */
  readonly fellAt: EpochMs | null;
}

/** Pauses after a fall of equity. */
export const maxDrawdown = declareProtection({
  reason: 'max_drawdown',
  keys: {
    max_drawdown: {
      percentage: key<Percent | null>(
        null,
        optional(number({ above: 0, below: 100 })),
        'percent',
        'Fall of equity below its highest that pauses entries; null: off.',
      ),
      within_hours: key(24, whole({ from: 1, to: 168 }), 'hours', 'Time that this highest is taken of.'),
      pause_minutes: key(
        720,
        whole({ from: 1, to: 10_080 }),
        'minutes',
        'Duration of the pause after the last minute that low.',
      ),
    },
  },
  settings: ({ max_drawdown: fall }): MaxDrawdownSettings => ({
    maxDrawdown: {
      depth: fall.percentage === null ? null : ratioOf(fall.percentage),
      withinMs: fall.within_hours * HOUR_MS,
      pauseMs: fall.pause_minutes * MINUTE_MS,
    },
  }),
  isOn: ({ maxDrawdown: { depth } }) => depth !== null,
  advance: (
    state: MaxDrawdownState | null,
    { from, to, equity },
    { maxDrawdown: { depth, withinMs } },
  ): MaxDrawdownState => {
    const highs = (state?.highs ?? []).filter(([at]) => at >= from - withinMs);
    const [atLeast] = highs.filter(([, high]) => equity <= high * (1 - depth!)).slice(-1);
    // It stays under a high for as long as that is within the window.
    const fellAt = atLeast ? Math.min(to, wholeMinute(atLeast[0] + withinMs)) : (state?.fellAt ?? null);
    return { highs: [...highs.filter(([, high]) => high > equity), [to, equity]], fellAt };
  },
  pauses: ({ state }, { maxDrawdown: { pauseMs } }) =>
    state === null || state.fellAt === null ? [] : [{ symbol: null, until: state.fellAt + pauseMs }],
  doc: {
    when: 'the equity at a minute’s close is `percentage` % or more under the highest at a close of the last `within_hours`',
    where: 'all markets',
    until: '`pause_minutes` after the last such minute',
  },
});
