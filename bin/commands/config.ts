import { UserError } from '../../lib/errors.js';
import { warningsOf } from '../../lib/settings/warnings.js';
import { changesOf, type Change } from '../../lib/settings/changes.js';
import { worded } from '../../lib/settings/diff.js';
import { overridesIn } from '../../lib/settings/read.js';
import { MOMENTUM_ENTRY } from '../../lib/settings/strategy-entry.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { environment } from '../../lib/world/environment.js';
import { wrap } from '../report/format.js';
import type { Terminal } from '../terminal.js';

const SHORT_HASH = 12;
const LABEL = 13;

const changeLines = (changes: readonly Change[], { dim }: Terminal['colours']): readonly string[] => {
  const keyWidth = Math.max(0, ...changes.map(({ key }) => key.length));
  const values = changes.map(({ value }) => worded(value));
  const valueWidth = Math.min(40, Math.max(0, ...values.map(value => value.length)));
  return changes.map(
    (change, n) =>
      `  ${change.key.padEnd(keyWidth)}  ${values[n]!.padEnd(valueWidth)}  ` +
      dim(`default ${worded(change.default)} (${change.unit})`),
  );
};

const report = async (options: { config?: string; json?: boolean }, terminal: Terminal): Promise<void> => {
  const configuration = loadConfiguration(options.config);
  if (configuration.settings.strategies.some(({ use }) => use !== MOMENTUM_ENTRY.use))
    await (await import('../../lib/world/strategies/configured.js')).configuredStrategies(configuration);
  const { file, hash, document } = configuration;
  const changes = changesOf(configuration);
  const overrides = overridesIn(environment());
  const warnings = warningsOf(configuration);
  if (options.json) {
    const changed = changes.map(({ key, value, default: standard }) => ({ key, value, default: standard }));
    const answer = { file, valid: true, hash, configuration: document, changed, environment: overrides, warnings };
    terminal.out(JSON.stringify(answer, null, 2));
    return;
  }
  const overridden = overrides.map(({ variable, key }) => `${variable} overrides ${key}`).join(', ');
  terminal.out(`file         ${file}`);
  terminal.out(`state        ${terminal.colours.green('valid')}`);
  terminal.out(`version      ${hash.slice(0, SHORT_HASH)}`);
  terminal.out(`environment  ${overridden || 'overrides nothing'}`);
  terminal.out(`changed      ${changes.length === 0 ? 'nothing: every key has its default' : changes.length}`);
  for (const line of changeLines(changes, terminal.colours)) terminal.out(line);
  const labelled = (text: string) => wrap(text, terminal.width - LABEL);
  for (const { text } of warnings)
    labelled(text).forEach((line, n) =>
      terminal.out(`${n === 0 ? terminal.colours.yellow('warning'.padEnd(LABEL)) : ' '.repeat(LABEL)}${line}`),
    );
};

/**
 * `bot config check`: validates a configuration, its strategy files included, and lists its
 * non-default keys, the environment's overrides and its warnings. Throws `UserError` with every
 * problem; with `json` the problems are also on stdout.
 */
export const configCheck = async (options: { config?: string; json?: boolean }, terminal: Terminal): Promise<void> => {
  try {
    await report(options, terminal);
  } catch (error) {
    if (options.json && error instanceof UserError)
      terminal.out(JSON.stringify({ file: options.config ?? null, valid: false, problems: error.lines }, null, 2));
    throw error;
  }
};
