import { unless } from '../../settings/contradiction.js';
import { number } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { declareCondition } from '../condition.js';

const OVERSOLD = 'momentum_strategy.rsi.oversold';

/** The RSI is neither low nor high. */
export const rsi = declareCondition({
  name: 'rsi',
  keys: {
    rsi: {
      overbought: key(70, number({ above: 0, to: 100 }), '0–100', 'The RSI has to be below this.'),
      oversold: key(30, number({ from: 0, below: 100 }), '0–100', 'The RSI has to be above this.'),
    },
  },
  settings: ({ rsi: { overbought, oversold } }) => ({ rsi: { overbought, oversold } }),
  contradictions: [
    {
      keys: [OVERSOLD, 'momentum_strategy.rsi.overbought'],
      judge: ({
        momentum_strategy: {
          rsi: { oversold, overbought },
        },
      }: {
        momentum_strategy: { rsi: { oversold: number; overbought: number } };
      }) =>
        unless(
          oversold < overbought,
          OVERSOLD,
          `${oversold}`,
          `less than overbought (${overbought}): no RSI is between them, so nothing would ever be traded`,
        ),
    },
  ],
  comparisons: ({ indicators, strategy: { rsi } }) => {
    const value = { column: `rsi_${indicators.rsi.period}` };
    return [
      { value, sign: '>', threshold: rsi.oversold },
      { value, sign: '<', threshold: rsi.overbought },
    ];
  },
  requirement: ({ indicators, strategy: { rsi } }) =>
    `${rsi.oversold} < rsi_${indicators.rsi.period} < ${rsi.overbought}`,
});
