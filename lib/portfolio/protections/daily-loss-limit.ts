import { number, optional } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { DAY_MS, ratioOf, type EpochMs, type Money, type Percent, type Ratio } from '../../units.js';
import { declareProtection } from '../protection.js';

interface DailyLossSettings {
  readonly dailyLossLimit: {
    /** Null: off. */
    readonly loss: Ratio | null;
  };
}

interface DailyLossState {
  /** 00:00 UTC. */
  readonly day: EpochMs;
  /** The equity at that time, or at the first minute of the day that is known. */
  readonly equity: Money;
  /** Whether the loss was reached since. */
  readonly isReached: boolean;
}

/** Pauses until midnight after a day's loss. */
export const dailyLossLimit = declareProtection({
  reason: 'daily_loss_limit',
  keys: {
    daily_loss_limit: {
      percentage: key<Percent | null>(
        null,
        optional(number({ above: 0, below: 100 })),
        'percent',
        'Loss of equity since 00:00 UTC after which nothing is entered until the next 00:00; null: off.',
      ),
    },
  },
  settings: ({ daily_loss_limit: { percentage } }): DailyLossSettings => ({
    dailyLossLimit: { loss: percentage === null ? null : ratioOf(percentage) },
  }),
  isOn: ({ dailyLossLimit: { loss } }) => loss !== null,
  advance: (state: DailyLossState | null, { to, equity }, { dailyLossLimit: { loss } }): DailyLossState => {
    const day = Math.floor(to / DAY_MS) * DAY_MS;
    if (state?.day !== day) return { day, equity, isReached: false };
    return state.isReached || equity > state.equity * (1 - loss!) ? state : { ...state, isReached: true };
  },
  pauses: ({ state }) => (state?.isReached ? [{ symbol: null, until: state.day + DAY_MS }] : []),
  doc: {
    when: 'the equity at a minute’s close is `percentage` % or more under that of 00:00 UTC, or of the start if that was later',
    where: 'all markets',
    until: 'the next 00:00 UTC',
  },
});
