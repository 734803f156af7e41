import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../', import.meta.url));

const rows = readFileSync(`${root}docs/faults.md`, 'utf8')
  .split('\n')
  .filter(line => line.startsWith('|') && !/^\| (?:fault +\||-)/.test(line))
  .map(line => line.split(/(?<!\\)\|/).map(cell => cell.replaceAll('\\|', '|').trim()))
  .map(([, fault, does, shown]) => ({ fault: fault!, does: does!, shown: shown! }));

/** Every text in a test file, with … for what a template fills in. */
const textsIn = (file: string): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.add(node.text);
    if (ts.isTemplateExpression(node))
      found.add([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023));
  return found;
};

describe('docs/faults.md', () => {
  it('says of each fault what the bot does', () => {
    expect(rows.length).to.be.above(50);
    for (const { fault, does } of rows) expect(does, fault).not.to.equal('');
    expect(new Set(rows.map(({ fault }) => fault)).size).to.equal(rows.length);
  });

  for (const { fault, shown } of rows)
    if (!shown.startsWith('by construction: '))
      it(`names tests that are there: ${fault}`, () => {
        const parts = shown.split(' · ');
        for (const part of parts) {
          const [, path, titles] = /^`(\S+\.spec\.ts)` (“.+”)$/.exec(part) ?? [];
          expect(path, part).not.to.equal(undefined);
          expect(existsSync(`${root}test/${path}`), path).to.equal(true);
          const texts = textsIn(`${root}test/${path}`);
          for (const title of titles!.slice(1, -1).split('”, “'))
            expect(texts.has(title), `${path}: ${title}`).to.equal(true);
        }
      });
});
