import { number, optional } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { declareExit } from '../exit-rule.js';

interface AtrStopSettings {
  /** Distance below the entry price, in average true ranges; null: off. */
  readonly atrStop: { readonly multiple: number | null };
}

/** Sells all that remains a multiple of the average true range below the entry price. */
export const stopLossAtr = declareExit({
  reason: 'stop_loss_atr',
  startsCooldown: true,
  keys: {
    stop_loss_atr: {
      multiple: key<number | null>(
        null,
        optional(number({ above: 0, to: 100 })),
        'ATR',
        'Distance of a second initial stop below the entry price, in ATRs of the decision’s candle; null: none.',
      ),
    },
  },
  settings: ({ stop_loss_atr: { multiple } }): AtrStopSettings => ({ atrStop: { multiple } }),
  isOn: ({ atrStop: { multiple } }) => multiple !== null,
  reads: (_, { atr: { period } }) => ({ atr: `atr_${period}` }),
  firstStop: (entryPrice, { atrStop: { multiple } }, { atr }) =>
    atr !== undefined && atr > 0 ? entryPrice - multiple! * atr : null,
  doc: 'all that remains, at a stop that is still where it was at the entry, if that is `multiple` ATRs below the entry price',
});
