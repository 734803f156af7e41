import { CONTEXT_KEYS } from '../../lib/cross-market/columns.js';
import { runText, type OtherDecision, type RuleLine, type Why } from '../../lib/report/why.js';
import type { Check, Side } from '../../lib/strategy/explain.js';
import { table } from '../table.js';
import { NONE, minuteOf, percent, priceOf, wrap, type Colours } from './format.js';

const WIDEST = 100;

const valueText = (value: number | null): string => (value === null ? 'unknown' : priceOf(value));
const holdsText = (holds: boolean | null): string => (holds === null ? 'unknown' : holds ? 'yes' : 'no');
const nameText = ({ name }: Side): string =>
  name === 'macd_histogram_before' ? 'macd_histogram a minute before' : (name ?? '');

const comparisons = (
  title: 'condition' | 'exit',
  checks: readonly Check[],
  firstFailed: number | null,
  colours: Colours,
): string =>
  table(
    [title, '', 'value', '', 'threshold', '', 'holds'].map(text => (text ? colours.bold(text) : text)),
    checks.map(({ condition, value, comparison, threshold, holds }, i) => [
      checks[i - 1]?.condition === condition ? '' : condition,
      nameText(value),
      valueText(value.value),
      comparison,
      valueText(threshold.value),
      nameText(threshold),
      i === firstFailed ? colours.red('no: first to fail') : holdsText(holds),
    ]),
    ['left', 'left', 'right', 'left', 'right', 'left', 'left'],
  );

const universe = (rules: readonly RuleLine[], colours: Colours): string =>
  table(
    [`universe ${minuteOf(rules[0]!.at.toISOString())}`, 'value', '', 'threshold', 'passes'].map(text =>
      text ? colours.bold(text) : text,
    ),
    rules.map(({ rule, value, comparison, threshold, pass }) => [
      rule.replaceAll('_', ' '),
      comparison === null ? '' : valueText(value),
      comparison ?? '',
      threshold === null ? '' : priceOf(threshold),
      pass ? 'yes' : colours.red('no'),
    ]),
    ['left', 'right', 'left', 'right', 'left'],
  );

/** Rises of the stop that are shown: a trailing stop can rise each minute. */
const MAX_RAISES = 20;

/** How the stops of the minute's trades rose; empty if none did. */
const stopRaises = (opportunities: Why['opportunities'], colours: Colours): readonly string[] =>
  opportunities.flatMap(({ runId, trade }) => {
    if (!trade || trade.stopRaises.length === 0) return [];
    const { number, entryPrice, stopRaises: raises } = trade;
    const hidden = raises.length - MAX_RAISES;
    const made = table(
      [`stop of trade ${number} of run ${runId}, raised at`, 'to', 'from the entry', 'by'].map(text =>
        colours.bold(text),
      ),
      raises
        .slice(-MAX_RAISES)
        .map(({ at, stop, reason }) => [
          minuteOf(at),
          priceOf(stop),
          percent(stop / entryPrice - 1),
          reason.replaceAll('_', ' '),
        ]),
      ['left', 'right', 'right', 'left'],
    );
    return [hidden > 0 ? `${made}\n… and ${hidden} earlier ones: --json lists them all` : made];
  });

/** What each other strategy decided, a line each. */
const otherStrategies = (others: readonly OtherDecision[], colours: Colours): string =>
  table(
    [colours.bold('other strategies'), ''],
    others.map(({ strategy, decision, reason }) => [
      strategy,
      decision?.replaceAll('_', ' ') ?? `not known: ${reason}`,
    ]),
    ['left', 'left'],
  );

/** The stored context, in words. */
const contextText = (indicators: Readonly<Record<string, number>> | null): string =>
  CONTEXT_KEYS.flatMap(key => {
    const value = indicators?.[key];
    return value === undefined ? [] : [`${key.replaceAll('_', ' ')} ${priceOf(value)}`];
  }).join(', ');

/** The explanation of a minute for the terminal: sentences, then values beside thresholds. */
export const renderWhy = (why: Why, colours: Colours, width: number): string => {
  const { market, time, minute, decision, run, configurationId, summary, rules, checks, firstFailed, notes } = why;
  const { strategy, others } = why;
  const columns = Math.min(WIDEST, width || WIDEST);
  const { open, high, low, close, volume, source } = minute;
  const flags = [minute.quiet && 'quiet', minute.suspect && 'suspect', minute.revisedAt && 'revised'].filter(Boolean);
  const context = contextText(minute.indicators);
  const by = strategy === null || others.length === 0 ? '' : `strategy ${strategy}, `;
  const origin = run === null ? NONE : `${by}${runText(run)}, configuration ${configurationId ?? NONE}`;
  return [
    [
      `${colours.bold(market)}  ${minuteOf(time)} UTC  ${colours.bold(decision?.replaceAll('_', ' ') ?? 'not decided')}`,
      ...summary.flatMap(line => wrap(line, columns)),
    ].join('\n'),
    [
      `candle   open ${priceOf(open)}, high ${priceOf(high)}, low ${priceOf(low)}, close ${priceOf(close)}, volume ${priceOf(volume)}`,
      ...(context ? [`context  ${context}`] : []),
      `source   ${[source, ...flags].join(', ')}`,
      `decided  ${origin}`,
    ].join('\n'),
    rules.length > 0 ? universe(rules, colours) : '',
    checks.length > 0 ? comparisons('condition', checks, firstFailed, colours) : '',
    why.exits.length > 0 ? comparisons('exit', why.exits, null, colours) : '',
    others.length > 0 ? otherStrategies(others, colours) : '',
    ...stopRaises(why.opportunities, colours),
    notes.flatMap(note => wrap(`Note: ${note}`, columns)).join('\n'),
  ]
    .filter(block => block !== '')
    .join('\n\n');
};
