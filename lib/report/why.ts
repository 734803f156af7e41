import type { RejectionReason, WithheldReason } from '../position/events.js';
import { comparisonOf, inRuleOrder } from '../universe/catalogue.js';
import type { StrategyTerms } from '../strategy/condition.js';
import { checksOf, decisionOf, unknownIn, type Check, type Side, type Values } from '../strategy/explain.js';
import { CANDLES_NEEDED } from '../strategy/evaluator.js';
import type { EpochMs, Money, Price, SizeBase } from '../units.js';
import { comparedFigures, figureOf } from './figures.js';
import { isoTime } from './time.js';

/** A minute of a market as it is stored. */
export interface StoredMinute {
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  readonly volume: SizeBase;
  readonly quiet: boolean;
  readonly suspect: boolean;
  readonly source: string;
  /** Null where it never changed. */
  readonly revisedAt: Date | null;
  readonly firstSeen: Readonly<Record<string, unknown>> | null;
  readonly indicators: Readonly<Record<string, number>> | null;
  /** Null where no run has decided on it. */
  readonly decision: string | null;
  readonly configurationId: number | null;
  readonly runId: number | null;
}

/** An opportunity of the minute and what became of it. */
export interface StoredOpportunity {
  readonly runId: number;
  readonly mode: 'live' | 'simulated' | 'backtest';
  readonly configurationId: number;
  readonly score: number;
  readonly values: Readonly<Record<string, number>>;
  readonly status: 'pending' | 'taken' | 'rejected' | 'expired';
  readonly reason: RejectionReason | WithheldReason | null;
  readonly decidedAt: Date | null;
  readonly trade: {
    readonly number: number;
    readonly entryPrice: Price;
    readonly size: SizeBase;
    readonly status: 'open' | 'partially_closed' | 'closed';
    /** Mean of the exits so far, as the result; null before the first. */
    readonly exitPrice: Price | null;
    readonly profitLoss: Money | null;
  } | null;
}

/** What one rule of the universe said at the refresh that was in force. */
export interface StoredVerdict {
  /** Of the refresh. */
  readonly at: Date;
  readonly rule: string;
  /** In the unit of its threshold in config.yaml, as the threshold; null where not known, and for rules that compare names. */
  readonly value: number | null;
  readonly threshold: number | null;
  readonly pass: boolean;
}

/** A run that a minute is explained for, or that covers it as well. */
export interface ExplainedRun {
  readonly id: number;
  readonly mode: StoredOpportunity['mode'];
  readonly status: 'running' | 'completed' | 'aborted' | 'failed';
  /** Of a generated market. */
  readonly seed: number | null;
}

/** Everything that is known of a minute of a market, for one run. */
export interface MinuteRecord {
  readonly market: string;
  /** Open time. */
  readonly at: EpochMs;
  /** With what the run decided on it, stored by it or computed again; nothing where no run covers it. */
  readonly minute: StoredMinute;
  /** Null where no run covers the minute. */
  readonly run: ExplainedRun | null;
  /** Whether the decision and the values were computed again, since a backtest stores none. */
  readonly isReplayed: boolean;
  /** The newest first. */
  readonly otherRuns: readonly ExplainedRun[];
  /** The MACD histogram of the minute before, by its key; null where that is not known. */
  readonly histogramBefore: number | null;
  /** What the run's configuration asks for; null where there is no decision, or this version of the bot refuses it. */
  readonly terms: StrategyTerms | null;
  /** Of the newest run first. */
  readonly opportunities: readonly StoredOpportunity[];
  readonly verdicts: readonly StoredVerdict[];
}

/** A rule's verdict with the comparison that it made; null where names are compared. */
export interface RuleLine extends StoredVerdict {
  readonly comparison: '≥' | '≤' | null;
}

