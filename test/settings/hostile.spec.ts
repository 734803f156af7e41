import { expect } from 'chai';
import { readSettings } from '../../lib/settings/read.js';
import { refusal } from './edit.js';

describe('a text that is no configuration', () => {
  const cases: readonly (readonly [what: string, text: string, lines: readonly string[]])[] = [
    ['empty', '', ['config.yaml: found no keys, expected at least one (an empty file is no configuration)']],
    [
      'only comments',
      '# exchange:\n',
      ['config.yaml: found no keys, expected at least one (an empty file is no configuration)'],
    ],
    ['null', '~', ['config.yaml: found no keys, expected at least one (an empty file is no configuration)']],
    ['a word', 'kraken', ['config.yaml:1: found no mapping, expected keys and values such as "exchange:"']],
    ['a list', '- exchange', ['config.yaml:1: found no mapping, expected keys and values such as "exchange:"']],
    ['an open quote', 'exchange:\n  name: "kraken', ['config.yaml:2: found Missing closing "quote, expected YAML']],
    [
      'an open bracket',
      'labels: {',
      [
        'config.yaml:1: found Flow map in block collection must be sufficiently indented and end with a }, expected YAML',
      ],
    ],
    ['tabs', 'exchange:\n\tname: kraken', ['config.yaml:2: found Tabs are not allowed as indentation, expected YAML']],
    [
      'two documents',
      'costs: {}\n---\ncosts: {}',
      ['config.yaml:2: found a second document (--- or ...), expected YAML'],
    ],
    [
      'a mapping as a key',
      '? [a]\n: b',
      ['config.yaml:1: found With stringKeys, all keys must be strings, expected YAML'],
    ],
    ['an older YAML', '%YAML 1.1\n---\ncosts: {}', ['config.yaml:1: found a %YAML directive, expected none']],
    ['binary', 'costs: {}\n\u0000\u0001', ['config.yaml:2: found the character \\u{0}, expected a text file in UTF-8']],
    [
      'an alias of everything',
      'costs: &a [*a]',
      [
        'config.yaml:1 costs: found the anchor &a, expected the value itself',
        'config.yaml:1 costs[0]: found the alias *a, expected the value itself',
      ],
    ],
    [
      'a billion laughs',
      'a: &a [x]\nb: &b [*a, *a]\n',
      [
        'config.yaml:1 a: found the anchor &a, expected the value itself',
        'config.yaml:2 b: found the anchor &b, expected the value itself',
        'config.yaml:2 b[0]: found the alias *a, expected the value itself',
        'config.yaml:2 b[1]: found the alias *a, expected the value itself',
      ],
    ],
  ];
  for (const [what, text, lines] of cases)
    it(`is refused: ${what}`, () => {
      expect(refusal(text)).to.deep.equal(lines);
    });

  it('accepts an explicitly empty mapping, Windows line ends and a byte order mark', () => {
    expect(refusal('{}')).to.deep.equal([]);
    expect(refusal('\uFEFFexchange:\r\n  timeout_seconds: 5\r\n')).to.deep.equal([]);
    expect(refusal('\uFEFFexchange:\r\n  timeout_seconds: 0\r\n')[0]).to.match(/^config\.yaml:2 /);
  });
});

