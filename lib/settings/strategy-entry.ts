import type { Flaw, Format } from './formats.js';
import { closest } from './wording.js';

/** A strategy of a run, as in config.yaml. */
export interface StrategyEntry {
  /** Names it in everything that is stored. */
  readonly name: string;
  /** `momentum`, or the path of a file, relative to the configuration file. */
  readonly use: string;
  /** Of a file, by name; those left out have their defaults. */
  readonly parameters: Readonly<Record<string, number | boolean | string>>;
}

/** The strategy of the bot. */
export const MOMENTUM_ENTRY: StrategyEntry = { name: 'momentum', use: 'momentum', parameters: {} };

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const FILE = /^[^\p{C}]{1,500}\.(?:ts|mts|js|mjs)$/u;
const KEYS = ['name', 'use', 'parameters'];
const EXPECTED = '{name: my_name, use: momentum or a file as ./strategies/breakout.ts, parameters: {…}}';

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
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

const parameterFlaws = ({ use, parameters }: Readonly<Record<string, unknown>>): readonly Flaw[] => {
  if (parameters === undefined) return [];
  if (!isMapping(parameters))
    return [{ at: ['parameters'], found: parameters, expected: 'a mapping of names to values' }];
  if (use === 'momentum' && Object.keys(parameters).length > 0)
    return [{ at: ['parameters'], found: parameters, expected: 'none: those of momentum are in momentum_strategy' }];
  return Object.entries(parameters).flatMap(([name, value]): readonly Flaw[] =>
    ['number', 'boolean', 'string'].includes(typeof value)
      ? []
      : [{ at: ['parameters', name], found: value, expected: 'a number, true or false, or a name' }],
  );
};

/** A strategy of a run. */
export const strategyEntry: Format<StrategyEntry> = {
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
    return [...nameFlaws(value['name']), ...useFlaws(value['use']), ...parameterFlaws(value), ...strangers];
  },
  normal: value => {
    const { name, use, parameters = {} } = value as Partial<StrategyEntry> & Pick<StrategyEntry, 'name' | 'use'>;
    return { name, use, parameters };
  },
  parse: text => text,
};
