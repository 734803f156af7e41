import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readSettings } from '../../lib/settings/read.js';
import { renderDocument } from '../../lib/settings/render.js';
import { RULES } from '../../lib/universe/catalogue.js';
import { casesOf } from '../support/runs.js';

const read = (text: string, env: Record<string, string> = {}) => readSettings(text, 'config.yaml', env);

/** Whole configurations with everything that a file can write in more than one way. */
const documents = fc.record(
  {
    exchange: fc.record({
      url: fc.constantFrom(null, 'http://127.0.0.1:8765', `https://example.com/${'a'.repeat(120)}`),
      rate_limit_retries: fc.integer({ min: 0, max: 100 }),
    }),
    filtering: fc.record({
      min_market_cap: fc.double({ min: 0, max: 1e15, noNaN: true }),
      exclude_bases: fc.constantFrom([], ['USD'], ['NO', 'Y', 'ON', '1INCH', '007', '1E5'], ['TRUE', 'NULL']),
      unknown: fc.oneof(
        fc.constantFrom('pass', 'fail'),
        fc.dictionary(fc.constantFrom(...RULES), fc.constantFrom('pass', 'fail')),
      ),
    }),
    momentum_strategy: fc.record({
      roc: fc.uniqueArray(fc.integer({ min: 1, max: 1440 }), { minLength: 1, maxLength: 12 }).map(periods => ({
        periods: periods.sort((a, b) => a - b),
        thresholds: periods.map((_, n) => n - 1.5e-7),
      })),
      trend_confirmation_required: fc.boolean(),
    }),
    risk_management: fc.record({
      take_profit_levels: fc
        .array(fc.double({ min: 1e-9, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 })
        .map(steps => {
          let gain = 0;
          return steps.map(step => ({ percentage: (gain += step), position_percentage: 12.5 }));
        }),
    }),
    portfolio: fc.record({ initial_balance: fc.double({ min: 1e-300, max: 1e12, noNaN: true }) }),
    data: fc.record({
      archive_dir: fc.constantFrom(null, '/srv/archive', 'a folder: with # signs', '~', "it's", '"x"', '0x10', '- a'),
    }),
    application: fc.record({ market_data_storage_days: fc.constantFrom(null, 30) }),
  },
  { requiredKeys: [] },
);

describe('a recorded configuration as a file', () => {
  it('means what was recorded, whatever it was', () => {
    fc.assert(
      fc.property(documents, document => {
        const { document: recorded, hash } = read(stringify(document));
        const stored = JSON.parse(JSON.stringify(recorded)) as typeof recorded; // as the database gives it back
        const again = read(renderDocument(stored, 'Version 12'));
        expect(again.hash).to.equal(hash);
        expect(again.document).to.deep.equal(recorded);
      }),
      { numRuns: casesOf(100) },
    );
  });

  it('holds no secret, and says which variable to set instead', () => {
    const { document, hash } = read('{}', { DATABASE_URL: 'postgres://bot:hunter2@db.example.com/crypto' });
    const text = renderDocument(document, 'Version 12');
    expect(text).to.not.match(/hunter2|redacted|db\.example/);
    expect(text).to.contain('# connection_string is omitted, because it may contain a password: set DATABASE_URL');
    expect(read(text).hash).to.equal(hash);
  });

  it('gives keys that an older document lacks their default, and names those that are not known any more', () => {
    const { document } = read('costs: { taker_fee_percentage: 1 }');
    const older = Object.fromEntries(Object.entries(document).filter(([name]) => name !== 'labels'));
    const text = renderDocument(
      { ...older, costs: { taker_fee_percentage: 1, toll: 3 }, old: { part: 1 } },
      'Version 12',
    );
    expect(text.split('\n').slice(0, 3)).to.deep.equal([
      '# Version 12',
      '# Omitted, because this version of the bot does not know it: costs.toll',
      '# Omitted, because this version of the bot does not know it: old.part',
    ]);
    expect(read(text).document).to.deep.equal(document);
  });
});
