import { expect } from 'chai';
import fc from 'fast-check';
import { readSettings } from '../../lib/settings/read.js';
import { keys } from '../../lib/settings/schema.js';
import { refusal } from './edit.js';
import { mutation, yamlOf } from './mutation.js';
import { casesOf } from '../support/runs.js';

describe('a value of a wrong type', () => {
  it('is refused at any key, and the message names that key and its line', () => {
    fc.assert(
      fc.property(mutation, ({ name, written, before }) => {
        const lines = refusal('# comment\n'.repeat(before) + yamlOf(name, written));
        const line = before + name.split('.').length;
        expect(lines, written).to.have.length(1);
        expect(lines[0]!.startsWith(`config.yaml:${line} ${name}`), lines[0]).to.equal(true);
        expect(lines[0]).to.match(/: found .+, expected .+/);
      }),
      { numRuns: casesOf(300) },
    );
  });

  it('is refused at any number of keys at once, a line each', () => {
    const names = [...keys.keys()];
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 60 }), chosen => {
        const tree: Record<string, unknown> = {};
        for (const name of chosen) {
          const parts = name.split('.');
          const last = parts.pop()!;
          let node = tree;
          for (const part of parts) node = (node[part] ??= {}) as Record<string, unknown>;
          node[last] = { wrong: Array.isArray(keys.get(name)!.default) };
        }
        const lines = refusal(JSON.stringify(tree, null, 1));
        const found = new Set(lines.map(line => / ([\w.]+)/.exec(line)![1]!.replace(/\.wrong$/, '')));
        expect(found).to.deep.equal(new Set(chosen));
        expect(lines).to.have.length(chosen.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a ladder of take profits', () => {
  /** Whole millionths of a percent that add up to 100 %. */
  const shares = fc
    .uniqueArray(fc.integer({ min: 1, max: 99_999_999 }), { maxLength: 12 })
    .map(cuts => [0, ...cuts.sort((a, b) => a - b), 100_000_000])
    .map(cuts => cuts.slice(1).map((cut, n) => cut - cuts[n]!));
  const ladder = (millionths: readonly number[]): string =>
    `risk_management: { take_profit_levels: [${millionths
      .map((share, n) => `{ percentage: ${n + 1}, position_percentage: ${(share / 1e6).toFixed(6)} }`)
      .join(', ')}] }`;
  const rests = (yaml: string) =>
    readSettings(yaml, 'config.yaml', {}).settings.risk.takeProfitLevels.map(({ sellsRest }) => sellsRest);

  it('that adds up to exactly 100 in decimals is accepted, and its last level alone sells the rest', () => {
    expect(rests(ladder([33_300_000, 33_300_000, 33_400_000]))).to.deep.equal([false, false, true]);
    fc.assert(
      fc.property(shares, parts => {
        expect(rests(ladder(parts))).to.deep.equal(parts.map((_, n) => n === parts.length - 1));
      }),
      { numRuns: 150 },
    );
  });

  it('that is a millionth over is refused, a millionth under sells no rest', () => {
    fc.assert(
      fc.property(shares, fc.nat(), (parts, at) => {
        const with1 = (delta: number) => parts.map((share, n) => (n === at % parts.length ? share + delta : share));
        if (parts.length > 1) expect(refusal(ladder(with1(1)))[0]).to.contain('add up to 100.000001');
        if (parts[at % parts.length]! > 1) expect(rests(ladder(with1(-1)))).to.not.include(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('any text at all', () => {
  it('is either a configuration or refused with lines that name the file', () => {
    const piece = fc.constantFrom(
      ...Array.from('[]{}:,-?&*!|>\'"%@`# \n\t0a~'),
      'exchange:',
      'costs',
      '\n  ',
      '---\n',
      '<<',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), pieces => {
        for (const line of refusal(pieces.join(''))) expect(line).to.match(/^config\.yaml[: ]/);
      }),
      { numRuns: casesOf(500) },
    );
  });
});
