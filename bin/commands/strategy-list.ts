import { existsSync, readdirSync } from 'node:fs';
import { UserError } from '../../lib/errors.js';
import { keys, valueAt } from '../../lib/settings/schema.js';
import type { Settings } from '../../lib/settings/settings.js';
import { enabledConditions, requirementOf, type Strategy } from '../../lib/strategy/condition.js';
import type { DeclaredParameter } from '../../lib/strategy/kit-tools.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import type { LoadedStrategy } from '../../lib/world/strategies/load.js';
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

/** A parameter that can be changed. */
interface ListedParameter {
  readonly name: string;
  readonly value: unknown;
  readonly default: unknown;
  /** Type and bounds; completes "expected …". */
  readonly expected: string;
}

/** A strategy with its parameters. */
interface Listed {
  readonly setup: StrategySetup;
  readonly declared: readonly ListedParameter[];
}

/** A condition or an exit, in words and numbers. */
interface Requirement {
  readonly name: string;
  readonly requirement: string;
}

const MOMENTUM_KEYS = 'momentum_strategy.';

/** Momentum's parameters are keys of the configuration. */
const momentum = (document: unknown): Listed => ({
  setup: MOMENTUM_SETUP,
  declared: [...keys]
    .filter(([key]) => key.startsWith(MOMENTUM_KEYS))
    .map(([key, { default: standard, check }]) => ({
      name: key.slice(MOMENTUM_KEYS.length),
      value: valueAt(document, key),
      default: standard,
      expected: check.expected,
    })),
});

const ofFile = ({ setup, declaration }: LoadedStrategy): Listed => ({
  setup,
  declared: Object.entries(declaration.parameters ?? {}).map(([name, parameter]) => {
    const { default: standard, check } = parameter as DeclaredParameter;
    return { name, value: setup.parameters[name], default: standard, expected: check.expected };
  }),
});

const valueText = (value: unknown): string => (Array.isArray(value) ? `[${value.join(', ')}]` : String(value));

/** A line for each parameter: name, value, what is accepted. */
const parameterLines = (declared: readonly ListedParameter[], dim: (text: string) => string): readonly string[] => {
  const rows = declared.map(({ name, value, default: standard, expected }) => {
    const isDefault = valueText(value) === valueText(standard);
    return [name, valueText(value), `${expected}${isDefault ? '' : `; default ${valueText(standard)}`}`] as const;
  });
  const widest = (n: 0 | 1) => Math.max(...rows.map(row => row[n].length));
  return rows.map(
    ([name, value, expected], i) =>
      `  ${i === 0 ? 'parameters ' : '           '} ${name.padEnd(widest(0))}  ${value.padEnd(widest(1))}  ${dim(expected)}`,
  );
};

const requirementsOf = (strategy: Strategy, settings: Settings): readonly Requirement[] =>
  enabledConditions(strategy, settings).map(condition => ({
    name: condition.name,
    requirement: requirementOf(condition, settings),
  }));

/** A line for each condition: name, what it requires. */
const requirementLines = (
  title: string,
  requirements: readonly Requirement[],
  dim: (text: string) => string,
): readonly string[] => {
  const widest = Math.max(...requirements.map(({ name }) => name.length));
  return requirements.map(
    ({ name, requirement }, i) => `  ${(i === 0 ? title : '').padEnd(11)} ${name.padEnd(widest)}  ${dim(requirement)}`,
  );
};

/** `bot strategy list`. */
export const strategyListCommand = async (
  files: readonly string[],
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> => {
  const { settings, document } = loadConfiguration(options.config);
  const found: Listed[] = [momentum(document)];
  const refused: { readonly use: string; readonly mistakes: readonly string[] }[] = [];
  for (const file of files) found.push(ofFile(await loadGiven(file, undefined, settings)));
  // A folder is listed as it is: helpers that strategies import lie in it too.
  for (const file of files.length > 0 ? [] : filesIn(FOLDER))
    try {
      found.push(ofFile(await loadGiven(file, undefined, settings)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ use: file, mistakes: error.lines });
    }
  const described = found.map(({ setup: { name, use, parameters, sourceHash, requested, strategy }, declared }) => ({
    name,
    use,
    parameters,
    declared,
    sourceHash,
    columns: requested.flatMap(({ group }) => group.keys),
    conditions: requirementsOf(strategy, settings),
    exits: (strategy.exits ?? []).flatMap(exit => requirementsOf(exit, settings)),
  }));
  if (options.json) {
    terminal.out(JSON.stringify([...described, ...refused], null, 2));
    return;
  }
  const { bold, dim, yellow } = terminal.colours;
  const parts = described.map(({ name, use, declared, columns, conditions, exits }) =>
    [
      `${bold(name)}${use === name ? '' : ` (${use})`}`,
      ...parameterLines(declared, dim),
      ...(columns.length > 0 ? [`  columns     ${columns.join(', ')}`] : []),
      ...requirementLines('conditions', conditions, dim),
      ...requirementLines('exits', exits, dim),
    ].join('\n'),
  );
  const others = refused.map(({ use, mistakes }) =>
    [yellow(`${use} is no strategy`), ...mistakes.map(line => `  ${line}`)].join('\n'),
  );
  terminal.out([...parts, ...others].join('\n\n'));
};
