import { readSettings } from './read.js';
import { renderDocument } from './render.js';
import type { Settings } from './settings.js';

/**
 * The settings that a recorded document means, with defaults for what it lacks: secrets, and keys that came later. Throws
 * `UserError` where this version of the bot refuses what it holds.
 */
export const settingsOfDocument = (document: Readonly<Record<string, unknown>>): Settings =>
  readSettings(renderDocument(document, 'A recorded configuration'), 'the recorded configuration', {}).settings;
