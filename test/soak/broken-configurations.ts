import fc from 'fast-check';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { keys } from '../../lib/settings/schema.js';
import { refusal } from '../settings/edit.js';
import { mutation, yamlOf } from '../settings/mutation.js';

/** An edit that has to be refused. */
export interface BadEdit {
  readonly what: string;
  readonly write: (file: string) => void;
  /** What the refusal says: in whole, or how it looks where that depends on the place. */
  readonly lines: readonly string[] | RegExp;
}

const replaced = (file: string, content: string | Uint8Array): void => {
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, content);
};

/** What a simulated run sets for its processes, whatever the file says. */
const SIMULATED = {
  BOT_EXCHANGE_URL: 'http://127.0.0.1:9',
  BOT_CLOCK_SPEED: '60',
  BOT_DATA_DIR: '/tmp',
  BOT_MARKET_CAP_URL: 'http://127.0.0.1:9/api/v3',
};

/** Nothing where the environment has its way. */
const textEdit = (what: string, text: string): readonly BadEdit[] => {
  const lines = refusal(text);
  if (lines.length === 0 || lines.join() !== refusal(text, SIMULATED).join()) return [];
  return [{ what, lines, write: file => replaced(file, text) }];
};

const texts: readonly (readonly [what: string, text: string])[] = [
  ['an empty file', ''],
  ['only comments', '# nothing\n'],
  ['null', '~'],
  ['a word', 'kraken'],
  ['a list', '- exchange'],
  ['half a file', 'momentum_strategy:\n  rsi: { overbought: 85, over'],
  ['half a quote', 'exchange:\n  name: "kra'],
  ['a tab', 'exchange:\n\tname: kraken'],
  ['two documents', 'costs: {}\n---\ncosts: {}'],
  ['binary', 'costs: {}\n\u0000\u0001'],
  ['a key twice', 'costs: {}\ncosts: {}'],
  ['an unknown section', 'portfolios: { initial_balance: 1 }'],
  ['an unknown key', 'risk_management: { stop_los_percentage: 2 }'],
  ['an alias of itself', 'costs: &a [*a]'],
  ['a YAML bomb', 'a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n'],
  ['brackets in brackets', '['.repeat(50_000)],
  ['braces in braces', '{a: '.repeat(30_000)],
  ['many keys', Array.from({ length: 10_000 }, (_, n) => `k${n}: 1`).join('\n')],
  ['more than 256 kB', `# ${'x'.repeat(256 * 1024)}`],
  ['a secret of an exchange', 'exchange: { api_key: abcdef }'],
  ['an oversold above the overbought', 'momentum_strategy: { rsi: { overbought: 40, oversold: 60 } }'],
  ['a slow period below the fast', 'momentum_strategy: { macd: { fast_period: 26, slow_period: 12 } }'],
  ['a threshold too few', 'momentum_strategy: { roc: { periods: [1, 5], thresholds: [0.5] } }'],
  ['periods that descend', 'momentum_strategy: { roc: { periods: [5, 1], thresholds: [0.5, 0.5] } }'],
  [
    'targets over 100 %',
    'risk_management: { take_profit_levels: [{ percentage: 1, position_percentage: 60 }, { percentage: 2, position_percentage: 41 }] }',
  ],
  [
    'targets that descend',
    'risk_management: { take_profit_levels: [{ percentage: 2, position_percentage: 50 }, { percentage: 1, position_percentage: 50 }] }',
  ],
];

/** What is no text, or is not there. */
const places: readonly BadEdit[] = [
  {
    what: 'no file',
    lines: /^config\.yaml: found no such file, expected /,
    write: file => rmSync(file, { recursive: true }),
  },
  {
    what: 'a folder',
    lines: /^config\.yaml: found a folder, expected /,
    write: file => {
      rmSync(file, { recursive: true, force: true });
      mkdirSync(file);
    },
  },
  {
    what: 'bytes that are no UTF-8',
    lines: /^config\.yaml: found bytes that are not UTF-8, expected /,
    write: file => replaced(file, Uint8Array.from([0x63, 0xff, 0xfe, 0x3a])),
  },
];

/** Each numeric key far beyond what it may be, one after the other. */
const ranges = (): readonly BadEdit[] =>
  [...keys].flatMap(([name, key]) =>
    typeof key.default === 'number' ? textEdit(`${name} out of its range`, yamlOf(name, '-1e300')) : [],
  );

/**
 * So many edits that are refused, no two of them with the same words: of all kinds first, then
 * values of wrong types anywhere.
 */
export const badEdits = (most: number, seed: number): readonly BadEdit[] => {
  const special = [...texts.flatMap(([what, text]) => textEdit(what, text)), ...places];
  const wrongTypes = fc
    .sample(mutation, { numRuns: 2 * most, seed })
    .flatMap(({ name, written, before }) =>
      textEdit(`${name}: ${written}`, '# comment\n'.repeat(before) + yamlOf(name, written)),
    );
  const beyond = ranges();
  const mixed = Array.from({ length: Math.max(special.length, beyond.length) }, (_, n) => [special[n], beyond[n]]);
  const seen = new Set<string>();
  return [...mixed.flat(), ...wrongTypes]
    .filter(edit => {
      const key = edit && String(edit.lines);
      if (key === undefined || seen.has(key)) return false;
      return seen.add(key);
    })
    .slice(0, most) as readonly BadEdit[];
};
