import { createHash } from 'node:crypto';
import convict from 'convict';
import { UserError } from '../errors.js';
import { settingsOf } from './convert.js';
import { concerns, withGivenKeys, type GivenKey } from './given.js';
import { rules } from './rules.js';
import { isKey, type Key, type Section } from './key.js';
import { documentOf, overrideSectionsOf } from './overrides.js';
import { keys, schema, valueAt, type Document } from './schema.js';
import type { Configuration } from './settings.js';
import type { StrategyEntry } from './strategy-entry.js';
import { nameOf, readSource, type Problem } from './source.js';
import { closest, fileName, REDACTED, shown } from './wording.js';

const MAX_PROBLEMS = 100;
const SECRET = /api_?key|secret|private_?key|passphrase|password|token|credential|mnemonic|seed_?phrase/i;

for (const { check } of keys.values())
  convict.addFormat({
    name: check.expected,
    validate: value => {
      if (check.flaws(value).length > 0) throw new Error(`expected ${check.expected}`);
    },
    coerce: (value: unknown) => (typeof value === 'string' ? check.parse(value) : value),
  });

/** The environment variables that override keys: those set and not empty. */
export const overridesIn = (
  env: Readonly<Record<string, string | undefined>>,
): readonly { readonly variable: string; readonly key: string }[] =>
  [...keys].flatMap(([key, { env: variable }]) => (variable && env[variable] ? [{ variable, key }] : []));

const stranger = (name: string, value: unknown, section: Section): string => {
  if (SECRET.test(name.replace(/[-\s]/g, '_')))
    return `unknown key (found ${REDACTED}), expected no credentials: paper trading needs none; remove it, and revoke it if it is real`;
  const meant = closest(name, Object.keys(section));
  if (meant !== null) {
    const node = section[meant]!;
    const found = isKey(node) && node.sensitive ? REDACTED : shown(value);
    return `unknown key (found ${found}), did you mean ${meant}?`;
  }
  const home = [...keys.keys()].find(key => key.endsWith(`.${name}`));
  return home === undefined
    ? `unknown key, expected one of ${Object.keys(section).join(', ')}`
    : `unknown key here, expected it as ${home}`;
};

type Refuse = (key: string, text: string, unknownKey?: true) => void;

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  [null, Object.prototype].includes(Object.getPrototypeOf(value) as null);

/** A document with the valid keys of `value`; the others are passed to `refuse`. */
const checked = (section: Section, value: unknown, prefix: string, refuse: Refuse): Record<string, unknown> => {
  if (!isMapping(value)) {
    const advice = value === null ? ' (or omit the section: then every default applies)' : '';
    refuse(prefix, `found ${shown(value)}, expected a mapping of ${Object.keys(section).join(', ')}${advice}`);
    return {};
  }
  const fine: Record<string, unknown> = {};
  for (const [name, found] of Object.entries(value)) {
    const at = nameOf(prefix, name);
    const node = Object.hasOwn(section, name) ? section[name] : undefined;
    if (node === undefined) refuse(at, stranger(name, found, section), true);
    else if (!isKey(node)) fine[name] = checked(node, found, at, refuse);
    else if (isFine(node, found, at, refuse)) fine[name] = node.check.normal(found);
  }
  return fine;
};

const isFine = (key: Key<unknown>, value: unknown, name: string, refuse: Refuse): boolean => {
  const flaws = key.check.flaws(value);
  for (const { at, found, expected } of flaws) {
    const unit = /^percent/.test(key.unit) && /^a (whole )?number/.test(expected) ? ' (percent)' : '';
    refuse(
      at.reduce<string>(nameOf, name),
      `found ${key.sensitive ? REDACTED : shown(found)}, expected ${expected}${unit}`,
    );
  }
  return flaws.length === 0;
};

/** The entry with the valid keys of its overrides; the others are passed to `refuse`. */
const checkedOverrides = (entry: StrategyEntry, name: string, refuse: Refuse): StrategyEntry => {
  const sections = overrideSectionsOf(entry).map(({ of, section }) => [
    of,
    checked(section, entry[of], nameOf(name, of), refuse),
  ]);
  return { ...entry, ...(Object.fromEntries(sections) as Partial<StrategyEntry>) };
};

/** The key of config.yaml that overrides a key for a strategy; null if it cannot. */
const overridingKey = (entry: StrategyEntry, name: string, key: string): string | null => {
  const section = overrideSectionsOf(entry).find(({ base }) => key.startsWith(`${base}.`));
  return section ? `${name}.${section.of}${key.slice(section.base.length)}` : null;
};

/** The parent of a key: a misspelt key in it may be the one that seems to be missing. */
const parentOf = (key: string): string => key.slice(0, key.lastIndexOf('.'));

