import { unless } from '../../settings/contradiction.js';
import { list, record, sixDecimals } from '../../settings/formats.js';
import { key, percentUpTo } from '../../settings/key.js';
import { ratioOf, type Percent, type Ratio } from '../../units.js';
import { declareExit } from '../exit-rule.js';

/** One step of the take-profit ladder. */
export interface TakeProfitLevel {
  /** Above the entry fill price. */
  readonly gain: Ratio;
  /** Of the original size. */
  readonly position: Ratio;
  /** True at the level that brings the sum to 100 %: it sells exactly what remains. */
  readonly sellsRest: boolean;
}

interface TakeProfitSettings {
  /** Ascending by gain. */
  readonly takeProfitLevels: readonly TakeProfitLevel[];
}

interface DocumentLevel {
  readonly percentage: Percent;
  readonly position_percentage: Percent;
}

interface TakeProfitDocument {
  readonly risk_management: { readonly take_profit_levels: readonly DocumentLevel[] };
}

const LEVELS = 'risk_management.take_profit_levels';

/** Percentages of at most six decimals as whole millionths, whose sums are exact. */
const millionths = (percentage: Percent): number => Math.round(percentage * 1e6);
const WHOLE = millionths(100);

/** The running sums of the ladder's position percentages: exact, in millionths of a percent. */
const positionSums = (levels: readonly DocumentLevel[]): readonly number[] => {
  let sum = 0;
  return levels.map(level => (sum += millionths(level.position_percentage)));
};

/** Sells parts of the position on the way up. */
export const takeProfit = declareExit({
  reason: 'take_profit',
  startsCooldown: false,
  keys: {
    take_profit_levels: key(
      [
        { percentage: 1.5, position_percentage: 30 },
        { percentage: 3, position_percentage: 40 },
        { percentage: 5, position_percentage: 30 },
      ],
      list(
        record<{ percentage: number; position_percentage: number }>({
          percentage: percentUpTo(10_000),
          position_percentage: sixDecimals({ above: 0, to: 100 }),
        }),
        { most: 20 },
      ),
      'percent',
      'Gain over the entry price, ascending, and the share of the original position sold there: at most 100 in total.',
    ),
  },
  settings: ({ take_profit_levels: levels }): TakeProfitSettings => {
    const sums = positionSums(levels);
    return {
      takeProfitLevels: levels.map(({ percentage, position_percentage }, n) => ({
        gain: ratioOf(percentage),
        position: ratioOf(position_percentage),
        sellsRest: sums[n] === WHOLE,
      })),
    };
  },
  contradictions: [
    {
      keys: [LEVELS],
      judge: ({ risk_management: { take_profit_levels: levels } }: TakeProfitDocument) =>
        levels.flatMap(({ percentage }, n) => {
          const before = levels[n - 1]?.percentage ?? 0;
          return unless(
            percentage > before,
            `${LEVELS}[${n}].percentage`,
            `${percentage}`,
            `more than the ${before} of the level before it`,
          );
        }),
    },
    {
      keys: [LEVELS],
      judge: ({ risk_management: { take_profit_levels: levels } }: TakeProfitDocument) => {
        const sum = positionSums(levels).at(-1) ?? 0;
        return unless(
          sum <= WHOLE,
          LEVELS,
          `position percentages that add up to ${sum / 1e6}`,
          'at most 100: no more can be sold than was bought',
        );
      },
    },
  ],
  target: ({ entryPrice, nextLevel }, settings) => {
    const level = settings.takeProfitLevels[nextLevel];
    return level ? { price: entryPrice * (1 + level.gain), part: level.sellsRest ? 'rest' : level.position } : null;
  },
  doc: 'a part of the original size, above each target of the ladder',
});
