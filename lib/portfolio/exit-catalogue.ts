import { crossChecksOf, defaultSettingsOf, type SettingsOf } from '../settings/fragment.js';
import type { EpochMs, Price } from '../units.js';
import type { IndicatorSettings } from '../settings/settings.js';
import type { CandleValues, ExitRule, ExitTrade, Raise, Target } from './exit-rule.js';
import { bySettings, rulesOn } from './rules-on.js';
import { declared } from './exits/index.js';

type Declared = (typeof declared)[number];

/** The reason of an exit by a rule. */
export type RuleReason = Declared['reason'];
/** The settings of all exit rules together. */
export type ExitSettings = SettingsOf<Declared>;
/** An open trade with the exits as configured at its entry. */
export type RuledTrade = ExitTrade & { readonly risk: ExitSettings };

const rules: readonly ExitRule<ExitSettings, RuleReason>[] = declared;

/** The reasons of the rules, in the order of the list. */
export const RULE_REASONS: readonly RuleReason[] = declared.map(({ reason }) => reason);

/** Every reason of an exit: those of the rules, then the ends that no rule decides. */
export const EXIT_REASONS = [...RULE_REASONS, 'end_of_data', 'delisted'] as const;
/** One of `EXIT_REASONS`. */
export type ExitReason = (typeof EXIT_REASONS)[number];

/** The reasons after which a market has a cooldown. */
export const COOLDOWN_REASONS: readonly ExitReason[] = rules
  .filter(({ startsCooldown }) => startsCooldown)
  .map(({ reason }) => reason);

/** The reasons of exits at a stop, initial or raised. */
export const STOP_REASONS: readonly ExitReason[] = rules
  .filter(({ firstStop, raise }) => firstStop !== undefined || raise !== undefined)
  .map(({ reason }) => reason);

/**
 * The settings of the rules by default: they complete a trade that was stored before a rule
 * existed.
 */
export const DEFAULT_EXITS: ExitSettings = defaultSettingsOf<Declared>(declared);

/** What the rules refuse of a configuration although each key is valid by itself. */
export const exitCrossChecks = crossChecksOf<Declared>(declared);

interface Raising extends Raise<ExitSettings> {
  readonly reason: RuleReason;
}

/** The orders of the rules that are on. */
const ordersOf = bySettings((risk: ExitSettings) => {
  const on = rulesOn(rules, risk);
  return {
    firstStops: on.flatMap(({ reason, firstStop }) => (firstStop ? [{ reason, firstStop }] : [])),
    raises: on.flatMap(({ reason, raise }): Raising[] => (raise ? [{ reason, ...raise }] : [])),
    deadlines: on.flatMap(({ reason, deadline }) => (deadline ? [{ reason, deadline }] : [])),
  };
});
const targets = rules.flatMap(({ reason, target }) => (target ? [{ reason, target }] : []));
if (targets.length > 1)
  throw new Error(`At most one exit rule has targets, found ${targets.map(({ reason }) => reason).join(', ')}.`);
const ladder = targets[0];

/** A stop with the rule that has set it. */
export interface SetStop {
  readonly stop: Price;
  readonly reason: RuleReason;
}

/** The values of a decision's candle that first stops read, by name, each with its column. */
export const valuesForStops = (risk: ExitSettings, indicators: IndicatorSettings): Readonly<Record<string, string>> =>
  Object.assign({}, ...rulesOn(rules, risk).map(({ reads }) => reads?.(risk, indicators))) as Readonly<
    Record<string, string>
  >;

/**
 * The stop of a trade at its entry: the highest of all rules. `values` are those of the candle that
 * it was decided on.
 */
export const firstStopOf = (entryPrice: Price, risk: ExitSettings, values: CandleValues): SetStop => {
  let highest: SetStop | null = null;
  for (const { reason, firstStop } of ordersOf(risk).firstStops) {
    const stop = firstStop(entryPrice, risk, values);
    if (stop !== null && (!highest || stop > highest.stop)) highest = { stop, reason };
  }
  if (!highest) throw new Error('No exit rule sets a first stop.');
  return highest;
};

/**
 * The stop that the rules make of a highest price, be it above the trade's own or not; null where
 * none applies yet.
 */
export const raisedStopOf = (trade: RuledTrade, highest: Price): SetStop | null => {
  let raised: SetStop | null = null;
  for (const { reason, from, stop: stopAt } of ordersOf(trade.risk).raises) {
    if (!(highest >= from(trade, trade.risk))) continue;
    const stop = stopAt(trade, trade.risk, highest);
    if (!raised || stop > raised.stop) raised = { stop, reason };
  }
  return raised;
};

/** The reason of a target's exit; null where no rule has targets. */
export const TARGET_REASON: RuleReason | null = ladder?.reason ?? null;

/** The next target of a trade; null where none is left. */
export const targetOf = (trade: RuledTrade): Target | null => ladder?.target(trade, trade.risk) ?? null;

/** The earliest deadline of a trade and its rule; null where it has none. */
export const deadlineOf = (trade: RuledTrade): { readonly at: EpochMs; readonly reason: RuleReason } | null => {
  let earliest: ReturnType<typeof deadlineOf> = null;
  for (const { reason, deadline } of ordersOf(trade.risk).deadlines) {
    const at = deadline(trade, trade.risk);
    if (at < (earliest?.at ?? Infinity)) earliest = { at, reason };
  }
  return earliest;
};

/**
 * The lowest price at or above which an observation can affect a trade, other than by its stop
 * and its deadline: take a target, or raise the stop. `highest` is its highest price so far.
 */
export const triggerOf = (trade: RuledTrade, highest: Price): Price => {
  let trigger = targetOf(trade)?.price ?? Infinity;
  for (const { from } of ordersOf(trade.risk).raises)
    trigger = Math.min(trigger, Math.max(from(trade, trade.risk), highest));
  return trigger;
};
