import { expect } from 'chai';
import { draftOf } from '../../../lib/settings/draft.js';
import { readSettings } from '../../../lib/settings/read.js';
import { judgeReading, startReload, type ConfigurationEvent, type Reload } from '../../../lib/settings/reload.js';
import { migrate } from '../../../lib/world/store/migrate.js';
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
    first = await scene.store.saveConfiguration(fee(1));
    runId = (await scene.store.startRun(backtest(first))).id;
  });
  afterEach(() => scene.close());

  const rows = (columns: string) =>
    query(
      scene.database.connection,
      `select ${columns} from configuration_history where run_id = ${runId} order by id`,
    );
  const save = (event: ConfigurationEvent | null) => scene.store.saveConfigurationEvent(event!, runId);
  const begin = startReload(fee(1));
  const edit = (reload: Reload, yaml: string) =>
    judgeReading(reload, { content: HASH, configuration: configuration(yaml) });
  const refuse = (reload: Reload, content: string) =>
    judgeReading(reload, {
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
        id: ids[2],
        status: 'restart_needed',
        changes: [{ key: 'database.pool_size', from: 10, to: 3 }],
        problems: ['database.pool_size: 10 → 3 needs a restart: the database is connected to once, at the start'],
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
    expect(back).to.not.be.oneOf([first, id]); // taken back is another edit
    const changes = (await rows('changes')).at(-1);
    expect(changes).to.deep.equal({ changes: [{ key: 'costs.taker_fee_percentage', from: 2, to: 1 }] });
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

  it('tells what changed since the start before', async () => {
    const id = await scene.store.saveConfiguration(fee(3));
    const [row] = await query(
      scene.database.connection,
      `select status, changes, run_id from configuration_history where id = ${id}`,
    );
    expect(row).to.deep.equal({
      status: 'accepted',
      changes: [{ key: 'costs.taker_fee_percentage', from: 1, to: 3 }],
      run_id: null,
    });
  });

  it('goes back to what an older version of the bot can read', async () => {
    const { connection } = scene.database;
    await save(refuse(begin, HASH).event);
    await migrate(connection, { down: 'Migration20261122200000' });
    const left = await query(connection, 'select id from configuration_history where configuration is null');
    expect(left).to.deep.equal([]);
    await migrate(connection);
    expect(await query(connection, 'select distinct status from configuration_history')).to.deep.equal([
      { status: 'accepted' },
    ]);
  });
});
