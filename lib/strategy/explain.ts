import type { IndicatorSettings, StrategySettings } from '../settings/settings.js';
import { CONDITIONS, type ConditionName } from './decisions.js';

/** One side of a comparison. */
export interface Side {
  /** The indicator's key; null for a number of the configuration. */
  readonly name: string | null;
  /** Null where it is not known. */
  readonly value: number | null;
}

/** One comparison that a condition asks for (semantics §4). */
export interface Check {
  readonly condition: ConditionName;
  readonly value: Side;
  readonly comparison: '>' | '≥' | '<';
  readonly threshold: Side;
  /** Null where one of the two is not known. */
  readonly holds: boolean | null;
}

/** What a candle was judged by: indicators by key, `close`, `volume`, and `macd_histogram_before`, the previous candle's. */
export type Values = Readonly<Record<string, number | null | undefined>>;

/** What is asked of the values. */
export interface Terms {
  readonly indicators: IndicatorSettings;
  readonly strategy: StrategySettings;
}

const COMPARE = {
  '>': (a: number, b: number) => a > b,
  '≥': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
} as const;

/** Every comparison of the strategy on the values of one candle, in the order of `CONDITIONS`. */
export const checksOf = (values: Values, { indicators, strategy }: Terms): readonly Check[] => {
  const of = (name: string): Side => ({ name, value: values[name] ?? null });
  const constant = (value: number): Side => ({ name: null, value });
  const check = (condition: ConditionName, value: Side, comparison: Check['comparison'], threshold: Side): Check => {
    const known = value.value !== null && threshold.value !== null;
    return {
      condition,
      value,
      comparison,
      threshold,
      holds: known ? COMPARE[comparison](value.value, threshold.value) : null,
    };
  };
  const { rsi, volumeFactor, trend, rocThresholds } = strategy;
  const volumeSma = of(`volume_sma_${indicators.volume.period}`);
  const directional = indicators.adx.period;
  const byCondition: Record<ConditionName, readonly Check[]> = {
    rsi: [
      check('rsi', of(`rsi_${indicators.rsi.period}`), '>', constant(rsi.oversold)),
      check('rsi', of(`rsi_${indicators.rsi.period}`), '<', constant(rsi.overbought)),
    ],
    macd: [
      check('macd', of('macd_histogram'), '>', constant(0)),
      check('macd', of('macd_histogram'), '>', of('macd_histogram_before')),
    ],
    roc: indicators.roc.periods.map((period, i) => check('roc', of(`roc_${period}`), '≥', constant(rocThresholds[i]!))),
    bollinger: [check('bollinger', of('close'), '>', of('bb_middle'))],
    volume: [
      check('volume', of('volume'), '>', {
        name: `${volumeFactor} · ${volumeSma.name}`,
        value: volumeSma.value === null ? null : volumeFactor * volumeSma.value,
      }),
    ],
    trend: trend.required
      ? [
          check('trend', of(`adx_${directional}`), '≥', constant(trend.minAdx)),
          check('trend', of(`plus_di_${directional}`), '>', of(`minus_di_${directional}`)),
          ...trend.timeframes.map(minutes => check('trend', of(`${minutes}m.macd_histogram`), '>', constant(0))),
        ]
      : [],
  };
  return CONDITIONS.flatMap(condition => byCondition[condition]);
};

/** The names of the values that the checks lack, each once. */
export const unknownIn = (checks: readonly Check[]): readonly string[] => [
  ...new Set(
    checks.flatMap(({ value, threshold }) =>
      [value, threshold].flatMap(side => (side.value === null ? [side.name!] : [])),
    ),
  ),
];

/** What the strategy decides on these checks, for a candle that it is asked about at all. */
export const decisionOf = (checks: readonly Check[]): ConditionName | 'unknown' | 'opportunity' => {
  if (checks.some(({ holds }) => holds === null)) return 'unknown';
  return checks.find(({ holds }) => !holds)?.condition ?? 'opportunity';
};
