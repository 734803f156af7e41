import { expect } from 'chai';
import type { UniverseList } from '../../../lib/report/universe-list.js';
import { RULES, type RuleName } from '../../../lib/universe/catalogue.js';
import type { RuleVerdict } from '../../../lib/universe/verdict.js';
import { minute } from '../../support/broker.js';
import { query } from '../../world/store/fixtures.js';
import { openLiveScene } from '../../world/store/live/scene.js';
import { jsonHere, runHere } from '../../support/here.js';
import { urlOf } from '../child.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

/** Every rule's verdict on a market at a refresh: all pass but those named. */
const said = (market: number, n: number, failed: Partial<Record<RuleName, number | null>> = {}): RuleVerdict[] =>
  RULES.map(rule => {
    const bare = rule === 'active' || rule === 'quote_currency' || rule === 'base_currency';
    const value = rule in failed ? failed[rule]! : 12_345.678;
    return {
      market,
      at: minute(n),
      rule,
      value: bare ? null : value,
      threshold: bare ? null : 0.5,
      pass: !(rule in failed),
    };
  });

describe('bin/bot universe', function () {
  this.timeout(60_000);
  let scene: Scene;
  let env: Record<string, string>;
  before(async () => {
    scene = await openLiveScene();
    env = { DATABASE_URL: urlOf(scene.database.connection) };
  });
  after(() => scene.close());

  it('says what to run where no verdict is stored', async () => {
    const { code, stderr } = await runHere(['universe'], { env });
    expect(code).to.equal(1);
    expect(stderr).to.match(
      /^error: No verdict on any market is stored\.\nerror: A run stores them .* bot run, .*--simulate/,
    );
  });

  it('lists every market at the last refresh, each value beside its threshold, and why it is not tradable', async () => {
    const save = (verdicts: readonly RuleVerdict[]) => scene.live.saveVerdicts(scene.runId, scene.ids, verdicts);
    await save([...said(0, 15), ...said(1, 15), ...said(2, 15)]);
    await save([...said(0, 30), ...said(1, 30, { market_cap: null, spread: 0.75 })]);
    const [one, two, three] = scene.markets.map(({ symbol }) => symbol);
    const { code, stdout } = await runHere(['universe'], { env });
    expect(code).to.equal(0);
    const lines = stdout.split('\n').map(line => line.trim().split(/ {2,}/));
    expect(stdout).to.contain(`2026-01-01 00:30 UTC, simulated run ${scene.runId}: 1 of 2 markets tradable`);
    const measured = ['market cap', 'daily volume', 'spread', 'exchange listings', 'volatility', 'history', 'coverage'];
    expect(lines.slice(2, 6)).to.deep.equal([
      ['market', 'tradable', ...measured, 'fails'],
      ['≥ 0.5', '≥ 0.5', '≤ 0.5', '≥ 0.5', '≤ 0.5', '≥ 0.5', '≥ 0.5'],
      [one, 'yes', '12,346', '12,346', '12,346', '12,346', '12,346', '12,346', '12,346'],
      [two, 'no', 'unknown', '12,346', '0.75', '12,346', '12,346', '12,346', '12,346', 'market cap, spread'],
    ]);
    expect(stdout).to.contain(`Without a verdict at this refresh: ${three} (last 2026-01-01 00:15)`);
  });

  it('tells what was so at an earlier moment', async () => {
    const { markets, time } = await jsonHere<UniverseList>(['universe', '--at', '2026-01-01T00:29'], { env });
    expect(time).to.equal('2026-01-01T00:15:00Z');
    expect(markets.map(({ tradable }) => tradable)).to.deep.equal([true, true, true]);
    const { code, stderr } = await runHere(['universe', '--at', '2026-01-01T00:14'], { env });
    expect(code).to.equal(1);
    expect(stderr).to.contain('No verdict on any market is stored of 2026-01-01T00:14:00Z or before.');
  });

  it('keeps to the newest run that has any', async () => {
    await query(
      scene.database.connection,
      `insert into run (mode, market_source, code_version, status, ended_at, symbols, configuration_id, initial_balance)
        select 'simulated', 'simulator', 'test', 'completed', now(), '[]', configuration_id, 1 from run limit 1`,
    );
    const { runId } = await jsonHere<UniverseList>(['universe'], { env });
    expect(runId).to.equal(scene.runId);
  });
});
