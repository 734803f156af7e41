import {
  crossChecksOf,
  mergeKeys,
  mergeSettings,
  type KeysOf,
  type SettingsOf,
  type Together,
} from '../settings/fragment.js';
import { declared } from './index.js';
import type { Outlets, React } from './sink.js';

type Declared = (typeof declared)[number];
/** Where no sink has any, there is nothing to intersect: an empty object then. */
type OrEmpty<T> = T extends object ? T : object;
type SinkKeys = OrEmpty<Together<KeysOf<Declared>>>;

/** The settings of all sinks together. */
export type SinkSettings = OrEmpty<SettingsOf<Declared>>;

/** The keys of all sinks, for `application` of config.yaml. */
export const sinkKeys = mergeKeys<Declared>(declared) as SinkKeys;

/** The settings that all sinks read from `application`. */
export const sinkSettingsOf = (document: Parameters<typeof mergeSettings<Declared>>[1]): SinkSettings =>
  mergeSettings<Declared>(declared, document) as SinkSettings;

/** What the sinks refuse of a configuration although each key is valid by itself. */
export const sinkCrossChecks = crossChecksOf<Declared>(declared);

/** Opens every sink of a process, in the order of the list. */
export const openSinks = (outlets: Outlets, settings: SinkSettings): readonly React[] =>
  declared.map(sink => sink.open(outlets, settings));
