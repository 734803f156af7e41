import { number } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { ratioOf, type Ratio } from '../../units.js';
import { declareExit } from '../exit-rule.js';

interface TrailingStopSettings {
  /** `activation`: gain over the entry price; `offset`: below the highest price. */
  readonly trailingStop: { readonly activation: Ratio; readonly offset: Ratio };
}

/** Raises the stop with the highest price. */
export const trailingStop = declareExit({
  reason: 'trailing_stop',
  startsCooldown: true,
  keys: {
    trailing_stop: {
      activation_percentage: key(
        2,
        number({ from: 0, to: 10_000 }),
        'percent',
        'Gain over the entry price at which the stop starts to trail.',
      ),
      offset_percentage: key(
        1,
        number({ above: 0, below: 100 }),
        'percent',
        'Distance of the trailing stop below the highest price.',
      ),
    },
  },
  settings: ({ trailing_stop: { activation_percentage, offset_percentage } }): TrailingStopSettings => ({
    trailingStop: { activation: ratioOf(activation_percentage), offset: ratioOf(offset_percentage) },
  }),
  raise: {
    from: ({ entryPrice }, settings) => entryPrice * (1 + settings.trailingStop.activation),
    stop: (_, settings, highest) => highest * (1 - settings.trailingStop.offset),
  },
  doc: 'all that remains, at a stop that the highest price has raised',
});
