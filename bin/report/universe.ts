import type { JudgedMarket, UniverseList } from '../../lib/report/universe-list.js';
import { comparisonOf, RULES, type RuleName } from '../../lib/universe/catalogue.js';
import { table } from '../table.js';
import { count, minuteOf, wrap, type Colours, words } from './format.js';

/** Large numbers without decimals, small ones with four digits: 1,234,567 and 0.01235. */
const figure = (value: number): string =>
  Math.abs(value) >= 1_000 ? count(value) : String(Number(value.toPrecision(4)));
const MEASURED: readonly RuleName[] = RULES.filter(name => comparisonOf(name) !== null);

const ruleOf = ({ rules }: JudgedMarket, name: RuleName) => rules.find(({ rule }) => rule === name);

const thresholdOf = (markets: readonly JudgedMarket[], name: RuleName): string => {
  const threshold = markets
    .map(market => ruleOf(market, name)?.threshold)
    .find(value => value !== null && value !== undefined);
  return threshold === undefined ? '' : `${comparisonOf(name)} ${figure(threshold)}`;
};

const valueOf = (market: JudgedMarket, name: RuleName, { red }: Colours): string => {
  const rule = ruleOf(market, name);
  if (!rule) return '';
  const text = rule.value === null ? 'unknown' : figure(rule.value);
  return rule.pass ? text : red(text);
};

/** Every market with its values beside the thresholds, for the terminal. */
export const renderUniverse = (
  { runId, mode, time, markets, notJudged }: UniverseList,
  colours: Colours,
  width: number,
): string => {
  const { bold, green, red } = colours;
  const tradable = markets.filter(market => market.tradable).length;
  return [
    `${bold('Universe')}  ${minuteOf(time)} UTC, ${mode} run ${runId}: ${tradable} of ${markets.length} markets tradable`,
    '',
    table(
      ['market', 'tradable', ...MEASURED.map(words), 'fails'].map(text => bold(text)),
      [
        ['', '', ...MEASURED.map(name => thresholdOf(markets, name)), ''],
        ...markets.map(market => [
          market.symbol,
          market.tradable ? green('yes') : red('no'),
          ...MEASURED.map(name => valueOf(market, name, colours)),
          market.failed.map(words).join(', '),
        ]),
      ],
      ['left', 'left', ...MEASURED.map(() => 'right' as const), 'left'],
    ),
    ...(notJudged.length > 0
      ? [
          '',
          ...wrap(
            `Without a verdict at this refresh: ${notJudged.map(each => `${each.symbol} (last ${minuteOf(each.time)})`).join(', ')}`,
            width,
          ),
        ]
      : []),
  ].join('\n');
};
