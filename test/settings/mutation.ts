import fc from 'fast-check';
import { keys } from '../../lib/settings/schema.js';

const word = fc
  .stringMatching(/^[a-z]{4,12}$/)
  .filter(text => !/^(true|false|null|pass|fail|kraken|embedded)$/.test(text));
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map(String);
const truth = fc.constantFrom('true', 'false');
const unclear = fc.constantFrom('.nan', '.inf', '-.inf', '0x10', '0o7', '007', '+1', '5.', '.5');
const list = fc.constantFrom('[]', '[[]]', '[{}]', '[null]', '[.nan]');
const mapping = fc.constantFrom('{}', '{ a: 1 }', '{ period: 14 }');
const nothing = fc.constantFrom('', '~', 'null');
const quoted = fc.integer({ min: 0, max: 1000 }).map(value => `"${value}"`);

/** YAML of a type that the key can never have. */
const wrongFor = (standard: unknown, acceptsNumber: boolean): fc.Arbitrary<string> => {
  if (standard === null && acceptsNumber) return fc.oneof(word, truth, unclear, list, mapping, quoted);
  if (standard === null) return fc.oneof(number, truth, unclear, list, mapping);
  if (Array.isArray(standard)) return fc.oneof(word, number, truth, unclear, mapping, nothing, quoted);
  if (typeof standard === 'number') return fc.oneof(word, truth, unclear, list, mapping, nothing, quoted);
  if (typeof standard === 'boolean') return fc.oneof(word, number, unclear, list, mapping, nothing, quoted);
  if (typeof standard === 'object') return fc.oneof(word, number, truth, unclear, list, nothing, quoted);
  return fc.oneof(number, truth, unclear, list, mapping, nothing);
};

/** A value of a wrong type at any key, some comment lines below the head. */
export const mutation = fc.constantFrom(...keys).chain(([name, key]) =>
  fc.record({
    name: fc.constant(name),
    written: wrongFor(key.default, key.check.flaws(1).length === 0).filter(
      text => !['', '~', 'null'].includes(text) || key.check.flaws(null).length > 0,
    ),
    before: fc.integer({ min: 0, max: 30 }),
  }),
);

/** The lines that state one key; the value stands in the last one. */
export const yamlOf = (name: string, written: string): string =>
  name
    .split('.')
    .map((part, depth) => `${'  '.repeat(depth)}${part}:`)
    .join('\n') + ` ${written}\n`;
