import type { RejectionReason, WithheldReason } from '../portfolio/events.js';
import { comparisonOf, inRuleOrder } from '../universe/catalogue.js';
import { PRICES } from '../indicators/request.js';
import type { Strategy, StrategyTerms } from '../strategy/condition.js';
import { checksOf, decisionOf, unknownIn, type Check, type Side, type Values } from '../strategy/explain.js';
import { MOMENTUM } from '../strategy/momentum.js';
import { CANDLES_NEEDED } from '../strategy/warm-up.js';
import type { EpochMs, Money, Price, SizeBase } from '../units.js';
import { comparedFigures, figureOf } from './figures.js';
import { isoTime } from './time.js';

/** A stored minute of a market. */
export interface StoredMinute {
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  readonly volume: SizeBase;
  readonly quiet: boolean;
  readonly suspect: boolean;
  readonly source: string;
  /** Null if it was never revised. */
  readonly revisedAt: Date | null;
  readonly firstSeen: Readonly<Record<string, unknown>> | null;
  readonly indicators: Readonly<Record<string, number>> | null;
  /** Of the main strategy; null if no run decided on it. */
  readonly decision: string | null;
  /** The strategies of the run with an exit signal; null without any. */
  readonly exits: readonly string[] | null;
  /** The decisions of the shadow strategies, by name; null without any. */
  readonly shadows: Readonly<Record<string, string>> | null;
  /** Null if nothing was decided, or if that is not known. */
  readonly decidedAt: Date | null;
  readonly configurationId: number | null;
  readonly runId: number | null;
}

/** An opportunity of the minute and its outcome. */
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
    /** Mean price of the exits so far; null before the first. */
    readonly exitPrice: Price | null;
    readonly profitLoss: Money | null;
    /** In the order of time. */
    readonly stopRaises: readonly StopRaised[];
  } | null;
}

/** A rise of a trade's stop. */
export interface StopRaised {
  /** ISO 8601, UTC: of the observation that raised it, in force from the next one on. */
  readonly at: string;
  readonly stop: Price;
  /** The exit rule that raised it. */
  readonly reason: string;
}

/** Result of one universe rule at the refresh in force. */
export interface StoredVerdict {
  /** Of the refresh. */
  readonly at: Date;
  readonly rule: string;
  /** In the unit of config.yaml, like the threshold; null if unknown or a rule about names. */
  readonly value: number | null;
  readonly threshold: number | null;
  readonly pass: boolean;
}

/** The explained run, or another run that covers the minute. */
export interface ExplainedRun {
  readonly id: number;
  readonly mode: StoredOpportunity['mode'];
  readonly status: 'running' | 'completed' | 'aborted' | 'failed';
  /** Seed of a generated market. */
  readonly seed: number | null;
}

/** What another strategy of the run decided on the minute. */
export interface OtherDecision {
  readonly strategy: string;
  /** Null if it is not known. */
  readonly decision: string | null;
  /** Why it is not known; null if it is. */
  readonly reason: string | null;
}

/** All data about a minute of a market, for one run. */
export interface MinuteRecord {
  readonly market: string;
  /** Open time. */
  readonly at: EpochMs;
  /** With the run's decision, stored or recomputed; without one if no run covers it. */
  readonly minute: StoredMinute;
  /** Null if no run covers the minute. */
  readonly run: ExplainedRun | null;
  /** Whether decision and values were recomputed, since a backtest stores none. */
  readonly isReplayed: boolean;
  /** The newest first. */
  readonly otherRuns: readonly ExplainedRun[];
  /** The values of earlier minutes that the strategy reads, by name; null if unknown. */
  readonly before: Readonly<Record<string, number | null>>;
  /** Default momentum. */
  readonly strategy?: Strategy;
  /** The name of the explained strategy; null if no run decided. */
  readonly strategyName: string | null;
  /** Whether an exit of the explained strategy held; null if it has none, or no run decided. */
  readonly hasExit: boolean | null;
  /** What the other strategies of the run decided, in its order. */
  readonly others: readonly OtherDecision[];
  /** The run's conditions; null without a decision, or if this version refuses them. */
  readonly terms: StrategyTerms | null;
  /** Newest run first. */
  readonly opportunities: readonly StoredOpportunity[];
  readonly verdicts: readonly StoredVerdict[];
}

/** A rule's result with its comparison; null for rules about names. */
export interface RuleLine extends StoredVerdict {
  readonly comparison: '≥' | '≤' | null;
}

/** Why a minute was or was not traded. */
export interface Why {
  readonly market: string;
  /** Open time of the minute. */
  readonly time: string;
  readonly minute: StoredMinute;
  /** The decision, its run and configuration; all null without a decision. */
  readonly decision: string | null;
  readonly runId: number | null;
  readonly configurationId: number | null;
  readonly run: ExplainedRun | null;
  /** The name of the strategy that decided; null if none did. */
  readonly strategy: string | null;
  /** What the other strategies of the run decided. */
  readonly others: readonly OtherDecision[];
  /** Whether it was recomputed from the stored candles with the run's configuration. */
  readonly isReplayed: boolean;
  /** Other runs that cover the minute, the newest first. */
  readonly otherRuns: readonly ExplainedRun[];
  /** What decided, in sentences. */
  readonly summary: readonly string[];
  readonly rules: readonly RuleLine[];
  /** In order of evaluation; empty if no indicators are stored. */
  readonly checks: readonly Check[];
  /** Index of the first failed check, if the strategy was evaluated. */
  readonly firstFailed: number | null;
  /** Whether an exit of the strategy held; null if it has none. */
  readonly hasExit: boolean | null;
  /** The comparisons of its exits. */
  readonly exits: readonly Check[];
  readonly opportunities: readonly StoredOpportunity[];
  /** Caveats about the table. */
  readonly notes: readonly string[];
}

