import { expect } from 'chai';
import { draftOf } from '../../../lib/settings/draft.js';
import { readSettings } from '../../../lib/settings/read.js';
import { evaluateReading, startReload, type ConfigurationEvent, type Reload } from '../../../lib/settings/reload.js';
import { withClient } from '../../../lib/world/database/connection.js';
import { readVersions } from '../../../lib/world/store/versions.js';
import { backtest, openScene, query, type Scene } from './fixtures.js';

const configuration = (yaml: string) => readSettings(yaml, 'config.yaml', {});
const fee = (percent: number) => configuration(`costs: { taker_fee_percentage: ${percent} }`);
const HASH = 'b'.repeat(64);

describe('the history of the configuration', () => {
  let scene: Scene;
  let runId: number;
  let first: number;
  beforeEach(async () => {
    scene = await openScene();
    ({ id: runId, configurationId: first } = await scene.store.startRun(backtest(fee(1))));
  });
  afterEach(() => scene.close());

  const rows = (columns: string) =>
    query(
      scene.database.connection,
      `select ${columns} from configuration_history where run_id = ${runId} and id > ${first} order by id`,
    );
  const readAll = () =>
    withClient(scene.database.connection, async client =>
      (await readVersions(client, 99)).filter(({ id }) => id >= first),
    );
  const save = (event: ConfigurationEvent | null) => scene.store.saveConfigurationEvent(event!, runId);
  const begin = startReload(fee(1));
  const edit = (reload: Reload, yaml: string) =>
    evaluateReading(reload, { content: HASH, configuration: configuration(yaml) });
  const refuse = (reload: Reload, content: string) =>
    evaluateReading(reload, {
      content,
      problems: ['config.yaml:1 costs: bad'],
      draft: draftOf('costs: { taker_fee_percentage: bad }', {}),
    });

  it('has no row more while a run goes on with what it started with', async () => {
    expect(await save(begin.event)).to.equal(first);
    expect(await rows('id')).to.deep.equal([]);
  });

  it('has a row with its changes for each edit, taken, refused or waiting', async () => {
    const taken = edit(begin, 'costs: { taker_fee_percentage: 2 }');
    const refused = refuse(taken, HASH);
    const waiting = edit(refused, 'costs: { taker_fee_percentage: 2 }\ndatabase: { pool_size: 3 }');
    const ids = [await save(taken.event), await save(refused.event), await save(waiting.event)];
    const change = { key: 'costs.taker_fee_percentage', from: 1, to: 2 };
    expect(ids[2], 'where the data lie makes no other version').to.equal(ids[0]);
    expect(await rows('id, status, changes, problems, configuration is null as empty')).to.deep.equal([
      { id: ids[0], status: 'accepted', changes: [change], problems: null, empty: false },
      {
        id: ids[1],
        status: 'refused',
        changes: [{ key: 'costs.taker_fee_percentage', from: 2, to: '"bad"' }],
        problems: ['config.yaml:1 costs: bad'],
        empty: true,
      },
      {
        id: ids[1]! + 1,
        status: 'restart_needed',
        changes: [{ key: 'database.pool_size', from: 10, to: 3 }],
        problems: ['database.pool_size: 10 → 3 needs a restart: the database connection is opened once, at the start'],
        empty: false,
      },
    ]);
    const [row] = await query(
      scene.database.connection,
      `select configuration->'costs'->'taker_fee_percentage' as fee from configuration_history where id = ${ids[0]!}`,
    );
    expect(row).to.deep.equal({ fee: 2 });
  });

  it('knows what is in force, whatever was refused since', async () => {
    const taken = edit(begin, 'costs: { taker_fee_percentage: 2 }');
    const id = await save(taken.event);
    const refused = refuse(taken, HASH);
    await save(refused.event);
    expect(await save(edit(refused, 'costs: { taker_fee_percentage: 2 }').event)).to.equal(id); // restored
    const back = await save(edit(taken, 'costs: { taker_fee_percentage: 1 }').event);
    expect(back).to.equal(first); // taken back is another edit, to a version that has its number already
    const changes = (await rows('changes')).at(-1);
    expect(changes).to.deep.equal({ changes: [{ key: 'costs.taker_fee_percentage', from: 2, to: 1 }] });
  });

  it('gives equal configurations one number, whichever runs start with them, at once too', async () => {
    const start = async (percent: number) => (await scene.store.startRun(backtest(fee(percent)))).configurationId;
    const [second, ...others] = await Promise.all([2, 2, 2, 2].map(start));
    expect(second).to.be.above(first);
    expect(others).to.deep.equal([second, second, second]);
    expect(await start(1)).to.equal(first);
    expect(await start(1)).to.equal(first);
    const versions = await readAll();
    // a row each time that another one came into force, with the run that brought it
    expect(versions.map(({ version }) => version)).to.deep.equal([first, second, first]);
    expect(versions.map(({ runId: id }) => id)).to.not.include(null);
    expect(versions.map(({ changes }) => changes)).to.deep.equal([
      [{ key: 'costs.taker_fee_percentage', from: 2, to: 1 }],
      [{ key: 'costs.taker_fee_percentage', from: 1, to: 2 }],
      versions.at(-1)!.changes, // against what the scene started with
    ]);
  });

  it('gives an edit that waits for a restart the number that it has once it is in force', async () => {
    const patient = configuration('momentum_strategy: { rsi: { period: 7 } }\ncosts: { taker_fee_percentage: 1 }');
    const waiting = evaluateReading(begin, { content: HASH, configuration: patient });
    expect(waiting.event).to.have.property('kind', 'restart_needed');
    const number = await save(waiting.event);
    expect((await scene.store.startRun(backtest(patient))).configurationId).to.equal(number);
    expect((await readAll()).map(({ version, status }) => [version, status])).to.deep.equal([
      [number, 'accepted'],
      [number, 'restart_needed'],
      [first, 'accepted'],
    ]);
  });

  it('has one row for an edit that several processes tell at once', async () => {
    const taken = edit(begin, 'costs: { taker_fee_percentage: 2 }');
    const refused = refuse(taken, HASH);
    for (const { event } of [taken, refused]) {
      const ids = await Promise.all([save(event), save(event), save(event)]);
      expect(new Set(ids).size).to.equal(1);
    }
    expect(await rows('status')).to.deep.equal([{ status: 'accepted' }, { status: 'refused' }]);
  });

  it('keeps the JSON null of what is no YAML as nothing', async () => {
    const event: ConfigurationEvent = { kind: 'refused', content: HASH, changes: null, problems: ['no YAML'] };
    await save(event);
    expect(await rows('changes is null as none, jsonb_typeof(problems) as problems')).to.deep.equal([
      { none: true, problems: 'array' },
    ]);
  });
});
