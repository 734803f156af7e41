import { expect } from 'chai';
import { draftOf } from '../../../lib/settings/draft.js';
import { readSettings } from '../../../lib/settings/read.js';
import { openStore } from '../../../lib/world/store/index.js';
import { jsonHere, runHere } from '../../support/here.js';
import { urlOf } from '../child.js';
import { backtest, migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';

const configuration = (yaml: string) => readSettings(yaml, 'config.yaml', {});

const TIGHTER = 'costs: { taker_fee_percentage: 0.25 }\nmomentum_strategy: { rsi: { period: 7 } }';

describe('bin/bot config', () => {
  let database: FreshDatabase;
  let env: Record<string, string>;
  const ids: number[] = [];

  before(async () => {
    database = await migratedDatabase();
    env = { DATABASE_URL: urlOf(database.connection) };
    const store = await openStore(database.connection, { poolSize: 2 });
    const run = await store.startRun(backtest(configuration('{}')));
    const tighter = configuration(TIGHTER);
    const accepted = { kind: 'accepted' as const, configuration: tighter, changes: [] };
    const problems = ['config.yaml:1 costs.spread_percentage: found "x", expected a number'];
    const draft = draftOf('costs: { spread_percentage: x }', {})!;
    expect(draft.get('costs.spread_percentage')).to.equal('"x"');
    const changes = [{ key: 'costs.spread_percentage', from: 0.05, to: '"x"' }];
    ids.push(
      run.configurationId,
      await store.saveConfigurationEvent(accepted, run.id),
      await store.saveConfigurationEvent({ kind: 'refused', content: 'c'.repeat(64), changes, problems }, run.id),
    );
    await run.finish('completed');
    await store.close();
  });
  after(() => database.drop());

  const said = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runHere(['config', ...args], { env });
    return { code, out: stdout.trimEnd().split('\n'), err: stderr.trimEnd().split('\n') };
  };

  it('history lists every version, newest first, with what it changed or why it was refused', async () => {
    const { code, out } = await said('history');
    expect(code).to.equal(0);
    expect(out[0]).to.match(/^version +time \(UTC\) +status +run +hash +change/);
    const lines = out.filter(line => !/^[─ ]*$/.test(line)).slice(1);
    expect(lines).to.have.length(4);
    expect(lines[0]).to.match(
      new RegExp(
        `^ *${ids[2]!}  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  refused +1  c{12}  config.yaml:1 costs.spread_percentage: found "x"`,
      ),
    );
    expect(lines[1]).to.match(
      new RegExp(`^ *${ids[1]!} .* accepted +1  \\w{12}  momentum_strategy.rsi.period: 14 → 7$`),
    );
    expect(lines[2]).to.match(/^ +costs.taker_fee_percentage: 0.4 → 0.25$/);
    expect(lines[3]).to.match(new RegExp(`^ *${ids[0]!} .* accepted +1  \\w{12}  first version$`));
    expect((await said('history', '--limit', '1')).out.join())
      .to.contain('refused')
      .and.not.contain('accepted');
  });

  it('history is JSON for programs', async () => {
    const versions = await jsonHere<Record<string, unknown>[]>(['config', 'history'], { env });
    expect(versions.map(({ id, status, runId }) => ({ id, status, runId }))).to.deep.equal([
      { id: ids[2], status: 'refused', runId: 1 },
      { id: ids[1], status: 'accepted', runId: 1 },
      { id: ids[0], status: 'accepted', runId: 1 },
    ]);
    expect(versions[1]!['changes']).to.deep.equal([
      { key: 'momentum_strategy.rsi.period', from: 14, to: 7 },
      { key: 'costs.taker_fee_percentage', from: 0.4, to: 0.25 },
    ]);
  });

  it('diff tells key by key what is different, and what of it needs a restart', async () => {
    const [from, to] = ids.map(String);
    const { code, out } = await said('diff', from!, to!);
    expect(code).to.equal(0);
    expect(out.filter(line => !/^[─ ]*$/.test(line)).map(line => line.split(/ {2,}/))).to.deep.equal([
      ['key', `version ${from!}`, `version ${to!}`, 'takes effect'],
      ['momentum_strategy.rsi.period', '14', '7', 'after a restart'],
      ['costs.taker_fee_percentage', '0.4', '0.25', 'immediately'],
    ]);
    expect((await said('diff', to!, to!)).out).to.deep.equal([`Versions ${to!} and ${to!} are equal.`]);
    expect(await jsonHere(['config', 'diff', to!, from!], { env })).to.deep.equal({
      from: ids[1],
      to: ids[0],
      changes: [
        { key: 'momentum_strategy.rsi.period', from: 7, to: 14 },
        { key: 'costs.taker_fee_percentage', from: 0.25, to: 0.4 },
      ],
    });
  });

  it('diff says which version is not there, or was refused, or is no number', async () => {
    const [first, , refused] = ids.map(String);
    const gone = await said('diff', first!, '999');
    expect(gone).to.include({ code: 2 });
    expect(gone.err[0]).to.contain('found no version 999').and.contain('config history');
    const none = await said('diff', first!, refused!);
    expect(none.code).to.equal(2);
    expect(none.err.join('\n')).to.contain(`version ${refused!} was refused`).and.contain('found "x"');
    const word = await said('diff', first!, 'x');
    expect(word).to.include({ code: 2 });
    expect(word.err[0]).to.contain('found "x", expected the number of a version or at least 4 digits of its hash');
  });

  it('diff takes a hash as reports print it, or how it begins', async () => {
    const [first, , refused] = ids.map(String);
    const { hash } = configuration('{}');
    const byNumber = await said('diff', first!, String(ids[1]!));
    expect(await said('diff', hash.slice(0, 12), String(ids[1]!))).to.deep.equal(byNumber);
    expect(await said('diff', hash.slice(0, 4).toUpperCase(), String(ids[1]!))).to.deep.equal(byNumber);
    expect((await said('diff', first!, 'cccccc')).err[0]).to.contain(`version ${refused!} was refused`);
    const short = await said('diff', first!, hash.slice(0, 3));
    expect([short.code, short.err[0]]).to.deep.equal([
      2,
      `error: found "${hash.slice(0, 3)}", expected the number of a version or at least 4 digits of its hash ("bot config history" lists those that are)`,
    ]);
    await query(
      database.connection,
      `insert into configuration_history (configuration, hash) values ('{}', '${hash.slice(0, 12)}' || repeat('0', 52))`,
    );
    const several = await said('diff', first!, hash.slice(0, 12));
    expect(several.code).to.equal(2);
    expect(several.err[0]).to.contain(`"${hash.slice(0, 12)}" is the beginning of several hashes`);
    expect((await said('diff', hash.slice(0, 20), String(ids[1]!))).code).to.equal(0);
  });

  it('show prints a version as a file that means the same', async () => {
    const { code, stdout, stderr } = await runHere(['config', 'show', String(ids[1]!)], { env });
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout.split('\n')[0]).to.match(
      new RegExp(
        `^# Version ${ids[1]!} of the configuration \\(\\w{12}\\), recorded \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC\\.$`,
      ),
    );
    const { hash } = configuration(TIGHTER);
    expect(configuration(stdout).hash).to.equal(hash);
    expect(await jsonHere(['config', 'show', hash.slice(0, 12)], { env })).to.deep.include({ version: ids[1], hash });
    const gone = await said('show', '999');
    expect([gone.code, gone.err[0]]).to.deep.equal([
      2,
      'error: found no version 999 of the configuration ("bot config history" lists those that are)',
    ]);
  });

  it('show says so where this version of the bot reads it otherwise', async () => {
    const hash = 'd'.repeat(64);
    const old = JSON.stringify({ costs: { toll: 1 } });
    await query(
      database.connection,
      `insert into configuration_history (configuration, hash) values ('${old}', '${hash}')`,
    );
    const { code, out, err } = await said('show', 'dddd');
    expect(code).to.equal(0);
    expect(out[1]).to.equal('# Omitted, because this version of the bot does not know it: costs.toll');
    expect(err).to.deep.equal([
      `note: another version of the bot recorded this; this one reads it as ${configuration('{}').hash.slice(0, 12)}`,
    ]);
  });
});
