import { expect } from 'chai';
import { overridesIn, readSettings } from '../../lib/settings/read.js';
import { keys } from '../../lib/settings/schema.js';
import { refusal } from './edit.js';

describe('the environment', () => {
  it('overrides the file', () => {
    const { settings } = readSettings('database: { data_dir: here, connection_string: embedded }', 'config.yaml', {
      DATABASE_URL: 'postgres://db/bot',
      BOT_DATA_DIR: 'there',
      BOT_ARCHIVE_DIR: '/archive',
      BOT_LOGGING_LEVEL: 'DEBUG',
      BOT_EXCHANGE_URL: 'http://127.0.0.1:8080',
      BOT_CLOCK_SPEED: '60',
      BOT_MARKET_CAP_URL: 'http://127.0.0.1:8081/api',
      BOT_INITIAL_BALANCE: '2.5e3',
    });
    expect(settings.database).to.include({ connectionString: 'postgres://db/bot', dataDir: 'there' });
    expect(settings.data.archiveDir).to.equal('/archive');
    expect(settings.application.loggingLevel).to.equal('DEBUG');
    expect(settings.exchange).to.include({ url: 'http://127.0.0.1:8080', clockSpeed: 60 });
    expect(settings.filtering.marketCapUrl).to.equal('http://127.0.0.1:8081/api');
    expect(settings.portfolio.initialBalance).to.equal(2500);
  });

  it('overrides nothing with an empty variable, nor with one that is no override', () => {
    const env = { DATABASE_URL: '', BOT_DATA_DIR: undefined, PATH: '/bin', NODE_ENV: 'x', exchange: 'y' };
    expect(overridesIn(env)).to.deep.equal([]);
    expect(readSettings('{}', 'config.yaml', env)).to.deep.equal(readSettings('{}', 'config.yaml', {}));
  });

  it('has one variable for one key', () => {
    const variables = [...keys.values()].flatMap(({ env }) => env ?? []);
    expect(variables).to.include.members(['DATABASE_URL', 'BOT_DATA_DIR']);
    expect(new Set(variables).size).to.equal(variables.length);
  });

  for (const text of [
    '10abc',
    'abc',
    '0x10',
    '017',
    ' 10',
    '10 ',
    '1_000',
    '1,5',
    'NaN',
    'Infinity',
    '-1',
    '0',
    'null',
  ])
    it(`is read as strictly as the file: BOT_INITIAL_BALANCE=${JSON.stringify(text)}`, () => {
      const shown = /^(-1|0)$/.test(text) ? text : JSON.stringify(text);
      const [line, ...rest] = refusal('{}', { BOT_INITIAL_BALANCE: text });
      expect(rest).to.deep.equal([]);
      expect(line).to.contain(
        `environment variable BOT_INITIAL_BALANCE (portfolio.initial_balance): found ${shown}, expected a number above 0 and up to 1e12`,
      );
    });

  it('is named if it contradicts the file', () => {
    expect(refusal('{}', { BOT_CLOCK_SPEED: '60' })).to.deep.equal([
      'environment variable BOT_CLOCK_SPEED (exchange.clock_speed): found 60, expected 1 unless url names a simulator: the real exchange’s clock cannot be hurried',
    ]);
  });

  it('does not hide a mistake in the file', () => {
    expect(refusal('application: { logging_level: loud }', { BOT_LOGGING_LEVEL: 'INFO' })).to.have.length(1);
  });
});