/** Decisions that keep the strategy from being evaluated, with the reason; `warming_up` besides. */
const NOT_EVALUATED: Readonly<Record<string, string>> = {
  outside: 'The minute is outside the period of the run.',
  gap: 'The minute was missing when it was due for a decision.',
  quiet: 'There were no trades in this minute, so there is nothing to decide.',
  suspect: 'The price jumped, and the next candle had not confirmed it: such a candle counts as quiet.',
  error:
    'The code of the strategy failed on this minute, or on three candles of this market in a row before it, which switched it off here.',
};

const warmingUp = ({ needed }: Pick<Strategy, 'needed'>): string => {
  const candles = [...(needed ?? [])].map(([kind, count]) =>
    typeof kind === 'number' ? `${count} of ${kind} min` : `${count} of ${parseInt(kind)} min with a volume`,
  );
  const few =
    candles.length > 0 ? `fewer candles than it needs (${candles.join(', ')})` : `fewer than ${CANDLES_NEEDED} candles`;
  return `A timeframe that the strategy uses had ${few} since the market's last gap.`;
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

/** The value sets that may have been seen, most likely first. */
const seenValues = ({ minute, before }: MinuteRecord): readonly Values[] => {
  if (!minute.indicators) return [];
  const values = { ...minute.indicators, ...before };
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  const { open, high, low, close, volume } = minute;
  const now = { ...values, open, high, low, close, volume };
  const first = minute.firstSeen;
  if (!first) return [now];
  const seen = Object.fromEntries(PRICES.map(name => [name, number(first[name])]));
  return [now, { ...values, ...seen }];
};

/** The value sets that may have been evaluated, most likely first. */
const candidatesOf = (record: MinuteRecord, opportunity: StoredOpportunity | undefined): readonly Values[] =>
  opportunity && record.minute.decision === 'opportunity' ? [opportunity.values] : seenValues(record);

/** The comparisons of the exits, on the values that lead to what is known of them. */
const exitChecksOf = (record: MinuteRecord): readonly (readonly Check[])[] => {
  const { terms, hasExit } = record;
  const strategy: Strategy = record.strategy ?? MOMENTUM;
  const exits = strategy.exits ?? [];
  if (!terms || exits.length === 0) return [];
  const tried = seenValues(record).map(values => exits.map(exit => checksOf(values, terms, exit)));
  return tried.find(checks => checks.some(holdsWhole) === hasExit) ?? tried[0] ?? [];
};

const holdsWhole = (checks: readonly Check[]): boolean => checks.length > 0 && checks.every(({ holds }) => holds);

const exitSummary = ({ hasExit }: MinuteRecord, exits: readonly (readonly Check[])[]): readonly string[] => {
  if (!hasExit) return [];
  const names = exits.filter(holdsWhole).map(([check]) => check!.condition);
  const which = names.length > 0 ? `: ${names.join(', ')}` : '';
  return [`An exit signal${which}. If the strategy had a position here, it was sold at the next price.`];
};

const summaryOf = (
  decision: string | null,
  { minute, verdicts, strategy = MOMENTUM }: MinuteRecord,
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
  if (decision === 'warming_up') return warmingUp(strategy);
  if (decision === 'opportunity') return 'Every condition held: an opportunity.';
  return NOT_EVALUATED[decision] ?? `First condition to fail: ${decision}${failed ? `. ${checkText(failed)}` : ''}.`;
};

/** Name of a run: run 5 (backtest), run 6 (backtest of the generated market with seed 1). */
export const runText = ({ id, mode, seed }: ExplainedRun): string =>
  `run ${id} (${seed === null ? mode : `${mode} of the generated market with seed ${seed}`})`;

/** Caveats about a recomputed decision. */
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

/** Explains a minute: each value with its threshold, and what decided. */
export const explain = (record: MinuteRecord): Why => {
  const { minute, opportunities, terms, run, isReplayed, otherRuns } = record;
  const { decision } = minute;
  const own = opportunities.find(({ runId }) => runId === minute.runId);
  const asked =
    decision !== null && decision !== 'not_tradable' && decision !== 'warming_up' && !(decision in NOT_EVALUATED);

  const tried = terms ? candidatesOf(record, own).map(values => checksOf(values, terms, record.strategy)) : [];
  const checks = tried.find(found => decisionOf(found) === decision) ?? tried[0] ?? [];
  const firstFailed = asked ? checks.findIndex(({ holds }) => holds === false) : -1;
  const unexplained = asked && checks.length > 0 && decisionOf(checks) !== decision;
  const exits = exitChecksOf(record);
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
    strategy: record.strategyName,
    others: record.others,
    isReplayed,
    otherRuns,
    summary: [
      summaryOf(decision, record, { rules, checks, failed: checks[firstFailed] }),
      ...exitSummary(record, exits),
      ...opportunities.map(
        found => `Run ${found.runId} (${found.mode}), score ${found.score.toFixed(3)}: ${fateOf(found)}.`,
      ),
    ],
    rules,
    checks,
    firstFailed: firstFailed < 0 || unexplained ? null : firstFailed,
    hasExit: record.hasExit,
    exits: exits.flat(),
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
      ...(asked && checks.length === 0
        ? [
            record.strategy?.row
              ? 'The strategy decides by a function of its own: there are no comparisons to show.'
              : 'The indicators of this minute are not stored.',
          ]
        : []),
      ...(otherRuns.length > 0
        ? [`Other runs also decided on this minute (--run N shows them): ${otherRuns.map(runText).join(', ')}.`]
        : []),
    ],
  };
};
