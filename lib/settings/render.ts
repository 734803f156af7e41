import { stringify } from 'yaml';
import { isKey, type Key, type Section } from './key.js';
import { keys, schema } from './schema.js';
import { REDACTED } from './wording.js';

const COMMENT_COLUMN = 45;
const WIDTH = 110;
const LONGEST_IN_LINE = 62;

const HEAD = `\
crypto-bot's configuration: every key with its default. A key that is missing from a file has its default.

The comment above a key explains it and names in brackets the environment variable that overrides it; the comment
beside it gives unit · default · bounds. Percentages are in percent: 2 is two percent. All times are UTC.
"bin/bot config check" validates a file and shows what differs from the defaults.`;

/** Purpose of each section, by dotted name. */
const TITLES: Readonly<Record<string, string>> = {
  exchange: 'Where market data comes from.',
  filtering: 'Which markets are tradable: all of these rules have to pass.',
  momentum_strategy: 'When to buy: on a closed 1-minute candle, if every condition holds.',
  risk_management: 'How much to buy, and when to sell.',
  'risk_management.protections':
    'When nothing is bought for a while. Each protection is off until its first key is set.',
  portfolio: 'The paper money.',
  costs: 'Costs of a fill. A backtest is only as realistic as these.',
  data: 'Market data: when it is trusted and where it is archived.',
  labels: 'Labels of training data.',
  application: 'The processes of a live run.',
  database: 'Where everything is stored.',
};

const commented = (text: string, indent: string): string =>
  text
    .split('\n')
    .map(line => `${indent}# ${line}`.trimEnd())
    .join('\n');

const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();

/** A value as written in config.yaml: one word if all values of a mapping are equal. */
export const compact = (value: unknown): string => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const [first, ...others] = new Set(Object.values(value));
    if (others.length === 0 && typeof first === 'string') return first;
  }
  return flow(value);
};

const wrapped = (items: readonly unknown[], indent: string): string => {
  const lines: string[] = [];
  let line = indent;
  for (const item of items) {
    const piece = `${flow(item)},`;
    if (line !== indent && line.length + 1 + piece.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? piece : ` ${piece}`;
  }
  return [...lines, line].join('\n');
};

/** A long value on several lines: the text after the colon, then the lines. */
const spread = (value: unknown, indent: string): readonly [start: string, lines: readonly string[]] => {
  if (Array.isArray(value))
    return typeof value[0] === 'object'
      ? ['', value.map(item => `${indent}  - ${flow(item)}`)]
      : [' [', [wrapped(value, `${indent}  `), `${indent}]`]];
  if (typeof value === 'object' && value !== null)
    return ['', Object.entries(value).map(([name, part]) => `${indent}  ${name}: ${flow(part)}`)];
  return [` ${flow(value)}`, []];
};

const defaultOf = (key: Key<unknown>, value: unknown): string => {
  const text = compact(key.default);
  if (text.length <= 30) return text;
  return compact(value) === text ? 'as here' : 'as in config.yaml';
};

const keyLines = (name: string, key: Key<unknown>, value: unknown, indent: string): string => {
  const doc = commented(key.doc + (key.env === undefined ? '' : ` [${key.env}]`), indent);
  const withheld = key.sensitive && value === REDACTED;
  if (withheld)
    return `${doc}\n${indent}# ${name} is omitted, because it may contain a password${key.env ? `: set ${key.env}` : ''}`;
  const inline = compact(value);
  const [start, lines] = inline.length > LONGEST_IN_LINE ? spread(value, indent) : [` ${inline}`, []];
  const notes = [key.unit, `default ${defaultOf(key, value)}`, key.check.brief].filter(Boolean);
  return [doc, `${`${indent}${name}:${start}`.padEnd(COMMENT_COLUMN)} # ${notes.join(' · ')}`, ...lines].join('\n');
};

type ValueOf = (name: string, key: Key<unknown>) => unknown;

const sectionLines = (section: Section, prefix: string, indent: string, valueOf: ValueOf): string =>
  Object.entries(section)
    .map(([name, node]) => {
      const gap = prefix === '' ? '\n' : '';
      if (isKey(node)) return gap + keyLines(name, node, valueOf(prefix + name, node), indent);
      const title = TITLES[prefix + name];
      const head = title === undefined ? '' : `\n${commented(title, indent)}\n`;
      return `${head}${indent}${name}:\n${sectionLines(node, `${prefix}${name}.`, `${indent}  `, valueOf)}`;
    })
    .join('\n');

/**
 * The text of config.yaml: every key of the schema with its meaning, unit, default and bounds in
 * comments.
 */
export const renderConfigYaml = (): string =>
  `${commented(HEAD, '')}\n${sectionLines(schema, '', '', (_, { default: standard }) => standard)}\n`;

/** The dotted names of a document's values; a key of the schema counts as one value. */
const namesIn = (value: unknown, name = ''): readonly string[] =>
  keys.has(name) || typeof value !== 'object' || value === null || Array.isArray(value)
    ? [name]
    : Object.entries(value).flatMap(([part, inner]) => namesIn(inner, name === '' ? part : `${name}.${part}`));

const partOf = (document: unknown, name: string): unknown =>
  name
    .split('.')
    .reduce<unknown>(
      (node, part) =>
        typeof node === 'object' && node !== null && Object.hasOwn(node, part)
          ? (node as Readonly<Record<string, unknown>>)[part]
          : undefined,
      document,
    );

/**
 * A recorded document as a usable file: every key with its comments, without secrets. Keys missing
 * from the document, for example from an older schema, have their default; unknown keys are listed
 * in a comment.
 */
export const renderDocument = (document: Readonly<Record<string, unknown>>, head: string): string => {
  const strangers = namesIn(document).filter(name => !keys.has(name));
  const note = strangers.map(name => `\nOmitted, because this version of the bot does not know it: ${name}`).join('');
  const valueOf: ValueOf = (name, { default: standard }) => {
    const value = partOf(document, name);
    return value === undefined ? standard : value;
  };
  return `${commented(head + note, '')}\n${sectionLines(schema, '', '', valueOf)}\n`;
};