describe('a text that means harm', () => {
  const bombs: readonly (readonly [what: string, text: string])[] = [
    ['brackets in brackets', '['.repeat(250_000)],
    ['braces in braces', '{a: '.repeat(60_000)],
    ['dashes in dashes', '- '.repeat(120_000)],
    ['question marks', '? '.repeat(120_000)],
    ['mappings in mappings', 'a: '.repeat(80_000)],
    ['many keys', Array.from({ length: 30_000 }, (_, n) => `k${n}: 1`).join('\n')],
    ['one key many times', 'costs: 1\n'.repeat(25_000)],
    ['a long list', `labels: { horizons_minutes: [${'1,'.repeat(100_000)}] }`],
    ['many quotes', '"'.repeat(200_000)],
    ['more than 256 kB', `# ${'x'.repeat(256 * 1024)}`],
  ];
  for (const [what, text] of bombs)
    it(`is refused in a few lines and in time: ${what}`, () => {
      const lines = refusal(text);
      expect(lines.length).to.be.within(1, 101);
      for (const line of lines) expect(line.length).to.be.below(300);
    });

  it('is refused before nesting becomes deep, which would end the process', () => {
    for (const text of [
      `a: ${'['.repeat(25)}${']'.repeat(25)}`,
      '- '.repeat(25),
      `${'{a: '.repeat(25)}${'}'.repeat(25)}`,
    ])
      expect(refusal(text)).to.deep.equal([
        'config.yaml: found more than 20 levels of nesting, expected the keys of config.yaml',
      ]);
  });

  it('is reported in at most a hundred lines and the number of the rest', () => {
    const lines = refusal(Array.from({ length: 150 }, (_, n) => `zzzzzzzz${n}: 1`).join('\n'));
    expect(lines).to.have.length(101);
    expect(lines[100]).to.equal('config.yaml: … and 50 more problems');
  });

  it('cannot write to the terminal: control characters, direction marks and length are tamed', () => {
    const [line] = refusal('exchange:\n  name: "\\e[2J\\u202Ex\\r\\n"');
    expect(line).to.equal('config.yaml:2 exchange.name: found "\\u{1B}[2J\\u{202E}x\\u{D}\\u{A}", expected kraken');
    const [long] = refusal(`exchange: { name: ${'k'.repeat(5000)} }`);
    expect(long).to.equal(`config.yaml:1 exchange.name: found "${'k'.repeat(80)}…", expected kraken`);
    expect(refusal(`"\\e]0;${'k'.repeat(500)}": 1`)[0]!.length).to.be.below(300);
    expect(refusal('', {}, 'a\u001B[31m.yaml')[0]).to.match(/^a\\u\{1B\}\[31m\.yaml: /);
  });
});

describe('a secret', () => {
  const canary = 'canary-5up3r';
  const told = (yaml: string, env: Record<string, string> = {}) => refusal(yaml, env).join('\n');

  it('is shown in no message, wherever it stands', () => {
    const places = [
      `database: { connection_string: 'mysql://me:${canary}@h/d' }`,
      `database: { connection_strin: 'postgres://me:${canary}@h/d' }`,
      `database: { connection_string: ['postgres://me:${canary}@h/d'] }`,
      `exchange: { url: 'https://me:${canary}@h' }`,
      `exchange: { apiKey: ${canary} }`,
      `exchange: { api-secret: ${canary} }`,
      `exchange: { webhook: 'https://h/${canary}' }`,
      `kraken: { private_key: ${canary} }`,
      `portfolio: 'https://me:${canary}@h'`,
    ];
    for (const place of places) {
      expect(told(place), place).to.match(/^config\.yaml:1 /);
      expect(told(place), place).to.not.contain(canary);
    }
    expect(told('{}', { DATABASE_URL: `mysql://me:${canary}@h/d` })).to.match(/^environment variable DATABASE_URL/);
    expect(told('{}', { DATABASE_URL: `mysql://me:${canary}@h/d` })).to.not.contain(canary);
  });

  it('of an exchange is refused with the reason', () => {
    for (const name of ['apiKey', 'api_key', 'API-SECRET', 'privateKey', 'passphrase'])
      expect(told(`exchange: { ${name}: ${canary} }`)).to.contain(
        'unknown key (found [redacted]), expected no credentials: paper trading needs none; remove it, and revoke it if it is real',
      );
  });

  it('is in the settings and nowhere in what is recorded', () => {
    const url = `postgresql://me:${canary}@localhost:5432/bot`;
    const { settings, document, hash } = readSettings(`database: { connection_string: '${url}' }`, 'config.yaml', {});
    expect(settings.database.connectionString).to.equal(url);
    expect(JSON.stringify(document)).to.contain('"connection_string":"[redacted]"').and.not.contain(canary);
    const other = readSettings('{}', 'config.yaml', { DATABASE_URL: 'postgres://other/db' });
    expect(other.hash).to.equal(hash);
  });
});
