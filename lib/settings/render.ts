import { stringify } from 'yaml';
import { isKey, schema, type Key, type Section } from './schema.js';

const COMMENT_COLUMN = 45;
const WIDTH = 110;
const LONGEST_IN_LINE = 62;

const HEAD = `\
crypto-bot's configuration: every key with its default, so that a file with none of them means the same.

What a key means stands above it, with the environment variable that overrides it in brackets; beside it stand
its unit · its default · its bounds. Percentages are in percent: 2 is two percent. All times are UTC.
"bin/bot config check" tells whether a file is right and what it changes.`;

/** What each section is for, by its dotted name. */
const TITLES: Readonly<Record<string, string>> = {
  exchange: 'Where market data comes from.',
  filtering: 'Which markets are tradable: all of these rules have to pass. Only what is tradable is traded.',
  momentum_strategy: 'When to buy: on a closed 1-minute candle, if every condition holds.',
  risk_management: 'How much to buy, and when to sell.',
  portfolio: 'The paper money.',
  costs: 'What a fill costs. Backtests are only as honest as these.',
  data: 'When market data is trusted.',
  labels: 'What is measured for training data.',
  application: 'The processes.',
  database: 'Where everything is kept.',
};

const commented = (text: string, indent: string): string =>
  text
    .split('\n')
    .map(line => `${indent}# ${line}`.trimEnd())
    .join('\n');

const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();

/** A value as config.yaml writes it: one word where all of a mapping's values are the same. */
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

const keyLines = (name: string, key: Key<unknown>, indent: string): string => {
  const value = key.default;
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const inline = compact(value);
  const long = inline.length > LONGEST_IN_LINE;
  const notes = [key.unit, `default ${inline.length > 30 ? 'as here' : inline}`, key.check.brief].filter(Boolean);
  const head = `${indent}${name}:`;
  const start = long ? (typeof list[0] === 'object' ? head : `${head} [`) : `${head} ${inline}`;
  const doc = key.doc + (key.env === undefined ? '' : ` [${key.env}]`);
  const lines = [commented(doc, indent), `${start.padEnd(COMMENT_COLUMN)} # ${notes.join(' · ')}`];
  if (!long) return lines.join('\n');
  if (typeof list[0] === 'object') return [...lines, ...list.map(item => `${indent}  - ${flow(item)}`)].join('\n');
  return [...lines, wrapped(list, `${indent}  `), `${indent}]`].join('\n');
};

const sectionLines = (section: Section, prefix: string, indent: string): string =>
  Object.entries(section)
    .map(([name, node]) => {
      if (isKey(node)) return keyLines(name, node, indent);
      const title = TITLES[prefix + name];
      const head = title === undefined ? '' : `\n${commented(title, indent)}\n`;
      return `${head}${indent}${name}:\n${sectionLines(node, `${prefix}${name}.`, `${indent}  `)}`;
    })
    .join('\n');

/** The text of config.yaml: every key of the schema with its meaning, unit, default and bounds in comments. */
export const renderConfigYaml = (): string => `${commented(HEAD, '')}\n${sectionLines(schema, '', '')}\n`;
