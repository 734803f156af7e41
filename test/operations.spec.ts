import { expect } from 'chai';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../', import.meta.url));
/** Where what a live run may say comes from. */
const FOLDERS = ['bin/run', 'lib/world/database', 'lib/world/store', 'lib/world/exchange', 'lib/world/supervisor'];
/** Shorter pieces than this are no wording. */
const LEAST = 8;

const oneLine = (text: string): string => text.replaceAll('`', '').replace(/\s+/g, ' ');
const documented = oneLine(readFileSync(`${root}docs/operations.md`, 'utf8'));

/** The longest piece of a text that is always the same; of a choice, that of each branch. */
const wordings = (node: ts.Expression | undefined): readonly string[] => {
  if (!node) return [];
  if (ts.isConditionalExpression(node)) return [...wordings(node.whenTrue), ...wordings(node.whenFalse)];
  if (ts.isArrayLiteralExpression(node)) return wordings(node.elements[0]);
  const pieces = ts.isStringLiteralLike(node)
    ? [node.text]
    : ts.isTemplateExpression(node)
      ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]
      : [];
  const longest =
    pieces
      .map(oneLine)
      .toSorted((a, b) => b.length - a.length)[0]
      ?.trim() ?? '';
  return longest.length >= LEAST ? [longest] : [];
};

const said = (node: ts.Node): ts.Expression | undefined => {
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
    if (['UserError', 'LockHeld', 'DatabaseAway'].includes(node.expression.text)) return node.arguments?.[0];
    if (node.expression.text === 'ExchangeFailure') return node.arguments?.[1];
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression;
    if (ts.isIdentifier(expression) && expression.text === 'log' && /^(?:warn|error|fatal)$/.test(name.text))
      return node.arguments.at(-1);
  }
  return undefined;
};

const wordingsIn = (file: string): readonly string[] => {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    found.push(...wordings(said(node)));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023));
  return found;
};

describe('docs/operations.md', () => {
  for (const folder of FOLDERS)
    it(`tells what to do about everything that ${folder} warns of or refuses`, () => {
      const names = readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).filter(name =>
        name.endsWith('.ts'),
      );
      const found = [...new Set(names.flatMap(name => wordingsIn(`${root}${folder}/${name}`)))];
      expect(found.length).to.be.at.least(2);
      expect(found.filter(wording => !documented.includes(wording))).to.deep.equal([]);
    });
});
