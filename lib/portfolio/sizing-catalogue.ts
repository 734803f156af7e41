import type { SettingsOf } from '../settings/fragment.js';
import type { Money } from '../units.js';
import { bySettings, rulesOn } from './rules-on.js';
import { declared } from './sizing/index.js';
import type { EntryFacts, SizingRule } from './sizing-rule.js';

/** The settings of all sizing rules together. */
export type SizingSettings = SettingsOf<(typeof declared)[number]>;

const rules: readonly SizingRule<SizingSettings>[] = declared;

const rulesOf = bySettings((risk: SizingSettings) => rulesOn(rules, risk));

/** The most that a position may cost without its fee: the smallest amount of all rules. */
export const notionalOf = (entry: EntryFacts, risk: SizingSettings): Money => {
  let notional = Infinity;
  for (const rule of rulesOf(risk)) notional = Math.min(notional, rule.notional(entry, risk));
  return notional;
};