/** Why a minute was or was not traded. */
export interface Why {
  readonly market: string;
  /** Open time of the minute. */
  readonly time: string;
  readonly minute: StoredMinute;
  /** What was decided, by which run under which configuration; all null where nothing was. */
  readonly decision: string | null;
  readonly runId: number | null;
  readonly configurationId: number | null;
  readonly run: ExplainedRun | null;
  /** Whether it was computed again from the stored candles with the run's configuration. */
  readonly isReplayed: boolean;
  /** Other runs that cover the minute, the newest first. */
  readonly otherRuns: readonly ExplainedRun[];
  /** In sentences: what decided. */
  readonly summary: readonly string[];
  readonly rules: readonly RuleLine[];
  /** In the order in which they are asked; empty where no indicators are stored. */
  readonly checks: readonly Check[];
  /** The place of the first check that failed, of a minute on which the strategy was asked. */
  readonly firstFailed: number | null;
  readonly opportunities: readonly StoredOpportunity[];
  /** What a reader should know before believing the table. */
  readonly notes: readonly string[];
}

/** The strategy is asked about a candle that none of these keeps away. */
const NOT_ASKED: Readonly<Record<string, string>> = {
  outside: 'The minute is outside the period of the run.',
  gap: 'The minute was missing when it was due for a decision.',
  quiet: 'There were no trades in this minute, so there is nothing to decide.',
  suspect: 'The price jumped, and the next candle had not confirmed it: such a candle counts as quiet.',
  warming_up: `A timeframe that the strategy uses had fewer than ${CANDLES_NEEDED} candles since the market's last gap.`,
};

const words = (name: string): string => name.replaceAll('_', ' ');
const sideText = ({ name }: Side, figure: string): string => (name === null ? figure : `${name} (${figure})`);
const checkText = ({ value, comparison, threshold }: Check): string => {
  const [figure, limit] = comparedFigures(value.value, threshold.value);
  return `${sideText(value, figure)} is not ${comparison} ${sideText(threshold, limit)}`;
};

const ruleText = ({ rule, value, comparison, threshold }: RuleLine): string => {
  if (comparison === null) return `${words(rule)} failed`;
  if (value === null) return `${words(rule)} is not known`;
  const [figure, limit] = comparedFigures(value, threshold);
  return `${words(rule)} is ${figure}, not ${comparison} ${threshold === null ? 'its threshold' : limit}`;
};

const fateOf = ({ status, reason, trade }: StoredOpportunity): string => {
  if (trade) {
    const result = trade.profitLoss === null ? '' : `, result ${figureOf(trade.profitLoss)}`;
    const sold = trade.exitPrice === null ? '' : ` at ${figureOf(trade.exitPrice)} on average`;
    return `taken as trade ${trade.number} at ${figureOf(trade.entryPrice)}; ${words(trade.status)}${sold}${result}`;
  }
  if (status === 'pending') return 'waiting: not bought, rejected or expired yet';
  return reason === null ? status : `${status}: ${words(reason)}`;
};

/** The value sets that may have been judged, the likeliest first. */
const candidatesOf = (record: MinuteRecord, opportunity: StoredOpportunity | undefined): readonly Values[] => {
  const { minute, histogramBefore } = record;
  if (opportunity && minute.decision === 'opportunity') return [opportunity.values];
  if (!minute.indicators) return [];
  const values = { ...minute.indicators, macd_histogram_before: histogramBefore };
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  const now = { ...values, close: minute.close, volume: minute.volume };
  const first = minute.firstSeen;
  return first ? [now, { ...values, close: number(first['close']), volume: number(first['volume']) }] : [now];
};

const summaryOf = (
  decision: string | null,
  { minute, verdicts }: MinuteRecord,
  { rules, checks, failed }: { rules: readonly RuleLine[]; checks: readonly Check[]; failed: Check | undefined },
): string => {
  if (decision === null) return `No run evaluated this minute; its candle came from source "${minute.source}".`;
  if (decision === 'not_tradable') {
    const broken = rules.filter(({ pass }) => !pass);
    if (broken.length > 0) return `The market was not tradable: ${broken.map(ruleText).join('; ')}.`;
    return verdicts.length === 0
      ? 'The market was not tradable. Which rule failed is not stored.'
      : 'The market was not tradable: it had no verdict yet, or the verdict of the failed rule is not stored.';
  }
  if (decision === 'unknown') {
    const names = unknownIn(checks);
    return `A value that the strategy needs was unknown: ${names.length > 0 ? names.join(', ') : 'which one is not stored'}.`;
  }
  if (decision === 'opportunity') return 'Every condition held: an opportunity.';
  return NOT_ASKED[decision] ?? `First condition to fail: ${decision}${failed ? `. ${checkText(failed)}` : ''}.`;
};

