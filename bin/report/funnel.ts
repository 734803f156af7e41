import type { BacktestReport } from '../../lib/report/document.js';
import { table } from '../table.js';
import { NONE, count, percent, wrap, type Colours, words } from './format.js';

const OBSTACLES: Readonly<Record<string, string>> = {
  gap: 'missing, or before the first candle',
  not_tradable: 'market not tradable',
  quiet: 'quiet: no trades',
  suspect: 'suspect: a jump of the price',
  warming_up: 'too few candles yet',
  unknown: 'an unknown value',
};

const REQUIREMENT = 44;

/** Wraps between the parts of a requirement, never within one. */
const lines = (requirement: string): string =>
  wrap(requirement.replaceAll(/(?<!,) /g, '\u00a0'), REQUIREMENT)
    .join('\n')
    .replaceAll('\u00a0', ' ');

/** The decision funnel: candles not evaluated, passed conditions, outcomes of opportunities. */
export const funnelTable = ({ funnel }: BacktestReport, colours: Colours): string => {
  const { candles, evaluated, notEvaluated, notTradable, steps, opportunities, outcomes, waiting } = funnel;
  const share = (part: number, of: number) => (of > 0 ? percent(part / of) : NONE);
  const tradability = Object.entries(notTradable).map(([rule, n]) => [
    `    first failing rule: ${words(rule)}`,
    count(n),
    share(n, candles),
    '',
  ]);
  const obstacles = Object.entries(notEvaluated)
    .filter(([, n]) => n > 0)
    .flatMap(([name, n]) => [
      [`  ${OBSTACLES[name] ?? words(name)}`, count(n), share(n, candles), ''],
      ...(name === 'not_tradable' ? tradability : []),
    ]);
  const conditions = steps.map(({ condition, requirement, passed }) => [
    `  passed ${condition}`,
    count(passed),
    share(passed, evaluated),
    lines(requirement),
  ]);
  const fates = [
    ['taken', outcomes.taken] as const,
    ...Object.entries(outcomes.rejected).map(([reason, n]) => [`rejected: ${words(reason)}`, n] as const),
    ['expired', outcomes.expired] as const,
    ['still waiting at the end', waiting] as const,
  ].filter(([name, n]) => n > 0 || (name === 'taken' && opportunities > 0));
  return table(
    ['Decisions', 'candles', 'share', ''].map(text => (text ? colours.bold(text) : text)),
    [
      ['in the period', count(candles), share(candles, candles), ''],
      ...obstacles,
      ['evaluated', count(evaluated), share(evaluated, candles), 'and of these:'],
      ...conditions,
      ['opportunities', count(opportunities), share(opportunities, evaluated), ''],
      ...fates.map(([name, n]) => [`  ${name}`, count(n), share(n, opportunities), '']),
    ],
    ['left', 'right', 'right', 'left'],
  );
};
