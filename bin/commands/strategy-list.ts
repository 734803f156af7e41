import { existsSync, readdirSync } from 'node:fs';
import { enabledConditions, requirementOf } from '../../lib/strategy/condition.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { loadGiven } from '../strategy/order.js';
import type { Terminal } from '../terminal.js';

const FOLDER = 'strategies';
const TYPES = 'crypto-bot-strategy.ts';

const filesIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter(file => file.endsWith('.ts') && file !== TYPES && !file.endsWith('.d.ts'))
        .sort()
        .map(file => `${folder}/${file}`)
    : [];

/** `bot strategy list`. */
export const strategyListCommand = async (
  files: readonly string[],
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> => {
  const { settings } = loadConfiguration(options.config);
  const given = files.length > 0 ? files : filesIn(FOLDER);
  const setups: StrategySetup[] = [MOMENTUM_SETUP];
  for (const file of given) setups.push((await loadGiven(file, undefined, settings)).setup);
  const described = setups.map(({ name, use, parameters, sourceHash, requested, strategy }) => ({
    name,
    use,
    parameters,
    sourceHash,
    columns: requested.flatMap(({ group }) => group.keys),
    conditions: enabledConditions(strategy, settings).map(condition => ({
      name: condition.name,
      requirement: requirementOf(condition, settings),
    })),
  }));
  if (options.json) {
    terminal.out(JSON.stringify(described, null, 2));
    return;
  }
  const { bold, dim } = terminal.colours;
  const parts = described.map(({ name, use, parameters, columns, conditions }) =>
    [
      `${bold(name)}${use === name ? '' : ` (${use})`}`,
      ...(Object.keys(parameters).length > 0
        ? [
            `  parameters  ${Object.entries(parameters)
              .map(([key, value]) => `${key} ${value}`)
              .join(', ')}`,
          ]
        : []),
      ...(columns.length > 0 ? [`  columns     ${columns.join(', ')}`] : []),
      ...conditions.map(
        (condition, i) =>
          `  ${i === 0 ? 'conditions ' : '           '} ${condition.name} ${dim(condition.requirement)}`,
      ),
    ].join('\n'),
  );
  terminal.out(parts.join('\n\n'));
};