/** The line of a key, or of the nearest enclosing mapping or list in the file. */
const nearestLine = (lines: ReadonlyMap<string, number>, key: string): number | null => {
  for (let name = key; name !== ''; name = name.slice(0, Math.max(0, name.search(/[.[][^.[]*$/)))) {
    const line = lines.get(name);
    if (line !== undefined) return line;
  }
  return null;
};

const lineOf = ({ line, key, variable, text }: Problem, file: string, given: readonly GivenKey[]): string => {
  if (given.some(one => concerns(one, key))) return `--set ${key}: ${text}`;
  if (variable !== undefined) return `environment variable ${variable} (${key}): ${text}`;
  return `${file}${line === null ? '' : `:${line}`}${key && ` ${key}`}: ${text}`;
};

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

/** JSON with sorted keys, so that equal values give equal text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, node: unknown) =>
    typeof node === 'object' && node !== null && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
      : node,
  );

const configurationOf = (document: Document): Configuration => {
  const secret = document.database.connection_string !== 'embedded';
  const recorded = secret ? { ...document, database: { ...document.database, connection_string: REDACTED } } : document;
  const meaning = { ...recorded, database: undefined }; // the location of the data does not affect trades
  return frozen({
    settings: settingsOf(document),
    document: recorded,
    hash: createHash('sha256').update(canonical(meaning)).digest('hex'),
  });
};

/**
 * Parses a YAML text as configuration, with defaults for missing keys and the environment's
 * overrides. Throws `UserError` (exit code 2) with all problems, one line each. `file` is the name
 * of the text in messages; `given` are keys of the command line, which replace those of the text.
 */
export const readSettings = (
  yamlText: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  given: readonly GivenKey[] = [],
): Configuration => {
  const name = fileName(file);
  const source = readSource(yamlText, name);
  const value = withGivenKeys(source.value, given);
  const problems: Problem[] = [...source.problems];
  const refused = new Set(problems.filter(({ key, line }) => line === source.lines.get(key)).map(({ key }) => key));
  const refuse: Refuse = (key, text, unknownKey) => {
    if (refused.has(key)) return;
    problems.push({ line: nearestLine(source.lines, key), key, text, ...(unknownKey && { unknownKey }) });
  };
  const fromFile = checked(schema, value, '', refuse) as Partial<Document>;
  /** An entry's name in the file, whose order is kept in messages. */
  const entryName = ({ name: own }: StrategyEntry): string => {
    const entries = (value as { strategies?: readonly { name?: unknown }[] }).strategies ?? [];
    return nameOf(
      'strategies',
      entries.findIndex(entry => entry.name === own),
    );
  };
  const strategies = fromFile.strategies?.map(entry => checkedOverrides(entry, entryName(entry), refuse));
  const fine = strategies ? { ...fromFile, strategies } : fromFile;

  const overrides = overridesIn(env);
  const config = convict<Document>(schema, {
    args: [],
    env: Object.fromEntries(overrides.map(({ variable }) => [variable, env[variable]])),
  }).load(fine);
  const document = config.getProperties() as Document;
  for (const { variable, key } of overrides)
    isFine(keys.get(key)!, valueAt(document, key), key, (_, text) =>
      problems.push({ line: null, key, text, variable }),
    );

  const doubtful = (key: string): boolean =>
    problems.some(
      problem =>
        `${key}.`.startsWith(`${problem.key}.`) ||
        problem.key.startsWith(`${key}[`) ||
        (problem.unknownKey && !source.lines.has(key) && parentOf(problem.key) === parentOf(key)),
    );
  const judged = rules.filter(rule => !rule.keys.some(doubtful));
  for (const rule of judged)
    for (const { key, found, expected } of rule.judge(document)) {
      const variable = overrides.find(override => rule.keys.includes(override.key))?.variable;
      const line = [key, ...rule.keys].map(place => source.lines.get(place)).find(place => place !== undefined);
      const text = `found ${found}, expected ${expected}`;
      problems.push({ line: line ?? null, key, text, ...(variable !== undefined && { variable }) });
    }

  for (const entry of document.strategies) {
    const own = documentOf(document, entry);
    const entryKey = own && entryName(entry);
    if (!own || doubtful(entryKey!)) continue;
    for (const rule of judged) {
      const ofAll = rule.judge(document).map(({ key }) => key);
      for (const { key, found, expected } of rule.judge(own).filter(one => !ofAll.includes(one.key))) {
        const at = overridingKey(entry, entryKey!, key) ?? entryKey!;
        refuse(at, `found ${found}, expected ${expected} (with what ${entry.name} overrides)`);
      }
    }
  }

  if (problems.length > 0) {
    const inOrder = problems.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity));
    const rest = inOrder.length - MAX_PROBLEMS;
    throw new UserError([
      ...inOrder.slice(0, MAX_PROBLEMS).map(problem => lineOf(problem, name, given)),
      ...(rest > 0 ? [`${name}: … and ${rest} more problems`] : []),
    ]);
  }
  config.validate({ allowed: 'strict' });
  return configurationOf(document);
};

/** The configuration of a file without keys. */
export const defaultConfiguration: Configuration = readSettings('{}', 'config.yaml', {});
