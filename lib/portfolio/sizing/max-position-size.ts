import { key, percentUpTo } from '../../settings/key.js';
import { ratioOf } from '../../units.js';
import { declareSizing } from '../sizing-rule.js';

/** A position costs at most a share of equity. */
export const maxPositionSize = declareSizing({
  keys: {
    max_position_size_percentage: key(
      5,
      percentUpTo(100),
      'percent',
      'Maximum cost of one position, as a share of equity.',
    ),
  },
  settings: ({ max_position_size_percentage }) => ({ maxPositionSize: ratioOf(max_position_size_percentage) }),
  notional: ({ equity }, settings) => settings.maxPositionSize * equity,
});
