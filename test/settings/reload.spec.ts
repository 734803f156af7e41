import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { draftOf } from '../../lib/settings/draft.js';
import { readSettings } from '../../lib/settings/read.js';
import {
  evaluateReading,
  startReload,
  type ConfigurationEvent,
  type FileReading,
  type Reload,
} from '../../lib/settings/reload.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { UserError } from '../../lib/errors.js';

const first = readSettings('{}', 'config.yaml', {});

const readingOf = (text: string, env = {}): FileReading => {
  const content = createHash('sha256').update(text).digest('hex');
  try {
    return { content, configuration: readSettings(text, 'config.yaml', env) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { content, problems: error.lines, draft: draftOf(text, env) };
  }
};

const after = (...texts: readonly string[]): Reload =>
  texts.map(text => readingOf(text)).reduce(evaluateReading, startReload(first));
const eventOf = <K extends ConfigurationEvent['kind']>(kind: K, { event }: Reload) => {
  if (event?.kind !== kind) throw new Error(`expected ${kind}, found ${event?.kind ?? 'nothing'}`);
  return event as Extract<ConfigurationEvent, { kind: K }>;
};

const FEE = 'costs: { taker_fee_percentage: 0.25 }';

describe('an edit of the configuration', () => {
  it('that is valid is in force as a whole, with what it changed', () => {
    const reload = after(FEE);
    const { configuration, changes } = eventOf('accepted', reload);
    expect(configuration).to.equal(reload.inForce);
    expect(reload.inForce.settings.costs.takerFee).to.equal(0.0025);
    expect(changes).to.deep.equal([{ key: 'costs.taker_fee_percentage', from: 0.4, to: 0.25 }]);
  });

  it('that changes only words is nothing to tell', () => {
    expect(after('# hello').event?.kind).to.equal('refused'); // no keys at all: an empty file is no configuration
    expect(after('# hello\ncosts: {}').event).to.equal(null);
  });

  it('that is refused leaves everything as it is, and says why and what it would have changed', () => {
    const reload = after(FEE, 'costs: { taker_fee_percentage: much, spread_percentage: 0.1, spraed: 1 }');
    expect(reload.inForce.settings.costs.takerFee).to.equal(0.0025);
    const { problems, changes } = eventOf('refused', reload);
    expect(problems).to.have.length(2);
    expect(problems[0]).to.match(/^config\.yaml:1 costs\.taker_fee_percentage: found "much"/);
    expect(changes).to.deep.equal([
      { key: 'costs.taker_fee_percentage', from: 0.25, to: '"much"' },
      { key: 'costs.spread_percentage', from: 0.05, to: 0.1 },
      { key: 'costs.spraed', to: 'an unknown key' },
    ]);
  });

  it('that is no YAML has no changes to tell', () => {
    expect(eventOf('refused', after('costs: [')).changes).to.equal(null);
  });

  it('that is refused is reported without secrets', () => {
    const text =
      'exchange: { api_key: canary-1, url: "http://me:canary-2@host" }\napi_secret: canary-3\n' +
      'database: { connection_string: "postgres://me:canary-4@db/bot", pool_size: -1 }';
    const { event } = after(text);
    expect(event?.kind).to.equal('refused');
    expect(JSON.stringify(event)).to.contain('database.pool_size').and.not.contain('canary');
  });

  it('leaves out of a refused edit what the environment overrides', () => {
    const env = { BOT_LOGGING_LEVEL: 'DEBUG' };
    const start = startReload(readSettings('{}', 'config.yaml', env));
    const { event } = evaluateReading(
      start,
      readingOf('application: { logging_level: WARN, snapshot_interval_seconds: 0 }', env),
    );
    expect(event)
      .to.have.property('changes')
      .that.deep.equals([{ key: 'application.snapshot_interval_seconds', from: 300, to: '0' }]);
  });

  it('with a key that is read at the start only waits as a whole, and names that key', () => {
    const reload = after(`${FEE}\ndatabase: { pool_size: 5 }\nexchange: { timeout_seconds: 20 }`);
    expect(reload.inForce).to.equal(first);
    const { keys, problems } = eventOf('restart_needed', reload);
    expect(keys).to.deep.equal(['exchange.timeout_seconds', 'database.pool_size']);
    expect(problems).to.deep.equal([
      'exchange.timeout_seconds: 30 → 20 needs a restart: the exchange is opened and its clock synchronised once, at the start',
      'database.pool_size: 10 → 5 needs a restart: the database connection is opened once, at the start',
      'Until then costs.taker_fee_percentage waits as well: an edit is applied whole or not at all.',
    ]);
  });

  it('with another password needs a restart', () => {
    const of = (password: string) => ({ DATABASE_URL: `postgres://me:${password}@db/bot` });
    const start = startReload(readSettings('{}', 'config.yaml', of('canary-1')));
    const reading = { content: '', configuration: readSettings('{}', 'config.yaml', of('canary-2')) };
    expect(evaluateReading(start, reading).event).to.deep.include({
      kind: 'restart_needed',
      keys: ['database.connection_string'],
    });
  });

  it('that reverts a bad or waiting one is reported, once', () => {
    expect(eventOf('restored', after(FEE, 'costs: [', FEE)).configuration.settings.costs.takerFee).to.equal(0.0025);
    expect(after(FEE, 'costs: [', FEE, `# x\n${FEE}`).event).to.equal(null);
    expect(after('database: { pool_size: 5 }', 'costs: {}').event?.kind).to.equal('restored');
  });

  it('of a strategy file is in force with its hashes; one that does not load is refused once', () => {
    const setup = (hash: string): StrategySetup => ({ ...MOMENTUM_SETUP, name: 'mine', sourceHash: hash.repeat(64) });
    const reading = (content: string, text: string, hash: string, kept: readonly string[] = []): FileReading => ({
      content,
      configuration: { ...readSettings(text, 'config.yaml', {}), strategies: [MOMENTUM_SETUP, setup(hash)] },
      kept,
    });
    const why = ['mine.ts:3:1: Expected ";"'];
    const start = startReload({ ...first, strategies: [MOMENTUM_SETUP, setup('a')] });
    const changed = evaluateReading(start, reading('1', 'costs: {}', 'b'));
    expect(changed.event).to.deep.include({
      kind: 'accepted',
      changes: [{ key: 'strategies.mine.source', from: 'a'.repeat(12), to: 'b'.repeat(12) }],
    });
    expect(changed.inForce.strategies![1]!.sourceHash).to.equal('b'.repeat(64));
    const broken = evaluateReading(changed, reading('2', 'costs: {}', 'b', why));
    expect(broken.event).to.deep.equal({ kind: 'refused', content: '2', changes: null, problems: why });
    expect(broken.inForce).to.equal(changed.inForce);
    const still = evaluateReading(broken, reading('3', 'costs: {}', 'b', why));
    expect(still.event).to.equal(null);
    const edited = evaluateReading(still, reading('4', FEE, 'b', why));
    expect(edited.event).to.deep.include({ kind: 'accepted', kept: why });
    expect(edited.event).to.have.property('changes').with.length(1);
    expect(evaluateReading(edited, reading('5', FEE, 'b', why)).event).to.equal(null);
    expect(evaluateReading(edited, reading('6', FEE, 'b')).event).to.have.property('kind', 'restored');
    expect(evaluateReading(edited, reading('7', FEE, 'c')).event).to.have.property('kind', 'accepted');
  });

  it('that is refused twice with one content, as two readings of one fault are, is reported once', () => {
    const refused: FileReading = { content: 'x', problems: ['no'], draft: null };
    const once = evaluateReading(startReload(first), refused);
    expect(once.event).to.have.property('kind', 'refused');
    expect(evaluateReading(once, refused).event).to.equal(null);
  });

  it('is compared with what is in force, not with what was refused or waits', () => {
    const { event } = after('database: { pool_size: 5 }', 'costs: { taker_fee_percentage: -1 }', FEE);
    expect(event).to.deep.include({
      kind: 'accepted',
      changes: [{ key: 'costs.taker_fee_percentage', from: 0.4, to: 0.25 }],
    });
  });
});
