import { number } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { ratioOf } from '../../units.js';
import { declareExit } from '../exit-rule.js';

/** Sells all that remains a fixed distance below the entry price. */
export const stopLoss = declareExit({
  reason: 'stop_loss',
  startsCooldown: true,
  keys: {
    stop_loss_percentage: key(
      2,
      number({ above: 0, below: 100 }),
      'percent',
      'Distance of the initial stop below the entry price.',
    ),
  },
  settings: ({ stop_loss_percentage }) => ({ stopLoss: ratioOf(stop_loss_percentage) }),
  firstStop: (entryPrice, settings) => entryPrice * (1 - settings.stopLoss),
  doc: 'all that remains, at a stop that is still where it was at the entry',
});
