import { defaultConfiguration, readSettings } from '../../lib/settings/read.js';
import type { Settings } from '../../lib/settings/settings.js';

/**
 * The settings that a configuration file with these lines gives; everything else is the default.
 */
export const settingsOf = (yaml = '{}'): Settings => readSettings(yaml, 'test.yaml', {}).settings;

/** Every setting at its default. */
export const defaultSettings: Settings = defaultConfiguration.settings;
