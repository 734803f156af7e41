import {
  crossChecksOf,
  mergeKeys,
  mergeSettings,
  type KeysOf,
  type SettingsOf,
  type Together,
} from '../settings/fragment.js';
import type { DocumentOf } from '../settings/key.js';
import { declared } from './index.js';
import type { Outlets, React } from './sink.js';

type Declared = (typeof declared)[number];
type SinkKeys = Together<KeysOf<Declared>>;

/** The settings of all sinks together. */
export type SinkSettings = SettingsOf<Declared> & object;

/** The keys of all sinks, for `application` of config.yaml. */
export const sinkKeys = mergeKeys<Declared>(declared) as SinkKeys & object;

/** The settings that all sinks read from `application`. */
export const sinkSettingsOf = (document: DocumentOf<SinkKeys>): SinkSettings =>
  mergeSettings<Declared>(declared, document) as SinkSettings;

/** What the sinks refuse of a configuration although each key is valid by itself. */
export const sinkCrossChecks = crossChecksOf<Declared>(declared);

/** Opens every sink of a process, in the order of the list. */
export const openSinks = (outlets: Outlets, settings: SinkSettings): readonly React[] =>
  declared.map(sink => sink.open(outlets, settings));
