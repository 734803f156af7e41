import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, type Node, type Pair } from 'yaml';
import { UserError } from '../errors.js';
import { PLAIN_NUMBER } from './formats.js';
import { printable, UnclearNumber } from './wording.js';

/** A mistake in a configuration, with its location. */
export interface Problem {
  /** Line of the file, from 1; null if the key is not in the file. */
  readonly line: number | null;
  /** Dotted, with list indexes: `risk_management.take_profit_levels[1].percentage`; empty: file. */
  readonly key: string;
  readonly text: string;
  readonly unknownKey?: true;
  /** The environment variable that set the value. */
  readonly variable?: string;
}

/** A YAML text as plain values. */
export interface Source {
  /**
   * Scalars, lists and mappings without a prototype; numbers not in plain decimal digits as
   * `UnclearNumber`.
   */
  readonly value: unknown;
  /** The line of each key by its name. */
  readonly lines: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

/** Wording of messages about a kind of file. */
export interface SourceKind {
  /** Expected content. */
  readonly whole: string;
  readonly keys: string;
  readonly empty: string;
  readonly example: string;
}

const CONFIGURATION: SourceKind = {
  whole: 'a configuration (config.yaml has about 10 kB)',
  keys: 'the keys of config.yaml',
  empty: 'an empty file is no configuration',
  example: 'keys and values such as "exchange:"',
};

const MAX_CHARACTERS = 256 * 1024;
const MAX_SYNTAX_ERRORS = 10;
const MAX_TOKENS = 20_000;
const DEEPEST = 20;

/** The name of a path within a value. */
export const nameOf = (parent: string, part: string | number): string => {
  if (typeof part === 'number') return `${parent}[${part}]`;
  const name = /^\w{1,60}$/.test(part) ? part : `"${printable(part)}"`;
  return parent === '' ? name : `${parent}.${name}`;
};

/** Why a text is too complex for the parser, which recurses and is quadratic in places. */
const excessOf = (text: string): string | null => {
  let brackets = 0;
  let marks = 0;
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets--;
    else if (token === '-' || token === '?' || (token === ':' && brackets === 0)) marks++;
    else if (token.includes('\n')) marks = 0;
    if (brackets + marks > DEEPEST) return `${DEEPEST} levels of nesting`;
    if (++tokens > MAX_TOKENS) return `${MAX_TOKENS} words and signs`;
  }
  return null;
};

const lineIn = (text: string, at: number): number => text.slice(0, at).split('\n').length;

const refuseText = (text: string, file: string, kind: SourceKind): void => {
  if (text.length > MAX_CHARACTERS) throw new UserError([`${file}: found more than 256 kB, expected ${kind.whole}`]);
  const binary = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F\uFFFD]/.exec(text);
  if (binary !== null)
    throw new UserError([
      `${file}:${lineIn(text, binary.index)}: found the character ${printable(binary[0])}, expected a text file in UTF-8`,
    ]);
  const excess = excessOf(text);
  if (excess !== null) throw new UserError([`${file}: found more than ${excess}, expected ${kind.keys}`]);
};

/**
 * Reads a YAML 1.2 text without anchors, aliases, tags, directives or second documents. Throws
 * `UserError`, one line per mistake, if it is not YAML or not a mapping.
 */
export const readSource = (text: string, file: string, kind: SourceKind = CONFIGURATION): Source => {
  refuseText(text, file, kind);
  const counter = new LineCounter();
  const parsed = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: false, // quadratic in the parser; checked below
    logLevel: 'error',
  });
  const lineAt = (offset: number): number => Math.max(1, counter.linePos(offset).line);

  const broken = parsed.errors.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  if (broken.length > 0)
    throw new UserError(
      broken.slice(0, MAX_SYNTAX_ERRORS).map(({ code, message, pos }) => {
        const what = code === 'MULTIPLE_DOCS' ? 'a second document (--- or ...)' : printable(message);
        return `${file}:${lineAt(pos[0])}: found ${what}, expected YAML`;
      }),
    );
  const root = parsed.contents as Node | null;
  if (root === null || (isScalar(root) && root.value === null))
    throw new UserError([`${file}: found no keys, expected at least one (${kind.empty})`]);
  if (!isMap(root)) throw new UserError([`${file}:1: found no mapping, expected ${kind.example}`]);

  const lines = new Map<string, number>();
  const problems: Problem[] = [];
  if (parsed.directives.yaml.explicit)
    problems.push({ line: 1, key: '', text: 'found a %YAML directive, expected none' });

  const valueOf = (node: Node | null, name: string, line: number): unknown => {
    const refuse = (found: string) =>
      problems.push({ line, key: name, text: `found ${found}, expected the value itself` });
    if (node === null) return null;
    if (isAlias(node)) return void refuse(`the alias *${printable(node.source)}`);
    if ('anchor' in node && node.anchor) refuse(`the anchor &${printable(node.anchor)}`);
    if (node.tag) refuse(`the tag ${printable(node.tag)}`);
    if (isMap(node)) return mappingOf(node.items as Pair<Node, Node | null>[], name);
    if (isSeq(node))
      return node.items.map((item, n) => {
        const at = nameOf(name, n);
        const itemLine = (item as Node).range ? lineAt((item as Node).range![0]) : line;
        lines.set(at, itemLine);
        return valueOf(item as Node, at, itemLine);
      });
    if (!isScalar(node)) return null;
    if (typeof node.value !== 'number') return node.value;
    const source = node.source ?? '';
    if (!PLAIN_NUMBER.test(source) || !Number.isFinite(node.value)) return new UnclearNumber(source);
    return node.value === 0 ? 0 : node.value; // -0 is 0
  };

  const mappingOf = (pairs: readonly Pair<Node, Node | null>[], parent: string): Record<string, unknown> => {
    const mapping = Object.create(null) as Record<string, unknown>;
    for (const { key, value } of pairs) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : '';
      const at = nameOf(parent, name);
      const keyLine = lineAt(key.range?.[0] ?? 0);
      const line = isScalar(value) && value.source ? lineAt(value.range?.[0] ?? 0) : keyLine;
      if ('anchor' in key && key.anchor)
        problems.push({ line: keyLine, key: at, text: `found the anchor &${printable(key.anchor)}, expected none` });
      if (name in mapping) {
        const first = lines.get(at) ?? keyLine;
        problems.push({
          line: keyLine,
          key: at,
          text: `found the key again, expected it once (first in line ${first})`,
        });
        continue;
      }
      lines.set(at, line);
      mapping[name] = valueOf(value, at, line);
    }
    return mapping;
  };

  return { value: mappingOf(root.items as Pair<Node, Node | null>[], ''), lines, problems };
};
