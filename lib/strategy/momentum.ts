import type { Strategy } from './condition.js';

const histogram = { column: 'macd_histogram' };

/** The momentum strategy (semantics §4). To add a condition, add it here. */
export const MOMENTUM = {
  name: 'momentum',
  conditions: [
    {
      name: 'rsi',
      comparisons: ({ indicators, strategy: { rsi } }) => {
        const value = { column: `rsi_${indicators.rsi.period}` };
        return [
          { value, sign: '>', threshold: rsi.oversold },
          { value, sign: '<', threshold: rsi.overbought },
        ];
      },
      requirement: ({ indicators, strategy: { rsi } }) =>
        `${rsi.oversold} < rsi_${indicators.rsi.period} < ${rsi.overbought}`,
    },
    {
      name: 'macd',
      comparisons: () => [
        { value: histogram, sign: '>', threshold: 0 },
        { value: histogram, sign: '>', threshold: { ...histogram, isPrevious: true } },
      ],
      requirement: () => 'macd_histogram > 0 and rising',
    },
    {
      name: 'roc',
      comparisons: ({ indicators, strategy: { rocThresholds } }) =>
        indicators.roc.periods.map((period, i) => ({
          value: { column: `roc_${period}` },
          sign: '≥',
          threshold: rocThresholds[i]!,
          isScored: true,
          unit: '%',
        })),
    },
    {
      name: 'bollinger',
      comparisons: () => [{ value: { column: 'close' }, sign: '>', threshold: { column: 'bb_middle' } }],
    },
    {
      name: 'volume',
      comparisons: ({ indicators, strategy: { volumeFactor } }) => [
        {
          value: { column: 'volume' },
          sign: '>',
          threshold: { column: `volume_sma_${indicators.volume.period}`, factor: volumeFactor },
          isScored: true,
        },
      ],
    },
    {
      name: 'trend',
      comparisons: ({ indicators: { adx }, strategy: { trend } }) =>
        trend.required
          ? [
              { value: { column: `adx_${adx.period}` }, sign: '≥', threshold: trend.minAdx, isScored: true },
              {
                value: { column: `plus_di_${adx.period}` },
                sign: '>',
                threshold: { column: `minus_di_${adx.period}` },
              },
              ...trend.timeframes.map(minutes => ({
                value: { column: `${minutes}m.macd_histogram` },
                sign: '>' as const,
                threshold: 0,
              })),
            ]
          : [],
    },
  ],
} as const satisfies Strategy;
