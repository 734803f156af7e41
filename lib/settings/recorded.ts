import { readSettings } from './read.js';
import { renderDocument } from './render.js';
import type { Settings } from './settings.js';

/**
 * The settings of a recorded document, with defaults for missing values: secrets, later keys.
 * Throws `UserError` where this version of the bot refuses what it holds.
 */
export const settingsOfDocument = (document: Readonly<Record<string, unknown>>): Settings =>
  readSettings(renderDocument(document, 'A recorded configuration'), 'the recorded configuration', {}).settings;
