import type { ConfiguredStrategy, Settings } from './settings.js';

const made = new WeakMap<Settings, Map<ConfiguredStrategy, Settings>>();

/**
 * The settings of one strategy: those of the run, with its own conditions and risk. The same object
 * for the same arguments; `settings` itself for a strategy that overrides nothing, or that the
 * settings do not name.
 */
export const settingsFor = (settings: Settings, name: string): Settings => {
  const entry = settings.strategies.find(strategy => strategy.name === name);
  if (!entry?.own) return settings;
  const known = made.get(settings) ?? new Map<ConfiguredStrategy, Settings>();
  made.set(settings, known);
  const found = known.get(entry) ?? { ...settings, ...entry.own };
  known.set(entry, found);
  return found;
};

/** Whether a strategy has the main wallet. */
export const isMain = ({ strategies }: Pick<Settings, 'strategies'>, name: string): boolean =>
  strategies[0]?.name === name;