/** How a run is named: run 5 (backtest), run 6 (backtest of the generated market with seed 1). */
export const runText = ({ id, mode, seed }: ExplainedRun): string =>
  `run ${id} (${seed === null ? mode : `${mode} of the generated market with seed ${seed}`})`;

/** What a reader should know of a decision that was computed again. */
const replayNotes = ({ run, minute, isReplayed }: MinuteRecord, own: StoredOpportunity | undefined): string[] => {
  if (!run || !isReplayed) return [];
  const changed = 'the stored candles, or the bot, have changed since';
  return [
    `A backtest stores no decisions: this one was recomputed with the configuration of run ${run.id}.`,
    ...(run.status === 'completed' ? [] : [`Run ${run.id} is ${run.status}: it may not have reached this minute.`]),
    ...(own && minute.decision !== 'opportunity'
      ? [`Run ${run.id} had an opportunity on this minute: ${changed}.`]
      : []),
    ...(!own && minute.decision === 'opportunity' && run.status === 'completed'
      ? [`Run ${run.id} had no opportunity on this minute: ${changed}.`]
      : []),
  ];
};

/** Puts what is known of a minute side by side: each value with its threshold, and what decided. */
export const explain = (record: MinuteRecord): Why => {
  const { minute, opportunities, terms, run, isReplayed, otherRuns } = record;
  const { decision } = minute;
  const own = opportunities.find(({ runId }) => runId === minute.runId);
  const asked = decision !== null && decision !== 'not_tradable' && !(decision in NOT_ASKED);

  const tried = terms ? candidatesOf(record, own).map(values => checksOf(values, terms)) : [];
  const checks = tried.find(found => decisionOf(found) === decision) ?? tried[0] ?? [];
  const firstFailed = asked ? checks.findIndex(({ holds }) => holds === false) : -1;
  const unexplained = asked && checks.length > 0 && decisionOf(checks) !== decision;
  const rules = inRuleOrder(record.verdicts).map(verdict => ({
    ...verdict,
    comparison: comparisonOf(verdict.rule),
  }));
  const { revisedAt } = minute;
  return {
    market: record.market,
    time: isoTime(record.at),
    minute,
    decision,
    runId: minute.runId,
    configurationId: minute.configurationId,
    run,
    isReplayed,
    otherRuns,
    summary: [
      summaryOf(decision, record, { rules, checks, failed: checks[firstFailed] }),
      ...opportunities.map(
        found => `Run ${found.runId} (${found.mode}), score ${found.score.toFixed(3)}: ${fateOf(found)}.`,
      ),
    ],
    rules,
    checks,
    firstFailed: firstFailed < 0 || unexplained ? null : firstFailed,
    opportunities,
    notes: [
      ...replayNotes(record, own),
      ...(decision !== null && !asked && checks.length > 0
        ? ['The strategy was not evaluated; the values are shown for information.']
        : []),
      ...(revisedAt
        ? [`The exchange changed this candle at ${isoTime(revisedAt.getTime())}, after it was first stored.`]
        : []),
      ...(unexplained
        ? [`The stored values do not lead to "${decision}": they, or those of the minute before, have changed since.`]
        : []),
      ...(asked && checks.length === 0 ? ['The indicators of this minute are not stored.'] : []),
      ...(otherRuns.length > 0
        ? [`Other runs also decided on this minute (--run N shows them): ${otherRuns.map(runText).join(', ')}.`]
        : []),
    ],
  };
};
