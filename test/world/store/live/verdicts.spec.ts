import { expect } from 'chai';
import { Client } from 'pg';
import { RULES, type RuleName } from '../../../../lib/universe/catalogue.js';
import { Verdict, verdictOf, type RuleVerdict } from '../../../../lib/universe/verdict.js';
import { readVerdicts, rulesNotStored, verdictsOfRun } from '../../../../lib/world/store/live/verdicts.js';
import { minute } from '../../../support/broker.js';
import { configuration, query } from '../fixtures.js';
import { openLiveScene } from './scene.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

/** Every rule's verdict on a market at a refresh: all pass but those named. */
const said = (market: number, n: number, failed: readonly RuleName[] = []): RuleVerdict[] =>
  RULES.map(rule => {
    const bare = rule === 'active' || rule === 'quote_currency' || rule === 'base_currency';
    const pass = !failed.includes(rule);
    return { market, at: minute(n), rule, value: bare ? null : 0.1 + 0.2, threshold: bare ? null : 7, pass };
  });

describe('stored verdicts', () => {
  let scene: Scene;
  let client: Client;
  beforeEach(async () => {
    scene = await openLiveScene();
    client = new Client({ ...scene.database.connection, ssl: false });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await scene.close();
  });
  const save = (verdicts: readonly RuleVerdict[], runId = scene.runId) =>
    scene.live.saveVerdicts(runId, scene.ids, verdicts);
  const read = (from: number, to: number) => readVerdicts(client, scene.ids, minute(from), minute(to));

  it('are kept rule by rule, with value and threshold to the last bit', async () => {
    await save(said(1, 15, ['spread']));
    const rows = await query(
      scene.database.connection,
      'select cryptocurrency_id as id, "timestamp", rule, value, threshold, pass from universe_verdict',
    );
    expect(
      rows.sort((a, b) => RULES.indexOf(a['rule'] as RuleName) - RULES.indexOf(b['rule'] as RuleName)),
    ).to.deep.equal(
      said(1, 15, ['spread']).map(({ market, at, ...rest }) => ({
        id: scene.ids[market],
        timestamp: new Date(at),
        ...rest,
      })),
    );
  });

  it('are the last ones stored for a refresh', async () => {
    await save(said(0, 15, ['volatility']));
    await save(said(0, 15));
    expect((await read(0, 99))!.lanes[0]).to.deep.equal({ at: [minute(15)], verdict: [Verdict.tradable] });
  });

  it('are read as the first rule that failed, in order, within the period', async () => {
    await save([...said(0, 15, ['history', 'market_cap']), ...said(0, 30), ...said(0, 45), ...said(1, 30, ['active'])]);
    const { runId, lanes } = (await read(15, 44))!;
    expect(runId).to.equal(scene.runId);
    expect(lanes.slice(0, 2)).to.deep.equal([
      { at: [minute(15), minute(30)], verdict: [verdictOf('market_cap'), Verdict.tradable] },
      { at: [minute(30)], verdict: [verdictOf('active')] },
    ]);
    expect(lanes.slice(2)).to.deep.equal(scene.ids.slice(2).map(() => ({ at: [], verdict: [] })));
  });

  it('of rules that this version does not know keep a market from being traded, by no name', async () => {
    await save([...said(0, 15), ...said(0, 30, ['spread'])]);
    await query(
      scene.database.connection,
      `insert into universe_verdict select run_id, cryptocurrency_id, "timestamp", 'luck', 1, 2, false
         from universe_verdict where rule = 'active'`,
    );
    expect((await read(0, 99))!.lanes[0]!.verdict).to.deep.equal([Verdict.notJudged, verdictOf('spread')]);
  });

  it('name the rules that the run did not have yet at some refresh', async () => {
    await save([...said(0, 15).filter(({ rule }) => rule !== 'coverage'), ...said(0, 30)]);
    const missing = (from: number) => rulesNotStored(client, scene.runId, scene.ids, minute(from), minute(99));
    expect(await missing(0)).to.deep.equal(['coverage']);
    expect(await missing(30)).to.deep.equal([]);
    expect(await missing(60)).to.deep.equal([]);
  });

  it('are given of the run that is asked for', async () => {
    await save([...said(0, 15), ...said(2, 30, ['spread'])]);
    const of = (runId: number) => verdictsOfRun(client, runId, scene.ids, minute(0), minute(99));
    expect((await of(scene.runId)).slice(0, 3)).to.deep.equal([
      { at: [minute(15)], verdict: [Verdict.tradable] },
      { at: [], verdict: [] },
      { at: [minute(30)], verdict: [verdictOf('spread')] },
    ]);
    expect((await of(scene.runId + 1)).every(({ at }) => at.length === 0)).to.equal(true);
  });

  it('are those of the newest run that has any in the period', async () => {
    await save([...said(0, 15), ...said(0, 30)]);
    await query(scene.database.connection, `update run set status = 'completed', ended_at = now()`);
    const next = await scene.live.openRun({
      mode: 'simulated',
      codeVersion: 'test',
      symbols: ['AAA/USD'],
      configuration: configuration('b'),
      initialBalance: 10_000,
    });
    expect(next.resumed).to.equal(false);
    expect((await read(0, 99))!.runId).to.equal(scene.runId);
    await save(said(0, 30, ['spread']), next.id);
    expect(await read(0, 99)).to.include({ runId: next.id });
    expect((await read(0, 29))!.runId).to.equal(scene.runId);
    expect(await read(31, 99)).to.equal(null);
  });
});
