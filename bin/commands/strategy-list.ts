import { existsSync, readdirSync } from 'node:fs';
import { UserError } from '../../lib/errors.js';
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
  const setups: StrategySetup[] = [MOMENTUM_SETUP];
  const refused: { readonly use: string; readonly mistakes: readonly string[] }[] = [];
  for (const file of files) setups.push((await loadGiven(file, undefined, settings)).setup);
  // A folder is listed as it is: helpers that strategies import lie in it too.
  for (const file of files.length > 0 ? [] : filesIn(FOLDER))
    try {
      setups.push((await loadGiven(file, undefined, settings)).setup);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ use: file, mistakes: error.lines });
    }
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
    terminal.out(JSON.stringify([...described, ...refused], null, 2));
    return;
  }
  const { bold, dim, yellow } = terminal.colours;
  const parts = described.map(({ name, use, parameters, columns, conditions }) => {
    const widest = Math.max(...conditions.map(condition => condition.name.length));
    return [
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
          `  ${i === 0 ? 'conditions ' : '           '} ${condition.name.padEnd(widest)}  ${dim(condition.requirement)}`,
      ),
    ].join('\n');
  });
  const others = refused.map(({ use, mistakes }) =>
    [yellow(`${use} is no strategy`), ...mistakes.map(line => `  ${line}`)].join('\n'),
  );
  terminal.out([...parts, ...others].join('\n\n'));
};
