import { readSource } from './source.js';
import { schema } from './schema.js';

/** A key of config.yaml with a value from the command line. */
export interface GivenKey {
  /** Dotted: `risk_management.stop_loss_percentage`. */
  readonly key: string;
  /** As YAML: `1`, `[0.3, 0.6]`. */
  readonly text: string;
}

/** The key and value of a `--set` that names a section of config.yaml; null for any other. */
export const givenKeyOf = (text: string): GivenKey | null => {
  const [, key, value] = /^(\w+(?:\.\w+)+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) return null;
  return Object.hasOwn(schema, key.slice(0, key.indexOf('.'))) ? { key, text: value } : null;
};

type Mapping = Record<string, unknown>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a problem's key is a given one, or within it. */
export const concerns = ({ key }: GivenKey, problem: string): boolean =>
  problem === key || problem.startsWith(`${key}.`) || problem.startsWith(`${key}[`);

/**
 * The values of a configuration file with the given ones in place of its own. Throws `UserError` if
 * one is no YAML.
 */
export const withGivenKeys = (value: unknown, given: readonly GivenKey[]): unknown => {
  let whole = value;
  for (const { key, text } of given) {
    const { value: read } = readSource(`value: ${text}`, `--set ${key}`);
    const path = key.split('.');
    const placed = (node: unknown, depth: number): unknown =>
      depth === path.length
        ? (read as Mapping)['value']
        : {
            ...(isMapping(node) && node),
            [path[depth]!]: placed(isMapping(node) ? node[path[depth]!] : null, depth + 1),
          };
    whole = placed(whole, 0);
  }
  return whole;
};
