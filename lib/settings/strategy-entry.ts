import { list, type Flaw, type Format } from './formats.js';
import { closest, shown } from './wording.js';

/** Wallets: that of the run's main strategy, and those of the strategies that run beside it. */
export const WALLETS = ['main', 'shadow'] as const;
/** Kind of a strategy's wallet. */
export type Wallet = (typeof WALLETS)[number];

/** A mapping of config.yaml with the keys of a section, all of them optional. */
export type Overrides = Readonly<Record<string, unknown>>;

/** A strategy of a run, as in config.yaml. */
export interface StrategyEntry {
  /** Names it in everything that is stored. */
  readonly name: string;
  /** `momentum`, or the path of a file, relative to the configuration file. */
  readonly use: string;
  /** Each strategy has a wallet of its own; exactly one is the main one. */
  readonly wallet: Wallet;
  /** Of a file: by name. Of momentum: keys of `momentum_strategy`. Those left out are the default. */
  readonly parameters: Overrides;
  /** Keys of `risk_management` that differ for it. */
  readonly risk: Overrides;
}

/** The strategy of the bot. */
export const MOMENTUM_ENTRY: StrategyEntry = {
  name: 'momentum',
  use: 'momentum',
  wallet: 'main',
  parameters: {},
  risk: {},
};

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const FILE = /^[^\p{C}]{1,500}\.(?:ts|mts|js|mjs)$/u;
const KEYS = ['name', 'use', 'wallet', 'parameters', 'risk'];
const EXPECTED =
  '{name: my_name, use: momentum or a file as ./strategies/breakout.ts, wallet: main or shadow, parameters: {…}, risk: {…}}';
const MOST = 50;

const isMapping = (value: unknown): value is Overrides =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nameFlaws = (name: unknown): readonly Flaw[] =>
  typeof name === 'string' && NAME.test(name)
    ? []
    : [
        {
          at: ['name'],
          found: name,
          expected: 'lower case letters, digits and underscores, at most 40, a letter first',
        },
      ];

const useFlaws = (use: unknown): readonly Flaw[] =>
  use === 'momentum' || (typeof use === 'string' && FILE.test(use))
    ? []
    : [{ at: ['use'], found: use, expected: 'momentum, or a file that ends in .ts, .mts, .js or .mjs' }];

const walletFlaws = (wallet: unknown): readonly Flaw[] =>
  wallet === undefined || (WALLETS as readonly unknown[]).includes(wallet)
    ? []
    : [{ at: ['wallet'], found: wallet, expected: `one of ${WALLETS.join(', ')}` }];

const parameterFlaws = ({ use, parameters }: Overrides): readonly Flaw[] => {
  if (parameters === undefined) return [];
  if (!isMapping(parameters))
    return [{ at: ['parameters'], found: parameters, expected: 'a mapping of names to values' }];
  if (use === 'momentum') return []; // checked as keys of momentum_strategy
  return Object.entries(parameters).flatMap(([name, value]): readonly Flaw[] =>
    ['number', 'boolean', 'string'].includes(typeof value)
      ? []
      : [{ at: ['parameters', name], found: value, expected: 'a number, true or false, or a name' }],
  );
};

const riskFlaws = (risk: unknown): readonly Flaw[] =>
  risk === undefined || isMapping(risk)
    ? []
    : [{ at: ['risk'], found: risk, expected: 'a mapping of keys of risk_management to values' }];

/** A strategy of a run. */
const strategyEntry: Format<StrategyEntry> = {
  expected: EXPECTED,
  flaws: value => {
    if (!isMapping(value)) return [{ at: [], found: value, expected: EXPECTED }];
    const strangers = Object.keys(value)
      .filter(key => !KEYS.includes(key))
      .map((key): Flaw => {
        const meant = closest(key, KEYS);
        return {
          at: [key],
          found: value[key],
          expected: `a known key: ${meant ? `did you mean ${meant}?` : KEYS.join(', ')}`,
        };
      });
    return [
      ...nameFlaws(value['name']),
      ...useFlaws(value['use']),
      ...walletFlaws(value['wallet']),
      ...parameterFlaws(value),
      ...riskFlaws(value['risk']),
      ...strangers,
    ];
  },
  normal: value => {
    const {
      name,
      use,
      wallet = 'main',
      parameters = {},
      risk = {},
    } = value as Partial<StrategyEntry> & Pick<StrategyEntry, 'name' | 'use'>;
    return { name, use, wallet, parameters, risk };
  },
  parse: text => text,
};

const entries = list(strategyEntry, { least: 1, most: MOST, order: 'any' });

/** What is wrong with valid entries together. */
const togetherFlaws = (strategies: readonly StrategyEntry[]): readonly Flaw[] => {
  const doubles = strategies.flatMap(({ name }, n): readonly Flaw[] => {
    const first = strategies.findIndex(other => other.name === name);
    return first === n
      ? []
      : [{ at: [n, 'name'], found: name, expected: `a name of its own: strategies[${first}] has it too` }];
  });
  const mains = strategies.flatMap(({ wallet, name }, n) => (wallet === 'main' ? [{ n, name }] : []));
  const one = 'exactly one strategy with wallet: main (the default); the others have wallet: shadow';
  const wallets: readonly Flaw[] =
    mains.length === 1
      ? []
      : mains.length === 0
        ? [{ at: [], found: strategies.map(({ name }) => `${name}: shadow`), expected: one }]
        : mains.slice(1).map(({ n }) => ({
            at: [n, 'wallet'],
            found: 'main',
            expected: `shadow: ${shown(mains[0]!.name)} has the main wallet, and exactly one strategy has it`,
          }));
  return [...doubles, ...wallets];
};

/** The strategies of a run; that of the main wallet becomes the first. */
export const strategyList: Format<readonly StrategyEntry[]> = {
  ...entries,
  flaws: value => {
    const flaws = entries.flaws(value);
    return flaws.length > 0 ? flaws : togetherFlaws(entries.normal(value));
  },
  normal: value => {
    const strategies = entries.normal(value);
    return [
      ...strategies.filter(({ wallet }) => wallet === 'main'),
      ...strategies.filter(({ wallet }) => wallet !== 'main'),
    ];
  },
};
