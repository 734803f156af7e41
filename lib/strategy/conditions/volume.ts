import { number } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { declareCondition } from '../condition.js';

/** The volume is above its average. */
export const volume = declareCondition({
  name: 'volume',
  keys: {
    volume: {
      factor: key(
        1.5,
        number({ from: 0, to: 1000 }),
        'factor',
        'The volume has to exceed this multiple of its average.',
      ),
    },
  },
  settings: document => ({ volumeFactor: document.volume.factor }),
  comparisons: ({ indicators, strategy: { volumeFactor } }) => [
    {
      value: { column: 'volume' },
      sign: '>',
      threshold: { column: `volume_sma_${indicators.volume.period}`, factor: volumeFactor },
      isScored: true,
    },
  ],
});
